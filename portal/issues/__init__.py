"""Newsletter issues: made of stories that may be in them, agreed to by two people, sent once."""

from flask import Flask

from portal.issues import models  # noqa: F401 - the tables


def init_app(app: Flask) -> None:
    """Register the pages of issues, for the team and for readers."""
