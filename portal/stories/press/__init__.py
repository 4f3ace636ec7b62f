"""Asking a storyteller if a journalist can contact them: the team asks, and nobody is given out."""
