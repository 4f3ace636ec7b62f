"""Markdown as the plain part of a mail has it: words, and each address on a line of its own."""

from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from portal.stories import markdown

INDENT, BULLET = "  ", "* "
INSIDE = {"list_item_open", "list_item_close", "blockquote_open", "blockquote_close"}
MAIL = "mailto:"


def text(words: str) -> str:
    """The words as they are read, without the signs of Markdown."""
    return "".join(_blocks(markdown.parsed(words))).lstrip("\n")


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    depth, mark, is_tight, gap = 0, "", False, "\n\n"
    for token in tokens:
        if token.type in INSIDE:
            depth += token.nesting
        if token.type == "list_item_open":
            mark = f"{token.info}. " if token.info else BULLET
        if token.type == "paragraph_open":
            is_tight = token.hidden
        if token.type == "inline":
            yield gap + _indented(_inline(token), depth, mark)
            mark, gap = "", "\n" if is_tight else "\n\n"
        if token.type.endswith("_list_close"):
            gap = "\n\n"


def _indented(block: str, depth: int, mark: str) -> str:
    lines = block.split("\n")
    if mark:
        lines[0] = mark + lines[0]
    margins = [INDENT * (depth - bool(mark)), *[INDENT * depth] * (len(lines) - 1)]
    return "\n".join(map(str.__add__, margins, lines))


def _inline(token: Token) -> str:
    """The words of a paragraph, and after them where its links lead."""
    words = markdown.words_of(token)
    links = [*_links(token.children or ())]
    if [label for label, _ in links] == [words]:
        words = ""
    told = [address if label == address else f"{label}:\n{address}" for label, address in links]
    return "\n".join(filter(None, [words, *told]))


def _links(children: Sequence[Token]) -> Iterator[tuple[str, str]]:
    address, label = "", ""
    for child in children:
        if child.type == "link_open":
            address, label = str(child.attrGet("href")).removeprefix(MAIL), ""
        elif child.type == "link_close":
            yield label.strip().removeprefix(MAIL), address
        else:
            label += child.content
