"""A provider that answers as it is told, and a clock."""

from datetime import UTC, datetime

import pytest
import time_machine

from tests.delivery import Bell, Scripted, provide


@pytest.fixture
def provider(app):
    """The provider of mail and of contacts alike."""
    scripted = Scripted()
    provide(app, mail=scripted, audience=scripted)
    return scripted


@pytest.fixture
def clock():
    """Time stands still; `clock.shift(timedelta)` moves it."""
    with time_machine.travel(datetime(2030, 1, 1, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def bell(app):
    """Where alerts go, and how often it rang."""
    return provide(app, alerts=Bell())
