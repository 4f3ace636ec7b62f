"""Tests of telling a story, step by step."""
