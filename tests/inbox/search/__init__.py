"""What is found, in which order."""
