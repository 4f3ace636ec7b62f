"""The files of a story: how they come in, are checked, kept, and given out.

Others use `receiving` and `checking` for a file that comes, `store` for those that are there,
`downloads` to give one out, and `page` for the list with its forms.
"""
