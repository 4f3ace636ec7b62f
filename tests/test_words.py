"""How hard a text is to read, and how moments are said."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import now
from portal.words import ago, clock, count, day, days, lix, moment, reading_level, span

SUMMER = datetime(2030, 7, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("We meet at ten.", 4),  # four words in a sentence
        ("We meet at ten. Bring a towel.", 4),  # 7 / 2 rounded
        ("We meet at ten", 4),  # an end needs no full stop
        ("Swimming", 101),  # one word, a long one
        ("Monday Tuesday", 52),  # six letters are not long: 2 / 1 + 100 / 2
        ("Is it? Yes! It is: look… Now.", 1),  # 7 / 5
        ("One\n\ntwo\nthree", 1),  # a new line ends a sentence
        ("It costs 3.50 at example.org today.", 20),  # a dot within a word ends none: 8 + 1 of 8
        ("Do not worry about step-free access", 23),  # joined words are one: 6 / 1 + 1 of 6
    ],
)
def test_lix_of_texts_that_were_counted_by_hand(text, index):
    assert lix(text) == index


@pytest.mark.parametrize("text", ["", " \n", "…", "!?.", "— _ —", "🙂"])
def test_text_without_words_has_no_lix(text):
    assert lix(text) is None
    assert reading_level(text) == ""


@given(st.text())
def test_lix_of_any_text_is_a_number_or_none(text):
    index = lix(text)
    assert index is None or index >= 1


@given(st.lists(st.sampled_from(["we", "swim", "accessible", "Sundays"]), min_size=1))
def test_text_said_twice_is_as_hard_as_said_once(words):
    sentence = " ".join(words) + ". "
    assert lix(sentence) == lix(sentence * 2)


@pytest.mark.parametrize(
    ("number", "words"),
    [(29, "very easy"), (30, "easy"), (40, "medium"), (50, "hard"), (60, "very hard")],
)
def test_steps_begin_where_bjornsson_put_them(number, words):
    text = "a " * number  # that many short words in one sentence

    assert reading_level(text) == f"{number}, {words}"


def test_days_and_moments_are_on_the_clocks_of_the_zone(app):
    assert day(SUMMER) == "1 July 2030"
    assert moment(SUMMER) == "1 July 2030 at 13:30"
    assert day(datetime(2030, 6, 30, 23, 30, tzinfo=UTC)) == "1 July 2030"
    with time_machine.travel(SUMMER, tick=False):
        hours = [clock(SUMMER + timedelta(hours=number)) for number in (0, 10, 11)]
    assert hours == ["13:30", "23:30", "2 July 2030 at 00:30"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (-59, "now"),
        (59, "now"),
        (60, "1 minute ago"),
        (-60, "in 1 minute"),
        (2 * 3600, "2 hours ago"),
        (-86_400, "in 1 day"),
        (400 * 86_400, "400 days ago"),
    ],
)
def test_age_is_said_in_one_unit(seconds, words):
    with time_machine.travel(SUMMER, tick=False):
        assert ago(now() - timedelta(seconds=seconds)) == words


def test_numbers_have_the_right_word():
    assert [count(n, "day") for n in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
    assert count(2, "person", "people") == "2 people"
    assert span(timedelta(days=1, hours=23)) == "1 day"


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1 day"), (90, "90 days"), (365, "1 year"), (730, "2 years")]
)
def test_days_that_are_years_are_said_so(number, words):
    assert days(number) == words
