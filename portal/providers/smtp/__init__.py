"""Any mail server: Microsoft 365, Google, a charity's own."""
