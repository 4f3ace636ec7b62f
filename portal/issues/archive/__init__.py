"""What readers see of issues that went out."""
