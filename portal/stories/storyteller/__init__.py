"""The page of the person whose story it is. Nothing else of the portal uses it."""
