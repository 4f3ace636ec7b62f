"""The way to an API over HTTP, and what its answers mean."""
