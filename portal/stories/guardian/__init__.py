"""The page of a young storyteller's guardian: the text, their yes, and nothing else."""
