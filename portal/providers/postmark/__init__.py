"""Postmark: mail, and mail that comes in."""
