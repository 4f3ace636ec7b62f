"""Ways back to a story whose link was lost."""
