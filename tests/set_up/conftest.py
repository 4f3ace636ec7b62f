"""What tests of the set-up can ask for."""

import pytest

from portal import checks
from tests.outages.conftest import bucket

__all__ = ["bucket"]


@pytest.fixture
def add_check(app, monkeypatch):
    """Has something more looked at, in this test alone."""

    def add(*wanted):
        known = dict(app.extensions[checks.REGISTERED])
        monkeypatch.setitem(app.extensions, checks.REGISTERED, known)
        monkeypatch.setitem(app.extensions, checks.RUNNING, {})
        checks.register(app, *wanted)

    return add
