"""A number is one, however it is typed: from here or from abroad, with spaces or brackets."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.extensions import db
from portal.floods import MANY_FROM_THEM, timed
from portal.inbox import search
from portal.phones import phone_key, to_shown
from portal.stories.finding import services as finding
from tests.contact import by, conversations, send
from tests.inbox import a_conversation
from tests.newsletter import settings
from tests.stories import a_story

HERE, ABROAD = "07700 900123", "+49 30 123456"
FULL_WIDTH = "07700900123".translate({ord(digit): ord(digit) + 0xFEE0 for digit in "012379"})
FORMS = {
    HERE: (
        *("07700900123", "+447700900123", "+44 7700 900 123", "0044 7700 900123", "7700 900123"),
        *("+44 (0)7700 900123", "(07700) 900-123", "07700.900/123", FULL_WIDTH),
        *("0770 0900 123", "+44 77 00900 123", "077-009-00-123"),
    ),
    ABROAD: ("+4930123456", "0049 30 123456", "+49 (30) 123-456"),
}
TYPED = [(shown, typed) for shown, forms in FORMS.items() for typed in (shown, *forms)]
# What else people write into the field, and which number it is.
AROUND = {
    "18001 0161 496 0000": "0161 496 0000",
    "0161 496 0000, ask for Anna": "0161 496 0000",
    "0161 496 0000 ext 12": "0161 496 0000",
    "07700 900123 or 0161 496 0000": HERE,
    "tel:+447700900123": HERE,
}


@pytest.mark.parametrize(("shown", "typed"), TYPED)
def test_each_form_of_a_number_is_the_same_and_is_shown_alike(shown, typed):
    assert (phone_key(typed), to_shown(typed)) == (phone_key(shown), shown)


@pytest.mark.parametrize(("typed", "number"), AROUND.items())
def test_a_number_is_found_among_other_words_which_stay(typed, number):
    assert phone_key(typed) == phone_key(number)
    assert to_shown(typed) == (typed if "ext" not in typed else f"{number} x12")


@pytest.mark.parametrize(
    "typed", ["", "nothing", "999", "116 123", "07700 9001234567", "2026-11-29"]
)
def test_what_is_no_number_is_compared_by_its_digits(typed):
    assert phone_key(typed) == "".join(filter(str.isdecimal, typed))
    assert to_shown(typed) == typed


@example("00010000")  # without its country's code it would have too few digits
@given(st.text(max_size=100) | st.from_regex(r"[+(0]{0,2}[\d ()/.-]{3,20}", fullmatch=True))
def test_nothing_is_too_odd_and_what_is_shown_is_the_same_number(typed):
    assert phone_key(to_shown(typed)) == phone_key(typed)


def test_stories_are_found_by_each_form(app):
    stories = {shown: a_story(email="", phone=shown).id for shown in FORMS}

    for shown, typed in TYPED:
        assert [one.id for one in finding.stories_of(typed)] == [stories[shown]]


@pytest.mark.usefixtures("each_database")
def test_the_inbox_finds_each_form_where_it_was_given_and_in_what_was_written(app):
    talks = {
        shown: {
            a_conversation(phone=shown).id,
            a_conversation(phone=f"{shown}, ask for Anna").id,
            a_conversation(text=f"Call me on {shown}.").id,
        }
        for shown in FORMS
    }
    for shown, typed in TYPED:
        assert {*search.find(f"{typed} ").ids} == talks[shown], typed
    assert {*search.find(f"anna {HERE.replace(' ', '')}").ids} < talks[HERE]
    db.session.commit()


@settings(RATELIMIT_ENABLED="1")
def test_many_from_one_number_are_held_however_it_is_typed(visit_plain):
    for typed in (HERE, *FORMS[HERE])[:6]:
        send(visit_plain, **by("phone", phone=typed))

    assert {talk.phone for talk in conversations()} == {HERE}
    assert [talk.doubts for talk in conversations()] == [""] * 5 + [timed(MANY_FROM_THEM, "5/hour")]
