"""Four words that lead back to a story."""

from math import comb, log2

import pytest
from flask import Flask
from hypothesis import assume, example, given
from hypothesis import strategies as st

from portal.stories.finding import phrase

GIVEN = "apple banana elephant river"
# What people write who hear a word, and the word.
HEARD = (
    *("nite night", "rite right", "hite height", "weight wait", "ate eight", "see sea"),
    *("tale tail", "hare hair", "rode road", "bote boat", "blew blue", "froot fruit", "luv love"),
    *("hunny honey", "bizy busy", "cuzin cousin", "bred bread", "fone phone", "foto photo"),
    *("elefant elephant", "kwik quick", "kwote quote", "skwirel squirrel", "skool school"),
    *("skeem scheme", "nok knock", "nife knife", "rist wrist", "brij bridge", "cabij cabbage"),
    *("jirafe giraffe", "siti city", "vois voice", "sistum system", "egsit exit", "tork talk"),
    *("enuff enough", "dorter daughter", "wota water", "toste toast"),
    *("kapten captain", "sizors scissors"),
)


@pytest.fixture(autouse=True)
def app():
    """All that is needed of the portal: its keys."""
    app = Flask("portal")
    app.config.update(SECRET_KEY="the present key", SECRET_KEY_FALLBACKS=[])
    app.config["SECRET_KEY_RETIRED"] = []
    with app.app_context():
        yield app


def leads_back(typed, words=GIVEN):
    return phrase.digest(words) in phrase.digests(typed)


def test_a_phrase_is_four_different_words_that_cannot_be_guessed():
    phrases = {phrase.new() for _ in range(50)}

    assert len(phrases) == 50
    assert all(len(set(one.split())) == 4 for one in phrases)
    assert set(" ".join(phrases).split()) <= set(phrase.WORDS)
    assert log2(comb(len(phrase.WORDS), 4)) > 38


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
        *(
            "river elephant banana apple",
            "bananaapple riverelephant",
            "rivver appel elefunt bananer",
        ),
        "\uff41pple banana elephant river",
    ],
)
def test_small_slips_are_forgiven(typed):
    assert leads_back(typed)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "apple", "apple banana elephant", "apple banana elephant river tree", "1 2 3 4"),
        *("apple apple banana river", "qqqq wwww zzzzz xxxx", "apple banana elephant zebra"),
        *("تفاح موز فيل نهر", "a" * 100_000, "apple " * 50_000),
    ],
)
def test_other_words_do_not_lead_there_and_what_is_not_four_stands_for_nothing(typed):
    assert not leads_back(typed)
    assert len(typed.split()) == 4 or phrase.digests(typed) == []


def test_words_that_were_given_when_their_order_mattered_still_lead_back_in_it():
    kept = phrase._digest(["river", "apple", "banana", "elephant"], "the present key")

    assert kept in phrase.digests("River, aple banana elefant")
    assert kept not in phrase.digests(GIVEN)


def test_a_story_is_found_after_the_key_was_changed_and_the_words_as_given_are_tried_first(app):
    kept = phrase.digest(GIVEN)
    assert phrase.digests(GIVEN)[0] == kept
    app.config.update(SECRET_KEY="a new key", SECRET_KEY_FALLBACKS=["x", "the present key"])

    assert kept in phrase.digests(GIVEN)
    assert phrase.digests(GIVEN)[0] == phrase.digest(GIVEN)


@given(typed=st.text() | st.lists(st.sampled_from(phrase.LIST)).map("".join))
def test_what_is_typed_never_stands_for_many(app, typed):
    app.config["SECRET_KEY_FALLBACKS"] = ["another key"]

    assert len(phrase.digests(typed)) <= 2 * 2 * phrase.MOST_TRIED


FOUR = st.lists(st.sampled_from(phrase.WORDS), min_size=4, max_size=4, unique=True)
ORDER = st.permutations(range(4))


# The first letters of one are those of many; of the other, one letter away are many.
@example(["crane", "civil", "crawl", "cream"], 0, "drop", 1, [3, 2, 1, 0], str.upper, ", ")
@example(["wave", "cat", "wine", "have"], 0, "change", 0, [0, 1, 2, 3], str.lower, " ")
@given(
    FOUR,
    st.integers(0, 3),
    st.sampled_from(["drop", "double", "swap", "change"]),
    st.integers(0, 6),
    ORDER,
    st.sampled_from([str.lower, str.upper, str.title]),
    st.sampled_from([" ", ", ", "\n", " - "]),
)
def test_any_phrase_leads_back_in_any_order_case_and_spacing_with_one_slip(
    words, which, slip, at, order, case, between
):
    word = words[which]
    at = min(at, len(word) - 2)
    a, b = word[at], word[at + 1]
    middle = {"drop": b, "double": a + a + b, "swap": b + a, "change": "q" + b}[slip]
    typed = [*words[:which], word[:at] + middle + word[at + 2 :], *words[which + 1 :]]

    assert leads_back(between.join(case(typed[one]) for one in order), " ".join(words))
    assert leads_back("".join(words[one] for one in order), " ".join(words))


@pytest.mark.parametrize("pair", HEARD)
def test_a_word_may_be_written_as_it_is_heard(pair):
    heard, word = pair.split()
    assert leads_back(f"River {heard} banana elefant", f"{word} banana river elephant")


@given(FOUR, st.integers(0, 3), st.sampled_from(phrase.WORDS), ORDER)
def test_another_word_leads_elsewhere(words, which, other, order):
    typed = [*words[:which], other, *words[which + 1 :]]
    assume(all(phrase._distance(one, words[which]) is None for one in typed))

    assert not leads_back(" ".join(typed[one] for one in order), " ".join(words))


def test_a_word_that_is_no_longer_given_still_leads_back():
    assert leads_back("aple banana sick river", "apple banana sick river")
