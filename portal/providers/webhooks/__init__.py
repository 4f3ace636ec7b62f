"""Calls that come back: whether they are the provider's, and what they say."""
