"""The team's page of a story."""
