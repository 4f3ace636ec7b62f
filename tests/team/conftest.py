"""What the tests of accounts can ask for."""

import pytest

from portal.team.models import Role
from tests.team import a_member, put_in, with_password

NOON = 1_800_000_015  # in the middle of a code's half minute


@pytest.fixture
def clock(clock):
    clock.move_to(NOON)
    return clock


@pytest.fixture
def limited(env):
    """Who tries too often has to wait."""
    env["RATELIMIT_ENABLED"] = "1"


@pytest.fixture
def ada(app):
    return a_member(Role.MANAGER)


@pytest.fixture
def phone(ada):
    """Ada's app for codes; she has a password too."""
    return with_password(ada)


@pytest.fixture
def stale(visit, ada, phone):
    """Ada at a page, long after she typed her password."""
    put_in(visit, ada, fresh=False)
    return visit
