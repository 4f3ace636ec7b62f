"""A text without its Markdown signs, for who writes it anew, and the signs put back afterwards.

A heading is a line that starts with its name, as a quote is; a link has its address behind it.
A paragraph that was left as it was keeps every sign. In one that was changed the lines that
have a name are what they say, addresses are links, and bold words that are still there are bold.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from markdown_it.token import Token

from portal.stories import markdown
from portal.stories.comparing.looks import LINK, SPANS, Mark, looks
from portal.stories.comparing.paragraphs import MOST_LOOKS, blocks, joined, steps

HEADING, QUOTE, ITEM = "Heading: ", "Quote: ", "\u2022 "
SIGNS = {SPANS["strong"]: "**", SPANS["em"]: "*"}
LINE = re.compile(r"(\s*)((?:quote: *)*)(\u2022\s+)?(heading: *)?(.*)", re.IGNORECASE)
RANK = re.compile(r"\s*(#+)\s")
ADDRESS = re.compile(r"(?<![<(\[\]\w])(\(?)((?:https?://|mailto:)[^\s<>()]+[^\s<>().,;:!?])")
MAIL = "mailto:"


def shown(text: str) -> str:
    """The text without signs; with them where none of them means anything."""
    if not markdown.is_read(text):
        return text
    return joined(_shown(block) for block in blocks(text))


def put_back(typed: str, before: str) -> str:
    """What was typed over `shown(before)`, as Markdown."""
    if not markdown.is_read(before):
        return typed
    olds, news = blocks(before), blocks(typed)
    without = [_shown(block) for block in olds]
    if news == without:
        return before
    kept = dict(zip(without, olds, strict=True))
    return joined(_restored(olds, joined(without), typed, kept))


def _restored(
    olds: Sequence[str], without: str, typed: str, kept: Mapping[str, str]
) -> Iterator[str]:
    marks = [[*looks(old).marks] for old in olds]
    linked = (mark for some in marks for mark in some if mark[0] == LINK)
    links = dict(map(_link, sorted(linked, key=lambda mark: -len(mark[1]))))
    at = 0
    for step in steps(without, typed):
        at, start = at + len(step.old), at
        before = olds[start:at]
        news = [block for block in step.new if block not in kept]
        ranks = [found.group(1) for old in before if (found := RANK.match(old))]
        signs = [*_signs(marks[start:at])] if len(before) * len(news) <= MOST_LOOKS else []
        for block in step.new:
            yield kept.get(block) or _with_signs(block, signs, links, (*ranks, "##")[0])


def _link(mark: Mark) -> tuple[str, str]:
    """How a link stands in what was typed, and how it is written."""
    _, words, address = mark
    where = f"<{address}>" if set(address) & set("()") else address
    name = re.sub(r"([\[\]\\])", r"\\\1", words)
    return f"{words} ({address})", f"[{name}]({where})"


def _signs(marks: Iterable[Iterable[Mark]]) -> Iterator[tuple[str, str]]:
    """Words that look otherwise, each with the sign for it."""
    for kind, words, _ in chain.from_iterable(marks):
        if words and kind in SIGNS:
            yield words, SIGNS[kind]


def _shown(block: str) -> str:
    return "\n".join(_lines(markdown.parsed(block))) or block.strip()


def _lines(tokens: Iterable[Token]) -> Iterator[str]:
    around: list[str] = []
    heading = ""
    for token in tokens:
        if token.type == "blockquote_open":
            around.append(QUOTE)
        elif token.type == "list_item_open":
            around.append(f"{token.info}{token.markup} " if token.info else ITEM)
        elif token.type in {"blockquote_close", "list_item_close"}:
            around.pop()
        elif token.type in {"heading_open", "heading_close"}:
            heading = HEADING if token.nesting == 1 else ""
        elif token.type == "inline":
            yield "".join(around) + heading + "".join(_words(token.children or ()))
            # An item's sign stands once; what else is in it is moved in.
            around = [one if one == QUOTE else " " * len(one) for one in around]


def _words(children: Sequence[Token]) -> Iterator[str]:
    address, words = "", ""
    for token in children:
        piece = "\n" if token.type in {"softbreak", "hardbreak"} else token.content
        words += piece
        yield piece
        if token.type == "link_open":
            address, words = str(token.attrGet("href")), ""
        elif token.type == "link_close" and words not in {address, address.removeprefix(MAIL)}:
            yield f" ({address})"


def _with_signs(
    block: str, signs: Iterable[tuple[str, str]], links: Mapping[str, str], rank: str
) -> str:
    for words, sign in signs:
        if words in block:
            there = rf"(?<!\S){re.escape(words)}(?![\w/])"
            block = re.sub(there, rf"{sign}\g<0>{sign}", block, count=1)
    for typed, link in links.items():
        block = block.replace(typed, link)
    block = ADDRESS.sub(r"\1<\2>", block)
    return "\n".join(_line(line, rank) for line in block.split("\n"))


def _line(line: str, rank: str) -> str:
    found = LINE.fullmatch(line)
    assert found  # noqa: S101 - every line is one
    indent, quotes, item, heading, words = found.groups()
    signs = "> " * quotes.count(":") + ("- " if item else "") + (f"{rank} " if heading else "")
    return f"{indent}{signs}{words}"
