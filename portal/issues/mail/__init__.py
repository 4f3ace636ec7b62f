"""One issue becomes one mail for each format: what is in it, its HTML and its plain text.

`rendering` makes them and says by a digest what they are, `personal` makes somebody's own copy.
"""
