"""What is new in a mail, and what it repeats of earlier ones."""

import re

from portal.providers.values import InboundEmail

# English first: the first that fits is taken.
LANGUAGES = ["en", "de", "es", "fr", "it", "nl", "pl"]
SEARCHED = 20_000  # letters: the library's search takes time by the square of what it looks at
LONGEST_LINE = 200
LONGEST = 100_000  # letters that are shown; the original has them all
CUT = "\n\n[This mail is longer. The rest is in the original.]"
RULE = re.compile("[_-]{32,}")


def split(mail: InboundEmail) -> tuple[str, str]:
    """The new text of a mail and the quoted rest. Where nothing looks new, all of it is shown."""
    text = (mail.text.strip() or as_text(mail.html)).strip()
    position = _quote_starts(text)
    new, quoted = text[:position].strip(), text[position:].strip()
    if not new or _is_answered_within(quoted):
        new, quoted = text, ""
    above, _, last = new.rpartition("\n")
    if RULE.fullmatch(last.strip()):  # Outlook draws a line before what it quotes
        new = above.strip()
    return shortened(new), shortened(quoted)


def as_text(html: str) -> str:
    """The words of an HTML mail, one block a line."""
    if not html.strip():
        return ""
    from justhtml import JustHTML  # noqa: PLC0415 - a tenth of a second, for the few without text

    body = JustHTML(html[: 5 * LONGEST]).query("body")
    return body[0].to_text(separator="\n", separator_blocks_only=True) if body else ""


def shortened(text: str) -> str:
    """As much of a text as a page can show."""
    return text if len(text) <= LONGEST else text[:LONGEST] + CUT


def _quote_starts(text: str) -> int:
    """Where the line is that brings in an earlier mail; the text's end if there is none.

    The library looks at a shadow of the text: short lines, no rows of empty
    ones, and as many letters as it can take in a moment.
    """
    from mailparser_reply.parser import EmailMessage  # noqa: PLC0415 - only this needs it

    shadow, starts = _shadow(text)
    message = EmailMessage(text=shadow, languages=[*LANGUAGES])
    found = message.HEADER_REGEX.search(shadow)
    if not found:
        return len(text)
    header = str(found.group())
    blank = len(header) - len(header.lstrip())
    return starts[shadow.count("\n", 0, found.start() + blank)]


def _shadow(text: str) -> tuple[str, list[int]]:
    """The short form of a text, and where each of its lines starts in the text."""
    lines: list[str] = []
    starts: list[int] = []
    position = size = 0
    for line in text.split("\n"):
        short = "" if RULE.fullmatch(line.strip()) else line.strip()[:LONGEST_LINE]
        if size + len(short) > SEARCHED:
            break
        if short or not lines or lines[-1]:
            lines.append(short)
            starts.append(position)
            size += len(short) + 1
        position += len(line) + 1
    return "\n".join(lines), starts


def _is_answered_within(quoted: str) -> bool:
    """Whether new lines stand between the quoted ones: then no part may be folded away."""
    lines = [line.strip() for line in quoted.split("\n") if line.strip()]
    marked = [line.startswith(">") for line in lines]
    return True in marked and False in marked[marked.index(True) :]
