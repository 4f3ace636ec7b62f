"""Mail that comes in: from the hook to a message in the right conversation."""
