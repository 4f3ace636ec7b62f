"""Search (being written)."""
