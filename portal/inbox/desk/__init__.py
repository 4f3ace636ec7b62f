"""The team's list, one conversation's page, and what is done there."""
