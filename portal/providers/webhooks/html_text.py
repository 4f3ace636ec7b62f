"""The words of an HTML mail, as text: links with their address, pictures in words, quotes marked.

Nothing is fetched and nothing is run. What the page of a mail program would not show (scripts,
styles) is left out.
"""

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from justhtml import NodeType

LONGEST = 1_000_000  # letters of a mail that are read: some tenths of a second at the worst
TAG = 40  # letters: what starts a tag takes as much work, and counts as so many
CUT = "[This mail is longer. The whole mail has the rest.]"
DEEPEST_QUOTE = 20
SILENT = frozenset({"head", "script", "style", "template", "title"})
APART = frozenset({"blockquote", "dl", "hr", "ol", "p", "pre", "table", "ul"})
APART |= {f"h{number}" for number in range(1, 7)}
LINES = frozenset(
    {"address", "article", "aside", "caption", "center", "dd", "details", "div", "dt", "fieldset"}
    | {"figcaption", "figure", "footer", "form", "header", "legend", "li", "main", "nav"}
    | {"option", "section", "summary", "tr"}
)
# A picture that is in the HTML itself, as people paste them: a file, and no words. Small ones
# are ornaments.
PICTURE = re.compile(r"data:(image/[\w.+-]{1,40});base64,([\w+/=]{1000,})", re.ASCII)
DATA = re.compile(r"(data:[\w/+.;=-]{0,100})[^\"'\s>]{100,}", re.IGNORECASE)
NO_ADDRESS = re.compile(r"#|$|(?:javascript|vbscript|data|cid|about):", re.IGNORECASE)
# What programs add to a text when they make one of HTML, and we too: no words of the person's.
ADDED = re.compile(
    r"\[cid:[^\]\s]*\]|\[(?:picture|image|bild):?|(?:mailto|tel|https?):|www\.", re.IGNORECASE
)
WORD = re.compile(r"\w+")
NOTICE_LONGEST = 300


def best(first: str, other: str) -> str:
    """What to show of two versions of the same text: one that has all words, or else both.

    A short one that only says that the mail is HTML is no version of it.
    """
    if not first or not other:
        return first or other
    words, more = _words(first), _words(other)
    if not more - words:
        return first
    is_notice = len(first) < NOTICE_LONGEST and "html" in first.lower()
    if is_notice or not words.keys() - more.keys():
        return other
    return f"{other}\n\n{first}"


def _words(text: str) -> Counter[str]:
    return Counter(WORD.findall(ADDED.sub(" ", text).lower()))


def cost(html: str) -> int:
    """The work to read it, in letters."""
    return len(html) + TAG * html.count("<")


def as_text(html: str, longest: int = LONGEST) -> str:
    """The words of a page or of a part of one; what costs more is cut, and says so."""
    if not html.strip():
        return ""
    from justhtml import JustHTML  # noqa: PLC0415 - a tenth of a second, for the mails that need it

    short = DATA.sub(r"\1", html)
    fitting = _start(short, longest)
    page = JustHTML(fitting, sanitize=False, scripting_enabled=False)
    text = _Writer().text(page.root)
    return text if fitting == short else f"{text}\n\n{CUT}".strip()


def _start(html: str, longest: int) -> str:
    """As much from its start as costs no more than that."""
    tags = [found.start() for found in re.finditer("<", html[:longest])]
    dear = (place for place, at in enumerate(tags, 1) if at + TAG * place > longest)
    number = next(dear, len(tags) + 1) - 1
    return html[: min(longest - TAG * number, *tags[number : number + 1], len(html))]


class _Writer:
    """Writes down one page, line by line. It goes through the page without calling itself."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line, self.marker, self.quotes, self.kept_breaks = "", "", 0, 0
        self.counts: list[int] = []  # of the lists that are open: the last number, or -1
        self.links: list[int] = []  # where the text of each open link starts, in `said`
        self.said: list[str] = []

    def text(self, root: Any) -> str:
        waiting: list[tuple[bool, NodeType]] = [(True, root)]
        while waiting:
            opens, node = waiting.pop()
            if not opens:
                self._close(node)
            elif node.name == "#text":
                self._say(str(node.data or ""))
            elif node.name not in SILENT:
                self._open(node)
                waiting.append((False, node))
                waiting += [(True, child) for child in reversed(node.children or [])]
        self._break()
        return re.sub("\n{3,}", "\n\n", "\n".join(self.lines)).strip()

    def _open(self, node: Any) -> None:  # noqa: C901 - a line for each kind of element
        name = node.name
        if name == "br":
            self._break(always=True)
        elif name in APART or name in LINES:
            self._apart(name)
        elif name in {"td", "th"}:
            self._say(" ")
        elif name == "img":
            self._picture(node.attrs)
        elif name == "a":
            self.links.append(len(self.said))
        if name == "blockquote":
            self.quotes += 1
        elif name == "pre":
            self.kept_breaks += 1
        elif name in {"ol", "ul"}:
            self.counts.append(0 if name == "ol" else -1)
        elif name == "li":
            self._item()

    def _close(self, node: Any) -> None:
        name = node.name
        if name == "a":
            self._address(node.attrs, "".join(self.said[self.links.pop() :]))
        elif name in APART or name in LINES:
            self._break()
            if name == "blockquote":
                self.quotes -= 1
            elif name == "pre":
                self.kept_breaks -= 1
            elif name in {"ol", "ul"}:
                self.counts.pop()
            self._apart(name)

    def _say(self, words: str) -> None:
        if self.kept_breaks:
            first, *rest = words.replace("\r\n", "\n").split("\n")
            self.line += first
            for line in rest:
                self._break(always=True)
                self.line += line
        else:
            words = re.sub(r"[ \t\r\n\f]+", " ", words).replace("\xa0", " ")
            self.line += words.lstrip(" ") if not self.line or self.line[-1] == " " else words
        self.said.append(words)

    def _picture(self, attrs: dict[str, str | None]) -> None:
        alt = (attrs.get("alt") or attrs.get("title") or "").strip()
        if alt:
            self._say(f"[Picture: {alt}]")
        elif (attrs.get("src") or "").lower().startswith("data:"):
            self._say("[Picture]")

    def _item(self) -> None:
        number = self.counts[-1] if self.counts else -1
        if number >= 0:
            self.counts[-1] = number = number + 1
        self.line = self.marker = "- " if number < 0 else f"{number}. "

    def _address(self, attrs: dict[str, str | None], said: str) -> None:
        """Say where a link leads, unless its words say that already."""
        address = (attrs.get("href") or "").strip()
        if not NO_ADDRESS.match(address) and _bare(address) not in _bare(said):
            self._say(f" ({re.sub('^(?:mailto|tel):', '', address, flags=re.IGNORECASE)})")

    def _apart(self, name: str) -> None:
        self._break()
        if name not in APART or not self.lines or self.line:
            return
        if self.lines[-1].strip(">"):
            self.lines.append(self._mark())
        self.lines[-1] = min(self.lines[-1], self._mark(), key=len)

    def _break(self, *, always: bool = False) -> None:
        """End the line, if there is one with words."""
        if self.line == self.marker != "" and not always:
            return  # the number of an item waits for its words
        line = self.line.rstrip()
        if line or always:
            self.lines.append(f"{self._mark()} {line}".rstrip() if self.quotes else line)
        self.line = self.marker = ""

    def _mark(self) -> str:
        return ">" * min(self.quotes, DEEPEST_QUOTE)


def _bare(address: str) -> str:
    """An address as people write it."""
    return re.sub(r"^(?:mailto|tel):|^https?://(?:www\.)?|[/\s]+", "", address.lower())
