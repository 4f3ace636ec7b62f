"""Who sits at the desk, and threads that press a button in the same moment."""

from functools import partial

import pytest

from tests import at_once as threads
from tests.inbox import a_conversation
from tests.team import a_member, sign_in
from tests.visit import Visit


@pytest.fixture
def ada(app, visit_plain):
    """The visitor, signed in as an editor."""
    return sign_in(visit_plain, app)


@pytest.fixture
def ben(app):
    return a_member(name="Ben")


@pytest.fixture
def cleo(app):
    """Another colleague, in a browser of her own."""
    visitor = Visit(app, htmx=False)
    sign_in(visitor, app, name="Cleo")
    return visitor


@pytest.fixture
def conversation(app):
    """Somebody has just asked a question by email."""
    return a_conversation()


@pytest.fixture
def at_once(app):
    """Calls functions in the same moment, each in a thread of its own; returns their answers."""
    return partial(threads.at_once, app)


@pytest.fixture
def ringing(env, clock):
    """Alerts have somewhere to go, and time stands still."""
    env["ALERT_URLS"] = "json://127.0.0.1:9/secret"
