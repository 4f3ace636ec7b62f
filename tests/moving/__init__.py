"""Moving from SQLite to PostgreSQL."""
