"""Who sits at the desk, and threads that press a button in the same moment."""

from __future__ import annotations

from contextvars import Context
from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
import time_machine

from portal.extensions import db
from tests.team import a_member, sign_in


@pytest.fixture
def ada(app, visit):
    """The visitor, signed in as an editor."""
    return sign_in(visit, app)


@pytest.fixture
def ben(app):
    """A colleague."""
    return a_member(name="Ben")


@pytest.fixture
def at_once(app):
    """Calls functions in the same moment, each in a thread of its own; returns their answers.

    What one raises is its answer.
    """

    def run(*functions):
        db.session.commit()
        start, answers = Barrier(len(functions)), [None] * len(functions)

        def call(number, function):
            with app.app_context():
                start.wait()
                try:
                    answers[number] = function()
                except Exception as error:
                    answers[number] = error
                finally:
                    db.session.remove()

        threads = [
            Thread(target=Context().run, args=(call, *item)) for item in enumerate(functions)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    return run


@pytest.fixture
def clock():
    """Time stands still; `clock.shift(timedelta)` moves it."""
    with time_machine.travel(datetime(2030, 1, 1, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller
