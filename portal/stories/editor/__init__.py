"""The team's page of a story. Others use `status`: where a story is, in words for the team."""
