"""Mailchimp Marketing: contacts."""
