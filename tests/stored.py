"""The files that a test's portal has, in its folder."""

from pathlib import Path

from portal import storage
from portal.extensions import db


def stored_files(app) -> list[Path]:
    """All of them, once those are gone that a worker removes now."""
    db.session.commit()  # a test that looked into the database holds SQLite's lock
    drop_files(app)
    return [one for one in Path(app.config["UPLOADS_URL"]).rglob("*") if one.is_file()]


def drop_files(app) -> None:
    """Do what a worker does with the files that are to go."""
    with app.app_context():
        while storage.step():
            pass
