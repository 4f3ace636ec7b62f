"""The sample stories: their texts, and the pictures that are drawn for them."""
