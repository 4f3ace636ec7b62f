"""MailerLite: contacts."""
