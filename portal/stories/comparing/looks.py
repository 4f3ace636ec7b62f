"""What a reader sees of a text in Markdown: its words, and which of them look otherwise."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from portal.stories import markdown

Mark = tuple[str, str, str]
"""A kind, the words that look so, and of a link the address."""
BLOCKS = {"heading": "a heading", "bullet_list": "a list", "ordered_list": "a list"}
BLOCKS |= {"blockquote": "a quote"}
SPANS = {"strong": "bold", "em": "italic", "link": "a link"}
LINK = "a link"
OPEN, CLOSE = "_open", "_close"


@dataclass(frozen=True)
class Looks:
    """The words as they are read, and the marks on them."""

    words: str
    marks: Counter[Mark]

    @property
    def whole(self) -> tuple[str, str]:
        """What all of it is, with its words: the heading, the list or the quote, or just words."""
        for kind, words, _ in self.marks:
            if kind in BLOCKS.values() and words == ", ".join(self.words.split("\n")):
                return kind.replace("a ", "the ") + " ", words
        return "", self.words


def looks(text: str) -> Looks:
    """How a part of a story looks to who reads it."""
    tokens = markdown.parsed(text)
    lines = (markdown.words_of(token) for token in tokens if token.type == "inline")
    return Looks("\n".join(line for line in lines if line), Counter(_marks(tokens)))


def as_typed(text: str) -> Looks:
    """A part of a story whose signs mean nothing."""
    return Looks(text, Counter())


def difference(old: Looks, new: Looks) -> Iterator[tuple[str, list[Mark], list[Mark]]]:
    """Of each kind of mark that is not the same: what went out, and what came in.

    Where one kind did both, the words are what changed, unless a link leads elsewhere.
    """
    gone, come = old.marks - new.marks, new.marks - old.marks
    for kind in dict.fromkeys((*BLOCKS.values(), *SPANS.values())):
        sides = [[mark for mark in side.elements() if mark[0] == kind] for side in (gone, come)]
        out, into = (Counter(address for *_, address in side) for side in sides)
        went, came = ([*_less(side, out & into)] for side in sides)
        if went or came:
            yield kind, went, came


def _less(marks: Sequence[Mark], shared: Counter[str]) -> Iterator[Mark]:
    """The marks without the first so many of each address."""
    left = shared.copy()
    for mark in marks:
        if left[mark[2]]:
            left[mark[2]] -= 1
        else:
            yield mark


def place(address: str) -> str:
    """Where a link leads, in short: the site, or the email address."""
    scheme, _, rest = address.partition(":")
    if scheme.lower() == "mailto":
        return rest
    site = rest.lstrip("/")
    for end in "/?#":
        site = site.partition(end)[0]
    return site.rpartition("@")[2]


def _marks(tokens: Sequence[Token]) -> Iterator[Mark]:
    for at, token in enumerate(tokens):
        if token.type == "inline":
            yield from _spans(token.children or ())
        kind = BLOCKS.get(token.type.removesuffix(OPEN))
        if kind and token.nesting == 1 and token.level == 0:
            inside = tokens[at : _end(tokens, at)]
            lines = (markdown.words_of(one) for one in inside if one.type == "inline")
            yield kind, ", ".join(line for line in lines if line), ""


def _spans(children: Sequence[Token]) -> Iterator[Mark]:
    for at, token in enumerate(children):
        kind = SPANS.get(token.type.removesuffix(OPEN))
        if kind and token.nesting == 1:
            words = "".join(one.content for one in children[at : _end(children, at)])
            yield kind, words, str(token.attrGet("href") or "")


def _end(tokens: Sequence[Token], at: int) -> int:
    """Where what is opened here is closed again."""
    closes = tokens[at].type.removesuffix(OPEN) + CLOSE
    level = tokens[at].level
    return next(
        place
        for place in range(at, len(tokens))
        if (tokens[place].type, tokens[place].level) == (closes, level)
    )
