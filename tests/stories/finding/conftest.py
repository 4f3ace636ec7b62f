"""What the tests of the ways back can ask for."""

import pytest
import time_machine

from tests.newsletter import NINE


@pytest.fixture
def clock():
    """A clock that stands still at nine, and can be shifted."""
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller
