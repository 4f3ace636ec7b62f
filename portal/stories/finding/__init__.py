"""Ways back to a story whose link was lost. Others use `phrase`, the words that lead back."""
