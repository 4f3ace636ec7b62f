"""A provider's limit is kept before it is hit."""

from datetime import timedelta

import pytest

from portal.providers.http import pace
from portal.providers.http.answer import Answer
from portal.providers.http.pace import Pace


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still; `clock[0] += seconds` moves it."""
    seconds = [1000.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: seconds[0])
    return seconds


def told(**headers):
    return Answer(200, {name.replace("_", "-"): value for name, value in headers.items()}, b"")


@pytest.mark.parametrize(
    ("headers", "rest"),
    [
        ({"left": "0", "reset": "7"}, timedelta(seconds=7)),
        ({"left": "0"}, pace.USUAL_REST),
        ({"left": "0", "reset": "soon"}, pace.USUAL_REST),
        ({"left": "1", "reset": "7"}, None),
        ({"left": "", "reset": "7"}, None),
        ({"reset": "7"}, None),
    ],
)
def test_a_rest_is_taken_when_no_call_is_left(clock, headers, rest):
    it = Pace("left", "reset")
    it.note(told(**headers))

    assert it.rest() == rest


def test_a_rest_ends_by_itself(clock):
    it = Pace("left", "reset")
    it.note(told(left="0", reset="7"))
    clock[0] += 6.5
    before = it.rest()
    clock[0] += 0.5

    assert before == timedelta(seconds=0.5)
    assert it.rest() is None


def test_a_provider_without_such_headers_never_rests(clock):
    it = Pace("", "")
    it.note(told(left="0", reset="7"))

    assert it.rest() is None
