"""The newsletter's list in the team's hands."""
