"""Brevo: mail, contacts, and mail that comes in."""
