"""How a story is told, until it is sent.

Others use `answers`, what a draft holds beside its text, and `services.drafted`.
"""
