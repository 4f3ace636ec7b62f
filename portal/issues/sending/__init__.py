"""How an issue leaves: once, to the right people, each in their format, and what became of it."""
