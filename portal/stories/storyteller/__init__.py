"""The page of the person whose story it is."""
