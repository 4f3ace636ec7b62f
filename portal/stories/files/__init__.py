"""The files of a story: how they come in, are checked, kept, and given out."""
