"""The list in and out: files of other programs, our own export, the provider's list."""
