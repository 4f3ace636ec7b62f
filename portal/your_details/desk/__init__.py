"""A manager answers somebody who asks what we keep of them: shows it, gives it, erases it."""
