"""Dashboard, digest and export."""
