"""What reads anybody's words needs little work for the worst of them.

Each reader is given texts of the shapes that parsers are slow with, as long as its entry lets in.
Its processor time is bounded: with room for a slow machine, and far below what work that grows as
the square of a length takes.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.inbox import safeguarding
from portal.inbox.incoming import quoting
from portal.letters import normal_form
from portal.providers.errors import Unreadable
from portal.providers.values import HookCall
from portal.providers.webhooks import calls, fields, html_text, mime, values
from portal.stories import captions, markdown
from portal.stories.comparing import changes, plainly
from portal.stories.content import STORY_LONGEST as STORY
from portal.stories.content import Content
from portal.words import reading_level

PART = 4  # of the longest text that part is tried, so that all of it takes no minute
MOST_SECONDS = 1.0  # on a quiet machine most take a twentieth


Shape = Callable[[int], str]
PIECES = (
    *"a9 \n\t\\<>[](){}*_`'\"#&!-=+.,:;/@|~^$%",
    *('\\"', '{"a":', "[1,", "a=b;", "=?u?q?a?= ", "a@b.c, ", "<a@b.c> ", "<p><table><tr><td>"),
    *("\r\n", "\n\n", "a\n\n", "a b\n", "a. ", "word ", "- a\n", "> a\n", "1. a\n", "# a\n"),
    *("![", "[](", "[a](<b", "**a ", "*a_", "[a](https://a.org) ", "<https://a>", "&amp;"),
    *("\u0301", "\u0301\u0323", "a\u0301", "\u200b", "\u200d", "\u202e", "\u05d0", "\ufdfa"),
    *("\u1100\u1161\u11a8", "\u6211\u3002", "\U0001f468\u200d\U0001f469", "\u2028", "\xa0"),
)
UNITS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)


def repeated(unit: str) -> Shape:
    """The same again and again."""
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def nested(opened: str, closed: str) -> Shape:
    """All opened before the first is closed."""
    return lambda size: (
        repeated(opened)(size // 2 - 1) + "a" + repeated(closed)(size - size // 2)
    )[:size]


def apart(unit: str, between: str) -> Shape:
    """The same with long rows of something between."""
    return repeated(unit + between * 300)


def growing(unit: str, end: str) -> Shape:
    """One of it, then two, then three."""
    return lambda size: end.join(unit * many for many in range(int((2 * size) ** 0.5)))[:size]


SHAPES = (
    st.builds(repeated, UNITS)
    | st.builds(nested, UNITS, UNITS)
    | st.builds(apart, UNITS, st.sampled_from(PIECES))
    | st.builds(growing, UNITS, st.sampled_from(PIECES))
)


class Reader(NamedTuple):
    """What reads a text, how long one may be where it comes in, and what was slow once."""

    read: Callable[[str], object]
    longest: int
    slow: tuple[Shape, ...] = ()
    times: int = 1
    """How often it reads a text of that length."""


def with_signs_that_count(text: str) -> str:
    """As much of a text as has signs that are read."""
    signs = [found.start() for found in markdown.SIGN.finditer(text)]
    return text[: signs[markdown.SIGNS_MOST]] if len(signs) > markdown.SIGNS_MOST else text


HEADER = 64 * 1024  # what mail servers let pass of all headers of a mail
MAIL = 1024 * 1024


def encoded(text: str) -> bytes:
    """As bytes, without what ends a header."""
    return text.replace("\r", "").replace("\n", " ").encode("utf-8", "replace")


def in_header(start: bytes) -> Reader:
    """A mail whose header begins so, and goes on with the text."""
    return Reader(lambda text: mime.read(start + encoded(text) + b"\r\n\r\nHello"), HEADER)


def in_form(text: str) -> object:
    """A call with a part whose headers somebody wrote, who named a file."""
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    head = b'--b\r\nContent-Disposition: form-data; name="attachment1"; filename="'
    body = head + encoded(text) + b"\r\n\r\nHello\r\n--b--\r\n"
    return calls.parts(HookCall("https://example.org/hooks/sendgrid/inbound", kind, {}, body))


def in_every_field(text: str) -> object:
    """A mail of which a provider hands on the parts."""
    pairs = [("To", text), ("From", text), ("References", text)]
    texts = {"subject": text, "text": text, "html": "", "reply_to": text, "message_id": text}
    files = [values.file(text, "YQ==", text)]
    return fields.mail(values.address(text), [text], pairs, **texts, attachments=files)


def values_of_json(text: str) -> object:
    """What a call says, if it is JSON, as a database keeps it."""
    with suppress(Unreadable):
        return values.tree(calls.parse_json(text))


def answered(text: str) -> object:
    """An answer that quotes what we sent."""
    return quoting.split(text, text[:300], [text[:50_000][::-1]], "Get Yourself Active")


ACCENTS, PARAGRAPHS = repeated("\u0301\u0323"), repeated("a\n\n")


def compared(text: str) -> object:
    """A text against one in which much is another."""
    paragraphs = [f"{one} new" if at % 2 else one for at, one in enumerate(text.split("\n\n"))]
    words = [f"{one}s" if at % 3 else one for at, one in enumerate(text.split(" "))]
    olds = Content(text=text), Content(text=with_signs_that_count(text))
    news = Content(text="\n\n".join(paragraphs)), Content(text=" ".join(words))
    return [changes.compare(old, new) for old in olds for new in news]


def rewritten(text: str) -> object:
    """A text that somebody wrote anew without its signs."""
    text = with_signs_that_count(text)
    return plainly.put_back(plainly.shown(text).replace("a", "new"), text)


READERS = {
    "usual form": Reader(lambda text: normal_form("NFC", text), 256 * 1024, (ACCENTS,)),
    "story as HTML": Reader(markdown.to_html, STORY, (PARAGRAPHS, repeated("![["))),
    "story with as many signs as are read": Reader(
        lambda text: markdown.to_html(with_signs_that_count(text)), STORY
    ),
    "story in plain words": Reader(markdown.plain, STORY),
    "how hard words are": Reader(reading_level, STORY, (nested(".", "a"),)),
    "how a story reads": Reader(markdown.measure, STORY),
    "two texts, compared": Reader(compared, STORY, (PARAGRAPHS,), times=4),
    "story without its signs": Reader(rewritten, STORY, (PARAGRAPHS,)),
    "captions": Reader(lambda text: captions.make(text, 86_400), STORY, (repeated("\t"),)),
    "words of danger": Reader(safeguarding.suggests_danger, STORY),
    "sender of a mail": in_header(b"From: "),
    "readers of a mail": in_header(b"To: "),
    "subject of a mail": in_header(b"Subject: "),
    "thread of a mail": in_header(b"References: "),
    "kind of a mail": in_header(b"Content-Type: "),
    "border in a mail": in_header(b"Content-Type: multipart/mixed; boundary="),
    "charset of a mail": in_header(b"Content-Type: text/html; charset="),
    "name of a file in a mail": in_header(b'Content-Disposition: attachment; filename="'),
    "code of a mail": in_header(b"Content-Transfer-Encoding: "),
    "text of a mail": Reader(
        lambda text: mime.read(b"From: a@example.org\n\n" + text.encode("utf-8", "replace")), MAIL
    ),
    "HTML of a mail": Reader(html_text.as_text, MAIL, (repeated("<"),)),
    "file in a call": Reader(in_form, HEADER, (repeated('"'), repeated(";"))),
    "fields of a call": Reader(in_every_field, HEADER, (nested("(", ")"),)),
    "JSON of a call": Reader(values_of_json, MAIL),
    "answer to a mail": Reader(answered, MAIL, (ACCENTS, repeated("\ufdfa"))),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=settings.default.max_examples // 3)
@given(shape=SHAPES)
def test_whatever_somebody_writes_is_read_in_bounded_work(name, shape):
    assert seconds(READERS[name], shape) < MOST_SECONDS


@pytest.mark.parametrize(
    ("name", "shape"), [(name, shape) for name, reader in READERS.items() for shape in reader.slow]
)
def test_what_was_slow_once_is_not(name, shape):
    assert seconds(READERS[name], shape) < MOST_SECONDS


@pytest.mark.parametrize("piece", ["<", "\n"])
def test_mail_as_large_as_a_provider_hands_on_is_read_in_bounded_work(piece):
    """A third of the largest: all of it is looked at, and each letter of these took long."""
    page = Reader(
        lambda text: mime.read(b"Content-Type: text/html\n\n" + text.encode()), 100 * MAIL
    )
    assert seconds(page, repeated(piece)) < 3 * MOST_SECONDS


def seconds(reader, shape):
    """The processor time to read a part of the longest text of a shape once."""
    text = shape(reader.longest // PART)
    began = time.thread_time()
    reader.read(text)
    return (time.thread_time() - began) / reader.times
