"""A database of the test's own, which can be lost."""

import pytest

from tests.services import BOTH


@pytest.fixture(params=BOTH)
def own_database(request, env):
    name = "sqlite_url" if request.param == "sqlite" else "own_postgres_url"
    env["DATABASE_URL"] = request.getfixturevalue(name)


@pytest.fixture
def folder(tmp_path):
    """Where backups are."""
    return tmp_path / "backups"
