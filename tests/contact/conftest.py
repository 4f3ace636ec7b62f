"""What the tests of the contact pages can ask for."""

import pytest

from portal.extensions import db
from portal.inbox import links
from tests.inbox import a_conversation
from tests.newsletter import NINE


@pytest.fixture
def clock(clock):
    clock.move_to(NINE)
    return clock


@pytest.fixture
def start(app):
    """Makes a conversation and returns it with the private link to its page."""

    def begin(**changes):
        conversation = a_conversation(**changes)
        url = links.own_url(conversation)
        db.session.commit()
        return conversation, url

    return begin
