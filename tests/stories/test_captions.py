"""Captions: made of words, set right by a person, and never anything that a player cannot read."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.stories import captions

WORDS = "I roll to the pool. The water holds me!\n\nI feel light & free, <b>free</b>."
MADE = """WEBVTT

00:00:00.000 --> 00:00:01.873
I roll to the pool.

00:00:01.873 --> 00:00:03.746
The water holds me!

00:00:03.746 --> 00:00:07.000
I feel light &amp; free, &lt;b&gt;free&lt;/b&gt;.
"""


def cues(text):
    """The times and the words of each caption, as a player takes them."""
    for block in text.strip().split("\n\n")[1:]:
        times, *lines = block.split("\n")
        yield (
            [captions._moment(one) for one in times.split(" --> ")],
            html.unescape(" ".join(lines)),
        )


def test_words_are_spread_over_the_time_by_their_letters():
    assert captions.make(WORDS, 7) == MADE


@given(
    words=st.text(st.sampled_from("ab .!?\n<>&-…。ñع"), max_size=600) | st.text(max_size=300),
    seconds=st.floats(0, 10_000),
)
def test_whatever_was_said_becomes_captions_that_are_kept_as_they_are(words, seconds):
    made = captions.make(words, seconds)

    assert captions.read(made) == made
    found = list(cues(made))
    at = 0
    for (start, end), shown in found:
        assert at == start < end
        at = end
        assert len(shown) <= captions.LINE * captions.LINES
    if found:
        assert at == round(seconds * 1000)
        assert "".join("".join(shown for _, shown in found).split()) == "".join(words.split())


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("WEBVTT", ""),
        ("WEBVTT\n00:01.000 --> 00:02.000\nHi", "Hi"),
        ("WEBVTT - Ada\n\nNOTE by Ada\n\n1\n00:01.000 --> 00:02.500 line:0\nHi", "00:00:01.000"),
        (
            "WEBVTT\n\nSTYLE\n::cue {}\n\n00:01.000 --> 00:02.000\n<i>Hi</i>",
            "<i>Hi</i>",
        ),
        ("00:01.000 --> 00:02.000\nHi", captions.NO_HEAD),
        ("WEBVTT\n\nHello", "Caption 1 needs times"),
        ("WEBVTT\n\n1:00 --> 2:00\nHello", "Caption 1 needs times"),
        ("WEBVTT\n\n00:02.000 --> 00:01.000\nHello", "Caption 1 must end after it begins"),
        (
            "WEBVTT\n\n00:02.000 --> 00:03.000\nA\n\n00:01.000 --> 00:09.000\nB",
            "Caption 2 must end",
        ),
        ("WEBVTT\n\n00:01.000 --> 00:02.000", "Caption 1 has no words"),
    ],
)
def test_what_an_editor_typed_is_kept_if_a_player_reads_it(typed, kept):
    try:
        found = captions.read(typed)
    except captions.BadCaptions as reason:
        found = str(reason)
    assert kept in found
    assert "STYLE" not in found
    assert (kept == "") is (found == "")


@given(typed=st.text(st.sampled_from("WEBVT\n0:.-> 1a"), max_size=120).map("WEBVTT\n\n".__add__))
def test_nothing_that_is_typed_breaks_it(typed):
    try:
        kept = captions.read(typed)
    except captions.BadCaptions:
        return
    assert captions.read(kept) == kept
