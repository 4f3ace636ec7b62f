"""What one text of a story says differently from another. Knows no database."""
