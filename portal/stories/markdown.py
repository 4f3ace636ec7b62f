"""A story's Markdown: as HTML for readers, as plain words, and how it reads.

Nobody writes HTML here. Of Markdown there is what a story needs: headings,
paragraphs, quotes, lists, emphasis and links. The rest is shown as it was
typed: a line that was moved in is no program, and a line of dashes under a
name makes no heading of it. A line break is kept: people mean it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from portal.letters import normal_form
from portal.stories.made_once import made_once
from portal.stories.states import Level
from portal.words import LONG_WORD, SENTENCE_END, WORD, count, lix

WORDS_A_MINUTE = 110  # docs/decisions/stories.md says why so few
BEGINNER, INTERMEDIATE = 40, 50  # the highest LIX of each level
# The languages in which LIX was tried and found to tell easy texts from hard ones (C. H. Björnsson,
# Readability of Newspapers in 11 Languages, 1983).
LIX_TRIED = frozenset(
    ("da", "de", "en", "es", "fi", "fr", "it", "nb", "nn", "no", "pt", "ru", "sv")
)
HEADINGS = 3  # ranks of them: a story has no use for more
DEEPEST = 20  # quotes and lists inside each other; a list counts twice
SIGN = re.compile(r"[!#$%&*+:<=>@\[\\\]^_`{}~\r\n-]")  # what the parser stops at
SIGNS_MOST = 10_000  # it takes 20 microseconds for each; a book of stories has fewer
LEAVES = {"paragraph_open", "heading_open"}
CONTAINERS = {"blockquote_open", "bullet_list_open", "ordered_list_open", "list_item_open"}
BLOCKS = {"h2", "h3", "h4", "h5", "h6", "p", "blockquote", "ul", "ol", "li"}
TAGS = BLOCKS | {"br", "hr", "em", "strong", "a"}
ATTRIBUTES: dict[str, set[str]] = {"*": set()}
ATTRIBUTES |= {tag: {"dir"} for tag in BLOCKS} | {"ol": {"dir", "start"}, "a": {"href"}}
SCHEMES = {"http", "https", "mailto"}
REL = "nofollow noopener noreferrer ugc"
LEFT_OUT = (
    *("code", "fence", "html_block", "lheading", "reference"),
    *("backticks", "html_inline", "entity"),
)
ADDRESS = re.compile(rf"(?:{'|'.join(sorted(SCHEMES))}):", re.IGNORECASE)
WRAPPED = re.compile(r"(?<!\n)\n(?!\n)")
ZERO_WIDTH_SPACE = "\u200b"  # divides words in some scripts; the other signs without width do not


@dataclass(frozen=True)
class Measured:
    """How long a story is, and how hard it is to read."""

    words: int
    minutes: int
    lix: int | None
    level: Level
    explanation: str
    """How that was measured, in one line; empty where LIX was never tried in the language."""


@made_once
def to_html(markdown: str, top: int = 2) -> Markup:
    """The story for a page that has an h1 of its own: headings start at h2, or at h`top`."""
    raw = RENDERER.render(parsed(markdown, top), MARKDOWN.options, {})
    clean = nh3.clean(raw, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=REL)
    return Markup(clean)  # noqa: S704 - nh3 leaves the tags above and nothing else


def plain(markdown: str) -> str:
    """The words that a reader sees: a blank line between paragraphs, headings and items."""
    blocks = (words_of(token) for token in parsed(markdown) if token.type == "inline")
    return "\n\n".join(block for block in blocks if block)


def minutes(words: str) -> int:
    """How long somebody reads who takes their time; of plain words."""
    number = len(WORD.findall(_letters(words)))
    return max(1, (2 * number + WORDS_A_MINUTE) // (2 * WORDS_A_MINUTE))


def level(index: int | None) -> Level:
    """The level of a LIX. A text without words is easy."""
    if index is None or index <= BEGINNER:
        return Level.BEGINNER
    return Level.INTERMEDIATE if index <= INTERMEDIATE else Level.ADVANCED


@made_once
def measure(markdown: str, language: str = "en") -> Measured:
    """Words, minutes and level of a story.

    LIX counts words between spaces: for a language that is written without
    them the editor sets the level.
    """
    words = _letters(_unwrapped(plain(markdown)))
    index = lix(words)
    number = len(WORD.findall(words))
    explanation = _explained(words) if language.partition("-")[0] in LIX_TRIED else ""
    return Measured(number, minutes(words), index, level(index), explanation)


def _explained(text: str) -> str:
    words = WORD.findall(text)
    if not words:
        return "There are no words to measure yet."
    sentences = sum(1 for part in SENTENCE_END.split(text) if WORD.search(part))
    long_words = round(100 * sum(len(word) > LONG_WORD for word in words) / len(words))
    return (
        f"Measured by LIX: {count(round(len(words) / sentences), 'word')} in a sentence, "
        f"{long_words} of 100 words {'is' if long_words == 1 else 'are'} long."
    )


def _letters(text: str) -> str:
    """The text without accents apart and signs without width, which would cut words in two."""
    return "".join(
        letter
        for letter in normal_form("NFC", text)
        if unicodedata.category(letter) not in {"Mn", "Mc", "Me", "Cf"}
        or letter == ZERO_WIDTH_SPACE
    )


def _unwrapped(text: str) -> str:
    """The text with lines joined that an email program has cut: a small letter goes on."""
    return WRAPPED.sub(lambda cut: " " if text[cut.end() : cut.end() + 1].islower() else "\n", text)


def is_read(markdown: str) -> bool:
    """Whether the signs of a text mean something. Of too many none does: it is one paragraph."""
    return len(SIGN.findall(markdown)) <= SIGNS_MOST


def parsed(markdown: str, top: int = 2) -> list[Token]:
    """The parts of the story, as they are shown."""
    if not is_read(markdown):
        return _as_typed(markdown)
    found = MARKDOWN.parse(markdown)
    if any(token.level >= DEEPEST - 1 for token in found):
        found = FLAT.parse(markdown)  # the parser drops what is deeper: no word may get lost
    for token in found:
        if token.children:
            token.children = list(_readable(token.children))
    tokens = _without_empty_headings(found)
    _rank_headings(tokens, top)
    _direct(tokens)
    return tokens


def _as_typed(text: str) -> list[Token]:
    words = Token("inline", "", 0, content=text, children=[Token("text", "", 0, content=text)])
    opened = Token("paragraph_open", "p", 1, attrs={"dir": "auto"})
    return [opened, words, Token("paragraph_close", "p", -1)]


def _without_empty_headings(tokens: Sequence[Token]) -> list[Token]:
    """A screen reader would stop at them for nothing."""
    empty = {
        place + step
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and not words_of(tokens[place + 1])
        for step in range(3)
    }
    return [token for place, token in enumerate(tokens) if place not in empty]


def _rank_headings(tokens: Sequence[Token], top: int) -> None:
    """Make the highest heading an h`top`, and let none skip a step."""
    above: list[int] = []
    for place, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        typed = int(token.tag[1])
        above = [rank for rank in above if rank < typed] + [typed]
        rank = top + min(len(above), HEADINGS) - 1
        token.tag = tokens[place + 2].tag = f"h{rank}"


def _direct(tokens: Sequence[Token]) -> None:
    """Say which way each block is written.

    The browser finds it out for a paragraph. It would not for a list or a
    quote around it, whose bullets and lines stand on the side where reading starts.
    """
    around: list[Token] = []
    for token in tokens:
        if token.type in LEAVES:
            token.attrSet("dir", "auto")
        elif token.type in CONTAINERS:
            around.append(token)
        elif token.type.removesuffix("_close") + "_open" in CONTAINERS:
            around.pop()
        elif token.type == "inline" and around and (way := direction(token.content)):
            for container in around:
                if container.attrGet("dir") is None:
                    container.attrSet("dir", way)


def direction(text: str) -> str:
    """Which way the first letter is written that has a direction; empty for none."""
    kinds = (unicodedata.bidirectional(letter) for letter in text)
    strong = next((kind for kind in kinds if kind in {"L", "R", "AL"}), "")
    return strong and ("ltr" if strong == "L" else "rtl")


def _readable(children: Sequence[Token]) -> Iterator[Token]:
    """A picture's words in place of it, and the address as words of a link that has none."""
    address, is_named = "", True
    for token in children:
        if token.type == "image":
            alt = RENDERER.renderInlineAsText(token.children, MARKDOWN.options, {})
            token = Token("text", "", 0, content=alt)  # noqa: PLW2901
        if token.type == "link_open":
            address, is_named = str(token.attrGet("href")), False
        elif token.type == "link_close" and not is_named:
            yield Token("text", "", 0, content=address)
        is_named = is_named or bool(token.content.strip())
        yield token


def words_of(inline: Token) -> str:
    """The words of a heading, or of a paragraph."""
    breaks = {"softbreak": "\n", "hardbreak": "\n"}
    children = inline.children or ()
    return "".join(breaks.get(token.type, token.content) for token in children).strip()


def _parser(*left_out: str) -> MarkdownIt:
    options = {"html": False, "breaks": True, "xhtmlOut": False, "maxNesting": DEEPEST}
    parser = MarkdownIt("commonmark", options)
    parser.disable([*LEFT_OUT, *left_out])
    parser.validateLink = lambda url: bool(ADDRESS.match(url))  # type: ignore[method-assign]
    return parser


class _Renderer(RendererHTML):
    def text(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        """Words for a page. There are line breaks in what is shown as it was typed."""
        return escapeHtml(tokens[idx].content).replace("\n", "<br>\n")


MARKDOWN, FLAT = _parser(), _parser("blockquote", "list")
RENDERER = _Renderer()
