"""A provider's limit is kept before it is hit."""

from datetime import timedelta

import pytest

from portal.providers.http import pace
from portal.providers.http.answer import Answer
from portal.providers.http.pace import Pace


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
def test_a_rest_is_taken_when_no_call_is_left_and_ends_by_itself(monkeypatch, headers, rest):
    clock, half = [1000.0], timedelta(seconds=0.5)
    monkeypatch.setattr(pace.time, "monotonic", lambda: clock[0])
    ours, unaware = Pace("left", "reset"), Pace("", "")
    for it in (ours, unaware):
        it.note(Answer(200, headers, b""))

    assert (ours.rest(), unaware.rest()) == (rest, None)
    clock[0] += 0.5
    assert ours.rest() == (rest and rest - half)
    clock[0] += 6.5
    assert ours.rest() is None
