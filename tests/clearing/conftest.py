"""Time stands still, and things end soon."""

import pytest

from tests.team import a_member

DAYS = {
    "CLOSED_DAYS": 20,
    "STORY_ENDED_DAYS": 20,
    "LEFT_DAYS": 20,
    "STAFF_DAYS": 20,
    "RECIPIENT_DAYS": 20,
}


@pytest.fixture(autouse=True)
def soon(app, clock):
    """Everything that is told of is over after 20 days."""
    app.config |= DAYS


@pytest.fixture
def ada(app):
    return a_member(name="Ada")
