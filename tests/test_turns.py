"""Somebody keeps the pen of SQLite: nobody waits for long, and what was typed comes back."""

import fcntl
import time
from pathlib import Path

import pytest
from flask import current_app

from portal import turns
from portal.extensions import db
from portal.gates import Gate, Shut
from tests.at_once import at_once
from tests.newsletter import ADA, JOIN
from tests.services import until
from tests.visit import Visit

pytestmark = pytest.mark.usefixtures("only_sqlite")
SHORT = 0.3  # seconds


@pytest.fixture
def app(make_app, monkeypatch):
    app = make_app(OF="this test")
    monkeypatch.setattr(turns, "ANSWER", SHORT)
    monkeypatch.setattr(turns, "LOCK_TIMEOUT", SHORT)
    monkeypatch.setattr(turns, "_gate", Gate(SHORT))
    with app.app_context():
        yield app


def sender():
    """Somebody who has filled in the form; what they see when they send it."""
    visit = Visit(current_app, htmx=False)
    form = visit(JOIN).form() | {"email": ADA, "topics": ["ideas"]}
    return lambda: visit.post(JOIN, form)


def test_who_wants_to_write_is_told_soon_and_readers_notice_nothing(app):
    senders = [sender() for _ in range(6)]
    with Path(f"{db.engine.url.database}-pen").open("a") as pen:
        fcntl.flock(pen, fcntl.LOCK_EX)
        began = time.monotonic()
        assert at_once(app, *[lambda one=one: one().status for one in senders]) == [503] * 6
        assert time.monotonic() - began < 10 * SHORT
        assert ADA in senders[0]().response.text
        assert Visit(app, htmx=False)("/stories/").status == 200

    until(lambda: senders[0]().status == 200, 5)


def test_a_gate_that_was_shut_lets_one_try_after_a_while():
    gate = Gate(SHORT)
    with pytest.raises(OSError, match="away"), gate.through():
        raise OSError("away")
    assert is_shut(gate)
    until(lambda: not is_shut(gate), 5)
    assert not is_shut(gate)


def is_shut(gate):
    try:
        with gate.through():
            return False
    except Shut:
        return True
