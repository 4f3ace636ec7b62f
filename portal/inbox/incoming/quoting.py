"""What is new in an answer, and what it repeats: only our own words and marked quotes fold away.

How mail programs bring in a quote ("On … wrote:", "Von: … Gesendet: …") stands in no list of
languages here: a head is what stands right above a quote, names us or an address, and has a date.
In doubt all is shown.
"""

import re
from collections.abc import Iterable, Sequence

from portal.letters import normal_form

LONGEST = 100_000  # letters that are shown; the whole mail has them all
MOST = 2 * LONGEST + 50_000  # that are looked at: then at least one of the two is too long to show
CUT = "\n\n[This mail is longer. The whole mail has the rest.]"
ENOUGH = 20  # letters that are ours by no chance, where no head stands above them
PLACES = 20  # where a line of ours is looked for at once: one short word may stand everywhere
LINE_LONGEST = 300  # letters of a line that are looked at for a head
HEAD_LONGEST = 3  # lines of "On … wrote:"
BLOCK_LONGEST = 8  # lines of "From: … Sent: … To: … Subject: …"

# What mail programs add to words that they quote: where a link leads, where a picture was.
ADDED = re.compile(r"<[^<>\s]*>|https?://[^\s<>\"]+|\[(?:image|cid):[^\[\]\n]*\]")
LETTERS = re.compile(r"[^\W_]+")
ADDRESS = re.compile(r"[^\s<>@:]+@[^\s<>@]+")
COLONS = ":\uff1a"  # the other one in Chinese and Japanese
LABEL = re.compile(rf"[^{COLONS}]{{1,40}}[{COLONS}].*\w")
RULE = re.compile(r"[-_=* ]{5,}|-{2,} ?[^-].{0,60}-{2,}")
FORWARDED = re.compile(rf"(fwd?|wg|tr|rv|enc|vb|vl|vs|doorst|pd|i)\s*[{COLONS}]", re.IGNORECASE)
FORWARD = re.compile(
    r"forwarded|weitergeleitet|transf[ée]r|reenviad|encaminhad|inoltrat|doorgestuurd|przekazan"
    r"|vidarebefordra|v?ideresend|välitet|пересла|пересыла|転送|转发",
    re.IGNORECASE,
)


def split(text: str, subject: str, sent: Iterable[str], us: str) -> tuple[str, str]:
    """The new text of an answer, and what it quotes.

    `sent` are the mails that it may answer, as text and as HTML without its
    tags. `us` is the name that they came from.
    """
    text = text.strip()[:MOST]
    lines = text.split("\n")
    words = [line.lstrip("> \t\xa0")[:LINE_LONGEST].rstrip() for line in lines]
    name = _letters(us)
    top = min(_ours(lines, words, sent, name), _marked(lines, words, name))
    new, quoted = "\n".join(lines[:top]).strip(), "\n".join(lines[top:]).strip()
    around = words[max(top - 3, 0) : top + 3]
    is_forward = FORWARDED.match(subject) or any(map(FORWARD.search, around))
    if not new or is_forward or any(map(_is_marked, lines[:top])):
        return text, ""
    return new, quoted


def shortened(text: str) -> str:
    """As much of a text as a page can show."""
    return text if len(text) <= LONGEST else text[:LONGEST] + CUT


def _ours(lines: Sequence[str], words: Sequence[str], sent: Iterable[str], name: str) -> int:
    """Where our own words begin that stand at the end, with their head; the end if none do."""
    letters = [_letters(line) for line in lines]
    end = len(lines)
    start = min((_found(letters, _letters(mail)) for mail in sent), default=end)
    if start == end:
        return end
    top = _head(words, start, name)
    return top if top < start or sum(map(len, letters[start:])) >= ENOUGH else end


def _found(letters: Sequence[str], mail: str) -> int:
    """From which line on all letters stand in one row in a mail of ours; the end if none do.

    Letters alone are compared: each program breaks, marks and indents lines in its own way.
    """
    found, starts = len(letters), list(range(len(mail) + 1))
    for number in range(len(letters) - 1, -1, -1):
        if line := letters[number]:
            starts = [at - len(line) for at in starts if mail.endswith(line, 0, at)][-PLACES:]
            if not starts:
                break
            found = number
    return found


def _marked(lines: Sequence[str], words: Sequence[str], name: str) -> int:
    """Where the marked quote at the end begins, with its head; the end if it has no head."""
    start = end = len(lines)
    while start and (not lines[start - 1].strip() or _is_marked(lines[start - 1])):
        start -= 1
    top = _head(words, start, name) if start < end else end
    if top < start:
        return top
    first = next((number for number in range(start, end) if words[number]), end)
    within = (words[first : first + size] for size in range(1, HEAD_LONGEST + 1))
    return first if any(_is_attribution(one, name) for one in within) else end


def _head(words: Sequence[str], start: int, name: str) -> int:
    """Where the head begins that stands right above a quote; `start` where there is none."""
    top = bottom = start
    while bottom and not words[bottom - 1]:
        bottom -= 1
    for size in range(1, min(BLOCK_LONGEST, bottom) + 1):
        head = words[bottom - size : bottom]
        if not head[0]:
            break
        if size <= HEAD_LONGEST and _is_attribution(head, name):
            top = bottom - size
            break
        if size > 1 and _names(head[0], name) and all(map(LABEL.match, head)):
            top = bottom - size
    above = top
    while top < start and above and (not words[above - 1] or RULE.fullmatch(words[above - 1])):
        above -= 1
        top = above if words[above] else top
    return top


def _is_attribution(head: Sequence[str], name: str) -> bool:
    """Whether these lines say when who wrote: "On … wrote:", in any language."""
    text = " ".join(head).rstrip("* ")
    dated = any(map(str.isdigit, ADDRESS.sub("", text)))
    return text.endswith((*COLONS, "-")) and dated and _names(text, name)


def _names(head: str, name: str) -> bool:
    """Whether it names us, or anybody by an address."""
    return bool(ADDRESS.search(head) or (name and name in _letters(head)))


def _is_marked(line: str) -> bool:
    return line.lstrip().startswith(">")


def _letters(text: str) -> str:
    return "".join(LETTERS.findall(normal_form("NFKC", ADDED.sub(" ", text)).casefold()))
