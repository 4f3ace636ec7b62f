"""Days and times as people write them."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import days, words

TODAY = date(2026, 11, 24)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("27 November 2026 at 15:00", "2026-11-27 15:00"),
        ("27 November, 3pm", "2026-11-27 15:00"),
        ("27 November", "2026-11-27 17:00"),
        ("27th Nov", "2026-11-27 17:00"),
        ("27/11", "2026-11-27 17:00"),
        ("27/11/26", "2026-11-27 17:00"),
        ("27/11/2026 9.30am", "2026-11-27 09:30"),
        ("27.11.2026 15:00", "2026-11-27 15:00"),
        ("2026-11-27", "2026-11-27 17:00"),
        ("2026-11-27T15:00", "2026-11-27 15:00"),
        ("Friday 27 November, 12pm", "2026-11-27 12:00"),
        ("by noon on Friday", "2026-11-27 12:00"),
        ("3 p.m. tomorrow", "2026-11-25 15:00"),
        ("TODAY", "2026-11-24 17:00"),
        ("18:30", "2026-11-24 18:30"),
        ("midnight on Friday", "2026-11-27 23:59"),
        ("12am on 1 December", "2026-12-01 00:00"),
        ("1 March", "2027-03-01 17:00"),
        ("November 30, 2026", "2026-11-30 17:00"),
    ],
)
def test_what_people_write_is_read(text, meant):
    assert days.read(text, TODAY) == datetime.fromisoformat(meant)


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "31 February", "32/1/2026", "13pm today", "25:00", "0am", "27", "2026"),
        *("tomorrow 3:75", "\0", "💚", "27/11/2026 27/12/2026", "9" * 90, "1:2:3"),
    ],
)
def test_what_is_no_day_is_not_guessed(text):
    assert days.read(text, TODAY) is None


@given(text=st.text(max_size=40))
def test_any_text_is_a_moment_or_nothing(text):
    assert isinstance(days.read(text, TODAY), datetime | None)


@given(minutes=st.integers(0, 5 * 365 * 24 * 60))
def test_a_day_is_read_back_as_it_is_shown(minutes):
    at = datetime(2026, 11, 24) + timedelta(minutes=minutes)  # noqa: DTZ001 - a local clock

    assert days.read(f"{at.day} {at:%B %Y} at {at:%H:%M}", TODAY) == at


def test_a_moment_in_our_words_can_be_read(app):
    at = datetime.fromisoformat("2027-07-01T12:30:00+00:00")

    assert days.read(words.moment(at), TODAY) == datetime(2027, 7, 1, 13, 30)  # noqa: DTZ001
