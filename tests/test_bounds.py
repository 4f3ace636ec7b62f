"""What reads anybody's words needs little work for the worst of them.

Each reader is given texts of the shapes that parsers are slow with, as long as its entry lets in.
Its processor time is bounded: with room for a slow machine, and far below what work that grows as
the square of a length takes.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.letters import normal_form
from portal.stories import content, markdown
from portal.words import reading_level

MOST_SECONDS = 2.0  # on a quiet machine the slowest takes a fifth


class Reader(NamedTuple):
    """What reads a text, and how long one may be where it comes in."""

    read: Callable[[str], object]
    longest: int


def with_signs_that_count(text: str) -> str:
    """As much of a text as has signs that are read."""
    signs = [found.start() for found in markdown.SIGN.finditer(text)]
    return text[: signs[markdown.SIGNS_MOST]] if len(signs) > markdown.SIGNS_MOST else text


READERS = {
    "usual form": Reader(lambda text: normal_form("NFC", text), 256 * 1024),
    "story as HTML": Reader(markdown.to_html, content.STORY_LONGEST),
    "story with as many signs as are read": Reader(
        lambda text: markdown.to_html(with_signs_that_count(text)), content.STORY_LONGEST
    ),
    "story in plain words": Reader(markdown.plain, content.STORY_LONGEST),
    "how hard words are": Reader(reading_level, content.STORY_LONGEST),
    "how a story reads": Reader(markdown.measure, content.STORY_LONGEST),
}
PIECES = (
    *"a9 \n\t\\<>[](){}*_`'\"#&!-=+.,:;/@|~^$%",
    *("\r\n", "\n\n", "a\n\n", "a b\n", "a. ", "word ", "- a\n", "> a\n", "1. a\n", "# a\n"),
    *("![", "[](", "[a](<b", "**a ", "*a_", "[a](https://a.org) ", "<https://a>", "&amp;"),
    *("\u0301", "\u0301\u0323", "a\u0301", "\u200b", "\u200d", "\u202e", "\u05d0", "\ufdfa"),
    *("\u1100\u1161\u11a8", "\u6211\u3002", "\U0001f468\u200d\U0001f469", "\u2028", "\xa0"),
)
UNITS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)


def repeated(unit: str) -> Callable[[int], str]:
    """The same again and again."""
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def nested(opened: str, closed: str) -> Callable[[int], str]:
    """All opened before the first is closed."""
    return lambda size: (
        repeated(opened)(size // 2 - 1) + "a" + repeated(closed)(size - size // 2)
    )[:size]


def apart(unit: str, between: str) -> Callable[[int], str]:
    """The same with long rows of something between."""
    return repeated(unit + between * 300)


def growing(unit: str, end: str) -> Callable[[int], str]:
    """One of it, then two, then three."""
    return lambda size: end.join(unit * many for many in range(int((2 * size) ** 0.5)))[:size]


SHAPES = (
    st.builds(repeated, UNITS)
    | st.builds(nested, UNITS, UNITS)
    | st.builds(apart, UNITS, st.sampled_from(PIECES))
    | st.builds(growing, UNITS, st.sampled_from(PIECES))
)


@pytest.mark.parametrize("name", READERS)
@given(shape=SHAPES)
@example(repeated("\u0301\u0323"))
@example(nested(".", "a"))
@example(repeated("a\n\n"))
@example(repeated("![["))
def test_the_worst_text_is_read_in_bounded_work(name, shape):
    reader = READERS[name]
    text = shape(reader.longest)

    began = time.thread_time()
    reader.read(text)

    assert time.thread_time() - began < MOST_SECONDS
