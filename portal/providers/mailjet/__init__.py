"""Mailjet: mail, contacts, and mail that comes in."""
