"""The texts of a story from the first to today's, and which of their changes can be undone now."""

from collections.abc import Iterator
from dataclasses import dataclass

from portal.stories import texts
from portal.stories.comparing import earlier
from portal.stories.comparing.changes import TextChange
from portal.stories.content import Content, digest
from portal.stories.files import store
from portal.stories.models import Revision, Story


@dataclass(frozen=True)
class EarlierChange:
    """One change of a text against the one before, and whether the newest text still has it."""

    change: TextChange
    undone: Content | None
    """The newest text without it; None where the text has changed there since."""
    is_there: bool
    """Whether undoing it makes another text than the newest."""


def changes_of(story: Story, text: Revision) -> Iterator[EarlierChange]:
    """What a text has otherwise than the one before; of the first text there is none."""
    before = texts.numbered(story, text.number - 1)
    if before is None:
        return
    newest = texts.content_of(texts.latest(story))
    old, new = texts.content_of(before), texts.content_of(text)
    there = {file.key for file in store.kept(story)}
    changes = texts.changes_between(before, new)
    found = earlier.undone(old, new, [change.key for change in changes], newest)
    for change in changes:
        undone = found[change.key]
        if undone and not {one["file"] for one in undone.pictures} <= there:
            undone = None  # the picture was deleted meanwhile
        is_there = undone is None or digest(undone) != digest(newest)
        yield EarlierChange(change, undone, is_there)


def without(story: Story, text: Revision, key: str) -> Content | None:
    """The newest text without this change, where it still fits: as it is where that is undone."""
    found = [one for one in changes_of(story, text) if one.change.key == key]
    return found[0].undone if found else None
