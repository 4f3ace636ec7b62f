"""The team makes issues here: their list, the page of each, and the second yes."""
