"""Tests of what a young storyteller's guardian sees, and can say."""
