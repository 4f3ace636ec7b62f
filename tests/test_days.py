"""Days and times as people write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import days, words
from portal.days import Doubt

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 24, 10, tzinfo=LONDON)  # a Tuesday


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
        ("28.11.26", "2026-11-28 17:00"),
        ("28-11-26", "2026-11-28 17:00"),
        ("2026-11-27", "2026-11-27 17:00"),
        ("2026-11-27T15:00", "2026-11-27 15:00"),
        ("Friday 27 November, 12pm", "2026-11-27 12:00"),
        ("by noon on Friday", "2026-11-27 12:00"),
        ("3 p.m. tomorrow", "2026-11-25 15:00"),
        ("TODAY", "2026-11-24 17:00"),
        ("18:30", "2026-11-24 18:30"),
        ("midnight on Friday", "2026-11-27 23:59"),
        ("midnight tonight", "2026-11-24 23:59"),
        ("1 March", "2027-03-01 17:00"),
        ("November 30, 2026", "2026-11-30 17:00"),
        ("next Tuesday", "2026-12-01 17:00"),
        ("this Friday", "2026-11-27 17:00"),
        ("next Friday", "2026-12-04 17:00"),
        ("this coming Friday", "2026-11-27 17:00"),
        ("Friday this week", "2026-11-27 17:00"),
        ("Friday next week", "2026-12-04 17:00"),
        ("Tuesday week", "2026-12-01 17:00"),
        ("a week on Friday", "2026-12-04 17:00"),
        ("a week today", "2026-12-01 17:00"),
        ("Friday week", "2026-12-04 17:00"),
        ("tonight", "2026-11-24 18:00"),
        ("this evening", "2026-11-24 18:00"),
        ("EOD", "2026-11-24 17:00"),
        ("end of day", "2026-11-24 17:00"),
        ("by end of play today", "2026-11-24 17:00"),
        ("close of play Friday", "2026-11-27 17:00"),
        ("COB tomorrow", "2026-11-25 17:00"),
        ("EOD Thursday", "2026-11-26 17:00"),
        ("12 noon Monday", "2026-11-30 12:00"),
        ("12noon on Monday", "2026-11-30 12:00"),
        ("noon", "2026-11-24 12:00"),
        ("noon tomorrow", "2026-11-25 12:00"),
        ("Monday 9am", "2026-11-30 09:00"),
        ("Mon 9am", "2026-11-30 09:00"),
        ("10am GMT", "2026-11-24 10:00"),
        ("10am GMT tomorrow", "2026-11-25 10:00"),
        ("5pm BST on 1 July", "2027-07-01 17:00"),
        ("in two days", "2026-11-26 17:00"),
        ("in 2 hours", "2026-11-24 12:00"),
        ("in two hours", "2026-11-24 12:00"),
        ("within 24 hours", "2026-11-25 10:00"),
        ("within the next 48 hours", "2026-11-26 10:00"),
        ("in an hour", "2026-11-24 11:00"),
        ("in half an hour", "2026-11-24 10:30"),
        ("in 90 mins", "2026-11-24 11:30"),
        ("in the next hour", "2026-11-24 11:00"),
        ("in a week", "2026-12-01 17:00"),
        ("in a fortnight", "2026-12-08 17:00"),
        ("2 weeks", "2026-12-08 17:00"),
        ("two weeks today", "2026-12-08 17:00"),
        ("in three days' time", "2026-11-27 17:00"),
        ("tomorrow morning", "2026-11-25 09:00"),
        ("tomorrow lunchtime", "2026-11-25 12:00"),
        ("this afternoon", "2026-11-24 14:00"),
        ("Thursday afternoon", "2026-11-26 14:00"),
        ("first thing tomorrow", "2026-11-25 09:00"),
        ("first thing Monday morning", "2026-11-30 09:00"),
        ("tomorrow at 3", "2026-11-25 15:00"),
        ("tomorrow 3:30", "2026-11-25 15:30"),
        ("5 o'clock tomorrow", "2026-11-25 17:00"),
        ("half past three tomorrow", "2026-11-25 15:30"),
        ("quarter to five", "2026-11-24 16:45"),
        ("half 5 today", "2026-11-24 17:30"),
        ("1500 on Friday", "2026-11-27 15:00"),
        ("1700hrs Friday", "2026-11-27 17:00"),
        ("17h00 27 Nov", "2026-11-27 17:00"),
        ("11am Weds", "2026-11-25 11:00"),
        ("Thurs 5pm", "2026-11-26 17:00"),
        ("tmrw 5pm", "2026-11-25 17:00"),
        ("tomorrow, 5pm UK time", "2026-11-25 17:00"),
        ("the 30th", "2026-11-30 17:00"),
        ("by the 3rd of December", "2026-12-03 17:00"),
        ("3rd December, 5.30 p.m. (GMT)", "2026-12-03 17:30"),
        ("Monday 30th November - 10 am", "2026-11-30 10:00"),
        ("My deadline is Friday at 5pm", "2026-11-27 17:00"),
        ("before 4pm on Thursday please", "2026-11-26 16:00"),
        ("no later than Wednesday 10am", "2026-11-25 10:00"),
        ("end of the week", "2026-11-27 17:00"),
        ("end of this week", "2026-11-27 17:00"),
        ("end of next week", "2026-12-04 17:00"),
        ("end of November", "2026-11-30 17:00"),
        ("end of the month", "2026-11-30 17:00"),
        ("the day after tomorrow", "2026-11-26 17:00"),
        ("Saturday 28/11 10:00", "2026-11-28 10:00"),
        ("Mon 30 Nov", "2026-11-30 17:00"),
        ("8 tonight", "2026-11-24 20:00"),
        ("5pm sharp", "2026-11-24 17:00"),
        ("on or before Friday", "2026-11-27 17:00"),
        ("Thursday 3rd of December at 09.00 hrs", "2026-12-03 09:00"),
        ("12am on 1 December", "2026-12-01 00:00"),
        ("29 Feb", "2028-02-29 17:00"),
        ("5pm EST tomorrow", "2026-11-25 22:00"),
        ("Tuesday 9am", "2026-12-01 09:00"),
        ("this morning", "2026-11-24 12:00"),
        ("Dec 3rd, 2026, 3 PM", "2026-12-03 15:00"),
        ("\uff13pm tomorrow", "2026-11-25 15:00"),
    ],
)
def test_what_people_write_is_read(text, meant):
    assert f"{days.read(text, NOW).at:%Y-%m-%d %H:%M}" == meant


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "31 February", "32/1/2026", "13pm today", "25:00", "0am", "27", "2026"),
        *("tomorrow 3:75", "\0", "💚", "27/11/2026 27/12/2026", "9" * 90, "1:2:3", "GMT", "the"),
        *("asap", "when you can", "ASAP, ideally before the match", "0161 496 0000", "next week"),
        *("5 marathons", "Monday or Tuesday", "10am-12noon Friday", "in 999 months", "0/0/0000"),
    ],
)
def test_what_is_no_day_is_not_guessed(text):
    assert days.read(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "doubt", "meant", "others"),
    [
        ("Monday 28 November", Doubt.WEEKDAY, "28 Nov 17:00", ["30 Nov 17:00"]),
        ("Mon 25 Nov, noon", Doubt.WEEKDAY, "25 Nov 12:00", []),
        ("next Friday 3pm", Doubt.NEXT, "04 Dec 15:00", ["27 Nov 15:00"]),
        ("28 October", Doubt.YEAR, "28 Oct 17:00", []),
        ("Friday 20 November", Doubt.YEAR, "20 Nov 17:00", ["27 Nov 17:00"]),
        ("9am", Doubt.PAST, "24 Nov 09:00", ["25 Nov 09:00"]),
        ("27/10/2026", Doubt.PAST, "27 Oct 17:00", []),
        ("Monday this week", Doubt.PAST, "23 Nov 17:00", []),
        ("yesterday", Doubt.PAST, "23 Nov 17:00", []),
        ("the day before yesterday, 3pm", Doubt.PAST, "22 Nov 15:00", []),
        ("last Monday", Doubt.PAST, "23 Nov 17:00", []),
        ("last Tuesday", Doubt.PAST, "17 Nov 17:00", []),
        ("Friday last week", Doubt.PAST, "20 Nov 17:00", []),
        ("two weeks ago", Doubt.PAST, "10 Nov 17:00", []),
    ],
)
def test_what_may_mean_something_else_is_in_doubt(text, doubt, meant, others):
    found = days.read(text, NOW)

    assert found.doubt is doubt
    assert [f"{at:%d %b %H:%M}" for at in (found.at, *found.others)] == [meant, *others]


@pytest.mark.parametrize(
    ("text", "has_time"),
    [("tomorrow", False), ("in 2 days", False), ("EOD", True), ("3pm", True), ("in an hour", True)],
)
def test_whether_a_time_was_named_is_known(text, has_time):
    assert days.read(text, NOW).has_time is has_time


@pytest.mark.parametrize("text", ["today", "EOD", "tonight", "this evening"])
def test_a_day_that_is_nearly_over_lasts_until_its_last_minute(text):
    found = days.read(text, NOW.replace(hour=20))

    assert (found.at, found.doubt) == (NOW.replace(hour=23, minute=59), None)


def test_hours_are_counted_over_the_night_when_the_clocks_change():
    before = datetime(2026, 10, 24, 18, tzinfo=LONDON)

    assert days.read("within 24 hours", before).at == datetime(2026, 10, 25, 17, tzinfo=UTC)
    assert f"{days.read('10am GMT 1 July', NOW).at:%H:%M}" == "11:00"


@given(text=st.text(max_size=40))
def test_any_text_is_a_moment_or_nothing(text):
    assert isinstance(days.read(text, NOW), days.Reading | None)


@given(minutes=st.integers(0, 5 * 365 * 24 * 60))
def test_a_day_is_read_back_as_it_is_shown(app, minutes):
    at = (datetime(2026, 11, 24, 10, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(LONDON)
    again = at.astimezone(UTC).astimezone(LONDON).replace(fold=0)  # words do not tell the two apart

    assert days.read(words.deadline(at), NOW) == (again, True, None, ())
