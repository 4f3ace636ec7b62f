"""A reader reports a published story to the team."""
