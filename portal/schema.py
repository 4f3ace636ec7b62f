"""Which version the database has, and which one the code was written for; without Alembic.

Alembic costs 11 MB and a tenth of a second, for a number.
"""

from functools import cache

from sqlalchemy import Connection, inspect, text

from portal.config import ROOT
from portal.extensions import db, read_only


@cache
def wanted() -> str:
    """The version that the newest migration makes: the number that its file begins with."""
    files = (ROOT / "migrations" / "versions").glob("[0-9]*_*.py")
    return max(file.name.partition("_")[0] for file in files)


def found() -> str:
    """The version of the database; empty where it has none. Raises what the database raises."""
    read_only()
    return found_by(db.session.connection())


def found_by(connection: Connection) -> str:
    """The version of the database that a connection leads to."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
