"""Tests of the ways back to a story whose link was lost."""
