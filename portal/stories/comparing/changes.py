"""What one content of a story changed in another, in words, and each change undone or not.

`compare(old, new)` lists the changes, `paragraphs(old, new)` is the new text with
them in place, and `apply(old, new, choices)` makes the content in which each of
them is kept, undone, or said in somebody's own words. All kept is the new one,
and all undone is the old one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from portal.stories.comparing import pictures
from portal.stories.comparing.paragraphs import ParagraphStep, blocks, joined, steps
from portal.stories.comparing.pictures import Picture
from portal.stories.comparing.words import Marked, mark, quote, say
from portal.stories.content import Content

Kind = Literal["added", "removed", "changed", "moved"]
What = Literal["title", "summary", "name", "language", "topics", "paragraph", "picture", "pictures"]
WORDED: tuple[What, ...] = ("title", "summary", "name")
VERBS = {"added": "added", "removed": "took out"}
SMALL = "changed small signs, spaces or how words look"


@dataclass(frozen=True)
class OwnWords:
    """Somebody's own words in place of a change."""

    text: str


Choice = Literal["keep", "undo"] | OwnWords
Choices = Mapping[str, Choice]


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
    """The text in pieces: (same | out | in, text)."""
    sentence: str
    """The change in plain words."""


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
    return [
        Block(joined(step.new or step.old), _paragraph(step, who) if step.key else None)
        for step in steps(old.text, new.text)
        if step.new or not step.is_moved
    ]


def apply(old: Content, new: Content, choices: Choices) -> Content:
    """The new content with the changes kept, undone or in own words; kept if nothing is said.

    Topics and a language are not words: there, own words keep the change.
    """
    worded = {
        name: _field(getattr(old, name), getattr(new, name), choices.get(name, "keep"))
        for name in WORDED
    }
    return replace(
        new,
        **worded,
        language=(old if choices.get("language") == "undo" else new).language,
        topics=(old if choices.get("topics") == "undo" else new).topics,
        text=_text(old.text, new.text, choices),
        pictures=_arranged(old, new, choices),
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
    if kind != "changed":
        sentence = f"{who} {VERBS[kind]} {the} {quote(before or after)}."
    elif quote(before) == quote(after):
        sentence = f"{who} {SMALL} in {the}."
    elif what == "summary":
        sentence = f"{who} changed {the}. {say(words, who)}".strip()
    else:
        sentence = f"{who} changed {the} from {quote(before)} to {quote(after)}."
    return TextChange(key, what, kind, before, after, words, sentence)


def _topics(before: Sequence[str], after: Sequence[str], who: str) -> TextChange:
    said = [f"{who} took out the topic {quote(name)}." for name in before if name not in after]
    said += [f"{who} added the topic {quote(name)}." for name in after if name not in before]
    sentence = " ".join(said) or f"{who} put the topics in another order."
    change = _change("topics", "topics", ", ".join(before), ", ".join(after), who)
    return replace(change, sentence=sentence)


def _paragraph(step: ParagraphStep, who: str) -> TextChange:
    before, after = joined(step.old), joined(step.new)
    if step.is_moved:
        sentence = f"{who} moved {quote(after)} to another place."
        return TextChange(
            step.key, "paragraph", "moved", after, after, (("same", after),), sentence
        )
    change = _change(step.key, "paragraph", before, after, who)
    if min(len(step.old), len(step.new)) > 1:
        sentence = f"{who} changed the text from its start to its end."
    elif change.kind == "changed":
        sentence = " ".join((*_parted(step, who), say(change.words, who))).strip()
    else:
        sentence = f"{who} {VERBS[change.kind]} {quote(before or after)}."
    return replace(change, sentence=sentence or f"{who} {SMALL}.")


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
    shown = f"the picture {quote(new or old)}" if new or old else "a picture without words"
    if before is None or after is None:
        kind: Kind = "added" if before is None else "removed"
        return replace(change, kind=kind, sentence=f"{who} {VERBS[kind]} {shown}.")
    if old == new:
        return replace(change, kind="changed", sentence=f"{who} changed {shown}.")
    return replace(change, kind="changed")


def _field(before: str, after: str, choice: Choice) -> str:
    if before == after or choice == "keep":
        return after
    return choice.text if isinstance(choice, OwnWords) else before


def _text(old: str, new: str, choices: Choices) -> str:
    found = steps(old, new)
    chosen = [choices.get(step.key, "keep") for step in found if step.key]
    if chosen and all(choice == "undo" for choice in chosen):
        return old
    if not any(choice == "undo" or isinstance(choice, OwnWords) for choice in chosen):
        return new
    return joined(block for step in found for block in _chosen(step, choices))


def _chosen(step: ParagraphStep, choices: Choices) -> Sequence[str]:
    choice = choices.get(step.key, "keep") if step.key else "keep"
    if isinstance(choice, OwnWords):
        return blocks(choice.text) if step.new or not step.is_moved else ()
    return step.old if choice == "undo" else step.new


def _arranged(old: Content, new: Content, choices: Choices) -> tuple[Picture, ...]:
    """The pictures that were chosen, in the order that was chosen."""
    olds, news = pictures.named(old.pictures), pictures.named(new.pictures)
    undone = choices.get("pictures") == "undo" and not pictures.in_order(olds, news)
    keys = pictures.merged(olds, news) if undone else pictures.merged(news, olds)
    chosen = (_one(olds.get(key), news.get(key), choices.get(key, "keep")) for key in keys)
    return tuple(picture for picture in chosen if picture is not None)


def _one(before: Picture | None, after: Picture | None, choice: Choice) -> Picture | None:
    if before == after or choice == "keep":
        return after
    if isinstance(choice, OwnWords):
        return {**(after or before or {}), "alt": choice.text}
    return before
