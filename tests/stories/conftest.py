"""What the tests of stories can ask for."""

import pytest

from tests.stories.days import DAY, mails, work
from tests.stories.media import address, form


@pytest.fixture
def add(client):
    """Sends files as the form does: pairs of a name and content."""

    def add(story, *sent):
        return client.post(address(story, "add"), **form(*sent))

    return add


@pytest.fixture
def pass_days(clock):
    """Lets days pass, with the worker's hourly work at noon; returns what was mailed on which."""

    def run(days):
        told = []
        for day in range(1, days + 1):
            before = len(mails())
            clock.shift(DAY)
            work()
            told += [(day, name) for name in mails()[before:]]
        return told

    return run
