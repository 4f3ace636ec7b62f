"""The page about what the team did, and how long that is kept."""
