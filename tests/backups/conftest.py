"""A database of the test's own, which can be lost."""

import pytest
from sqlalchemy import make_url

from tests.services import BOTH, END_THE_OTHERS, connect, new_database


@pytest.fixture
def lost_postgres_url(postgres, migrated_postgres):
    """A migrated database that is nobody else's, whatever a test leaves of it."""
    with connect(migrated_postgres) as connection:
        connection.execute(END_THE_OTHERS)
    with new_database(postgres, make_url(migrated_postgres).database) as url:
        yield url


@pytest.fixture(params=BOTH)
def own_database(request, env):
    name = "sqlite_url" if request.param == "sqlite" else "lost_postgres_url"
    env["DATABASE_URL"] = request.getfixturevalue(name)


@pytest.fixture
def folder(tmp_path):
    """Where backups are."""
    return tmp_path / "backups"
