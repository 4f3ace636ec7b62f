"""Four words that lead back to a story."""

from math import log2

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from portal.stories.finding import phrase

GIVEN = "apple banana elephant river"


@pytest.fixture(autouse=True)
def app():
    """All that is needed of the portal: its keys."""
    app = Flask("portal")
    app.config.update(SECRET_KEY="the present key", SECRET_KEY_FALLBACKS=[])
    with app.app_context():
        yield app


def leads_back(typed, words=GIVEN):
    return phrase.digest(words) in phrase.digests(typed)


def test_a_phrase_is_four_different_words_that_cannot_be_guessed():
    phrases = {phrase.new() for _ in range(50)}

    assert len(phrases) == 50
    assert all(len(set(one.split())) == 4 for one in phrases)
    assert set(" ".join(phrases).split()) <= set(phrase.WORDS)
    assert 4 * log2(len(phrase.WORDS)) > 43


def test_no_word_that_could_hurt_is_given():
    assert set(phrase.LIST) >= phrase.UNKIND
    assert not phrase.UNKIND & set(phrase.WORDS)
    assert {"abuse", "dumb", "sick", "grief", "weapon", "useless"} <= phrase.UNKIND


def test_the_digest_says_nothing_without_the_key(app):
    kept = phrase.digest(GIVEN)
    app.config["SECRET_KEY"] = "another key"

    assert len(kept) == 64
    assert phrase.digest(GIVEN) != kept
    assert "apple" not in kept


@pytest.mark.parametrize(
    "typed",
    [
        *("apple banana elephant river", "APPLE Banana Elephant RIVER"),
        *("  apple,banana;  elephant.\nriver! ", "apple-banana-elephant-river"),
        *("1. apple 2. banana 3. elephant 4. river", "applebananaelephantriver"),
        *("applebanana elephant river", "app le banana elephant river"),
        *("Apple Bananaelephant. River", "aple banana elephant river"),
        *("aplpe banana elephant river", "appple banana elephnat river"),
        *("apble banxana elephan rivre", "äpple banana éléphant river"),
        *("apple banana elefant rivver", "appl bana elep rive"),
        *("apples bananas elephants rivers", "apple's banana elephant river"),
        "\uff41pple banana elephant river",
    ],
)
def test_small_slips_are_forgiven(typed):
    assert leads_back(typed)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "apple", "apple banana elephant", "apple banana elephant river tree", "1 2 3 4"),
        *("banana apple elephant river", "qqqq wwww zzzzz xxxx", "apple banana elephant zebra"),
        *("تفاح موز فيل نهر", "a" * 100_000, "apple " * 50_000),
    ],
)
def test_other_words_do_not_lead_there_and_what_is_not_four_stands_for_nothing(typed):
    assert not leads_back(typed)
    assert len(typed.split()) == 4 or phrase.digests(typed) == []


def test_a_story_is_found_after_the_key_was_changed_and_the_words_as_given_are_tried_first(app):
    kept = phrase.digest(GIVEN)
    assert phrase.digests(GIVEN)[0] == kept
    app.config.update(SECRET_KEY="a new key", SECRET_KEY_FALLBACKS=["x", "the present key"])

    assert kept in phrase.digests(GIVEN)
    assert phrase.digests(GIVEN)[0] == phrase.digest(GIVEN)


@given(typed=st.text() | st.lists(st.sampled_from(phrase.LIST)).map("".join))
def test_what_is_typed_never_stands_for_many(app, typed):
    app.config["SECRET_KEY_FALLBACKS"] = ["another key"]

    assert len(phrase.digests(typed)) <= 2 * phrase.MOST_TRIED


# The first letters of one are those of many; of the other, one letter away are many.
@example(words=["crane", "civil", "crawl", "cream"], which=0, slip="drop", at=1)
@example(words=["wave", "cat", "wine", "have"], which=0, slip="change", at=0)
@given(
    words=st.lists(st.sampled_from(phrase.WORDS), min_size=4, max_size=4, unique=True),
    which=st.integers(0, 3),
    slip=st.sampled_from(["drop", "double", "swap", "change"]),
    at=st.integers(0, 6),
)
def test_one_slip_in_any_phrase_is_forgiven(words, which, slip, at):
    word = words[which]
    at = min(at, len(word) - 2)
    a, b = word[at], word[at + 1]
    middle = {"drop": b, "double": a + a + b, "swap": b + a, "change": "q" + b}[slip]
    typed = [*words[:which], word[:at] + middle + word[at + 2 :], *words[which + 1 :]]

    assert leads_back(" ".join(typed), " ".join(words))


def test_a_word_that_is_no_longer_given_still_leads_back():
    assert leads_back("aple banana sick river", "apple banana sick river")
