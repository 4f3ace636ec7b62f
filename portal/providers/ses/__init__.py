"""Amazon SES: mail."""
