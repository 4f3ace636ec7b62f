"""What the tests of the contact pages can ask for."""

import pytest
import time_machine

from portal.extensions import db
from portal.inbox import links
from tests.inbox import a_conversation
from tests.newsletter import NINE


@pytest.fixture
def clock():
    """A clock that stands still at nine, and can be shifted."""
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def start(app):
    """Makes a conversation and returns it with the private link to its page."""

    def begin(**changes):
        conversation = a_conversation(**changes)
        url = links.own_url(conversation)
        db.session.commit()
        return conversation, url

    return begin
