"""Mailchimp Transactional, once Mandrill: mail, and mail that comes in."""
