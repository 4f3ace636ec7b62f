"""Each change kept, undone, or said in somebody's own words: what content that makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from portal.stories.comparing import pictures
from portal.stories.comparing.changes import WORDED
from portal.stories.comparing.paragraphs import ParagraphStep, blocks, joined, steps
from portal.stories.comparing.pictures import Picture
from portal.stories.content import Content


@dataclass(frozen=True)
class OwnWords:
    """Somebody's own words in place of a change."""

    text: str


Choice = Literal["keep", "undo"] | OwnWords
Choices = Mapping[str, Choice]


def apply(old: Content, new: Content, choices: Choices) -> Content:
    """The new content with the changes kept, undone or in own words; kept if nothing is said.

    All undone is the old one. In topics and a language, which are no words, own words keep it.
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
