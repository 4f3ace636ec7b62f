"""Captions for sound and film: what is said or signed, line by line, with its times (WebVTT).

They are made from the words that belong to a version, spread over its length by their letters, so
that nobody has to begin with nothing. An editor sets the times right.
"""

import html
import re
from textwrap import wrap
from typing import NamedTuple

LINE, LINES = 42, 2  # letters in a line, and lines on the screen at once
HEAD = "WEBVTT"
SENTENCE = re.compile(r"(?<=[.!?…。！？؟])\s*")  # noqa: RUF001 - Chinese and Arabic ones end so
TIME = re.compile(r"(?:(\d\d+):)?([0-5]\d):([0-5]\d)\.(\d{3})")
ARROW = "-->"
NO_CAPTIONS = ("STYLE", "REGION")

NO_HEAD = "Captions begin with a line that says WEBVTT."
WRONG = {
    "time": "Caption {number} needs times, like 00:00:01.000 --> 00:00:04.500.",
    "order": "Caption {number} must end after it begins, and begin after the one before it.",
    "words": "Caption {number} has no words.",
}


class BadCaptions(Exception):
    """Captions that no player reads; the text says where and what to do."""


class Cue(NamedTuple):
    """What is shown at one time, from and until a thousandth of a second."""

    start: int
    end: int
    lines: list[str]


def make(words: str, seconds: float) -> str:
    """Captions of these words over that time; none where there are no words, or no time."""
    pieces = [
        piece
        for paragraph in words.splitlines()
        for sentence in SENTENCE.split(paragraph)
        for piece in wrap(" ".join(sentence.split()), LINE * LINES)
    ]
    letters, length, said, cues = sum(map(len, pieces)), round(seconds * 1000), 0, []
    if not letters or length < len(pieces):
        return ""
    for piece in pieces:
        start = length * said // letters
        said += len(piece)
        lines = [html.escape(line, quote=False) for line in wrap(piece, LINE)]
        cues.append(Cue(start, length * said // letters, lines))
    return _write(cues)


def read(typed: str) -> str:
    """Captions as they are kept: only times and words. Raises BadCaptions.

    Notes and where on the screen a caption stands are left out.
    """
    text = typed.strip()
    if not text:
        return ""
    if not text.startswith(HEAD):
        raise BadCaptions(NO_HEAD)
    (_, *first), *blocks = (block.splitlines() for block in re.split(r"\n{2,}", text))
    if any(ARROW in line for line in first):  # right under the head, which players take too
        blocks = [first, *blocks]
    cues: list[Cue] = []
    for block in blocks:
        if not block[0].startswith(("NOTE", *NO_CAPTIONS)):
            cues.append(_cue(block, len(cues) + 1, cues[-1].start if cues else 0))
    return _write(cues) if cues else ""


def _cue(block: list[str], number: int, earliest: int) -> Cue:
    at = next((place for place, line in enumerate(block[:2]) if ARROW in line), None)
    times = re.split(r"\s+", block[at].replace(ARROW, " ").strip())[:2] if at is not None else []
    found = [_moment(time) for time in times]
    lines = block[at + 1 :] if at is not None else []
    start, end = (*found, None, None)[:2]
    wrong = ""
    if start is None or end is None or any(ARROW in line for line in lines):
        wrong = "time"
    elif not earliest <= start < end:
        wrong = "order"
    elif not lines:
        wrong = "words"
    if wrong or start is None or end is None:
        raise BadCaptions(WRONG[wrong].format(number=number))
    return Cue(start, end, lines)


def _moment(time: str) -> int | None:
    """Thousandths of a second; None where that is no time."""
    found = TIME.fullmatch(time)
    if not found:
        return None
    hours, minutes, seconds, thousandths = (int(part or 0) for part in found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _write(cues: list[Cue]) -> str:
    blocks = [
        "\n".join([f"{_written(cue.start)} {ARROW} {_written(cue.end)}", *cue.lines])
        for cue in cues
    ]
    return "\n\n".join([HEAD, *blocks]) + "\n"


def _written(moment: int) -> str:
    seconds, thousandths = divmod(moment, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"
