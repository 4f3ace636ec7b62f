"""Telling a story: its steps, its answers, the check before sending."""
