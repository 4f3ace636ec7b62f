"""What one text of a story says differently from another. Knows no database.

Others use `changes`: `compare` lists them, `paragraphs` shows them in the text; and
`choices.apply`, which undoes them. `sequences.same_start` serves a comparison of single words too.
"""
