"""What one content of a story changed in another, each change found and said in words."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from portal.stories import markdown
from portal.stories.comparing import pictures
from portal.stories.comparing.looks import Looks, as_typed, difference, looks, place
from portal.stories.comparing.paragraphs import ParagraphStep, joined, steps
from portal.stories.comparing.pictures import Picture
from portal.stories.comparing.words import LETTERS, Marked, Op, mark
from portal.stories.content import Content
from portal.stories.made_once import made_once
from portal.words import count

Kind = Literal["added", "removed", "changed", "moved"]
What = Literal["title", "summary", "name", "language", "topics", "paragraph", "picture", "pictures"]
WORDED: tuple[What, ...] = ("title", "summary", "name")
VERBS = {"added": "added", "removed": "took out"}
SMALL = "changed small signs, spaces or how words look"
MOST_SAID = 3  # changes of one paragraph
LONGEST_SAID = 80  # letters of a quote


@dataclass(frozen=True)
class TextChange:
    """One thing that is different, to be kept or undone by itself."""

    key: str
    """title, topics, picture-<file>, p1 …: equal each time that two contents are compared."""
    what: What
    kind: Kind
    before: str
    after: str
    words: Marked
    """What is read, in pieces: (same | out | in, text)."""
    sentence: str
    """The change in plain words."""
    is_small: bool = False
    """Whether it is of small signs and spaces alone."""


@dataclass(frozen=True)
class Block:
    """A paragraph of the text, or some that changed together, as Markdown."""

    text: str
    change: TextChange | None = None


def compare(
    old: Content, new: Content, labels: Mapping[str, str] | None = None, who: str = "We"
) -> list[TextChange]:
    """All that is different, in the order of the page.

    `labels` are names of topics and languages for people, `who` made the changes.
    """
    return [
        *_fields(old, new, labels or {}, who),
        *(block.change for block in paragraphs(old, new, who) if block.change),
        *_pictures(old, new, who),
    ]


def paragraphs(old: Content, new: Content, who: str = "We") -> list[Block]:
    """The new text with its changes in place, and what was taken out where it stood."""
    return [*_blocks(old.text, new.text, who)]


@made_once
def _blocks(old: str, new: str, who: str) -> tuple[Block, ...]:
    look = looks if markdown.is_read(old) and markdown.is_read(new) else as_typed
    return tuple(
        Block(joined(step.new or step.old), _paragraph(step, who, look) if step.key else None)
        for step in steps(old, new)
        if step.new or not step.is_moved
    )


def _fields(
    old: Content, new: Content, labels: Mapping[str, str], who: str
) -> Iterator[TextChange]:
    for name in WORDED:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield _change(name, name, before, after, who)
    if old.language != new.language:
        before, after = (labels.get(one.language, one.language) for one in (old, new))
        yield _change("language", "language", before, after, who)
    if old.topics != new.topics:
        before, after = ([labels.get(key, key) for key in one.topics] for one in (old, new))
        yield _topics(before, after, who)


def _change(key: str, what: What, before: str, after: str, who: str) -> TextChange:
    kind: Kind = "changed" if before and after else "added" if after else "removed"
    words = mark(before, after)
    the = "the words for a picture" if what == "picture" else f"the {what}"
    is_small = kind == "changed" and _quote(before) == _quote(after)
    if kind != "changed":
        sentence = f"{who} {VERBS[kind]} {the} {_quote(before or after)}."
    elif is_small:
        sentence = f"{who} {SMALL} in {the}."
    elif what == "summary":
        sentence = f"{who} changed {the}. {_say(_sentences(words, who))}".strip()
    else:
        sentence = f"{who} changed {the} from {_quote(before)} to {_quote(after)}."
    return TextChange(key, what, kind, before, after, words, sentence, is_small)


def _topics(before: Sequence[str], after: Sequence[str], who: str) -> TextChange:
    said = [f"{who} took out the topic {_quote(name)}." for name in before if name not in after]
    said += [f"{who} added the topic {_quote(name)}." for name in after if name not in before]
    sentence = " ".join(said) or f"{who} put the topics in another order."
    change = _change("topics", "topics", ", ".join(before), ", ".join(after), who)
    return replace(change, sentence=sentence)


def _paragraph(step: ParagraphStep, who: str, look: Callable[[str], Looks]) -> TextChange:
    before, after = joined(step.old), joined(step.new)
    old, new = look(before), look(after)
    if step.is_moved:
        words: Marked = (("same", new.words),)
        sentence = f"{who} moved {_quote(new.words)} to another place."
        return TextChange(step.key, "paragraph", "moved", after, after, words, sentence)
    words = mark(old.words, new.words)
    if not (step.old and step.new):
        kind: Kind = "added" if step.new else "removed"
        sentence = _whole(new if step.new else old, VERBS[kind], who)
        return TextChange(step.key, "paragraph", kind, before, after, words, sentence)
    if min(len(step.old), len(step.new)) > 1:
        sentence = f"{who} changed the text from its start to its end."
    else:
        said = (*_parted(step, who), *_looking(old, new, who), *_sentences(words, who))
        sentence = _say(said)
    small = "" if sentence else f"{who} {SMALL}."
    whole = sentence or small
    return TextChange(step.key, "paragraph", "changed", before, after, words, whole, bool(small))


def _whole(one: Looks, verb: str, who: str) -> str:
    """That a paragraph came or went, and what it is."""
    what, words = one.whole
    return f"{who} {verb} {what}{_quote(words)}." if words else f"{who} {verb} a line."


def _looking(old: Looks, new: Looks, who: str) -> Iterator[str]:
    """Which words look otherwise than they did."""
    for kind, went, came in difference(old, new):
        now, before = ({words for _, words, _ in marks} for marks in (came, went))
        for words in dict.fromkeys(words for _, words, _ in went if words not in now):
            yield f"{who} made {_quote(words)} plain words: it was {kind}."
        for _, words, address in came:
            if words in before:  # of one kind, so it is a link
                yield f"{who} made the link {_quote(words)} lead to {place(address)}."
                continue
            leads = f" to {place(address)}" if address else ""
            yield f"{who} made {_quote(words)} {kind}{leads}."


def _parted(step: ParagraphStep, who: str) -> Iterator[str]:
    """That one paragraph became several, or several one."""
    old, new = len(step.old), len(step.new)
    if old == 1 < new:
        yield f"{who} made {new} paragraphs of one."
    elif new == 1 < old:
        yield f"{who} made one paragraph of {old}."


def _pictures(old: Content, new: Content, who: str) -> Iterator[TextChange]:
    olds, news = pictures.named(old.pictures), pictures.named(new.pictures)
    for key in pictures.merged(news, olds):
        if olds.get(key) != news.get(key):
            yield _picture(key, olds.get(key), news.get(key), who)
    if not pictures.in_order(olds, news):
        before, after = (", ".join(map(pictures.described, row.values())) for row in (olds, news))
        sentence = f"{who} put the pictures in another order."
        yield TextChange("pictures", "pictures", "moved", before, after, (), sentence)


def _picture(key: str, before: Picture | None, after: Picture | None, who: str) -> TextChange:
    old, new = pictures.described(before), pictures.described(after)
    change = _change(key, "picture", old, new, who)
    shown = f"the picture {_quote(new or old)}" if new or old else "a picture without words"
    if before is None or after is None:
        kind: Kind = "added" if before is None else "removed"
        return replace(change, kind=kind, sentence=f"{who} {VERBS[kind]} {shown}.")
    sentence = f"{who} changed {shown}." if old == new else change.sentence
    return replace(change, kind="changed", sentence=sentence)


def _say(sentences: Iterable[str]) -> str:
    """The first few sentences, and how many more there are. Empty if there are none."""
    said = list(sentences)
    more = len(said) - MOST_SAID
    rest = [f"And {count(more, 'more small change')}."] if more > 0 else []
    return " ".join(said[:MOST_SAID] + rest)


def _sentences(marked: Marked, who: str) -> Iterator[str]:
    changed: dict[Op, str] = {}
    for op, text in (*marked, ("same", "")):
        if op != "same":
            changed[op] = text
            continue
        out, come = (changed.get(kind, "") for kind in ("out", "in"))
        changed = {}
        has_out, has_in = (LETTERS.search(part) is not None for part in (out, come))
        if has_out and has_in:
            if _quote(out) != _quote(come):
                yield f"{who} changed {_quote(out)} to {_quote(come)}."
        elif has_out:
            yield f"{who} took out {_quote(out)}."
        elif has_in:
            yield f"{who} added {_quote(come)}."


def _quote(text: str) -> str:
    """The text in quotation marks, in one line, without its middle when it is long."""
    words = " ".join(text.split()).strip(".,;: ") or text.strip()
    if len(words) > LONGEST_SAID:
        start, end = words[: LONGEST_SAID // 2], words[-LONGEST_SAID // 2 :]
        start, end = start.rpartition(" ")[0] or start, end.partition(" ")[2] or end
        words = f"{start} \u2026 {end}"
    return f"\u201c{words}\u201d"
