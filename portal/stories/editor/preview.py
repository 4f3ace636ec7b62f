"""A text as readers would get it, how it reads, and what it says differently from another."""

from dataclasses import dataclass
from hashlib import sha256

from portal.stories import languages, markdown, texts
from portal.stories.comparing.changes import TextChange
from portal.stories.content import Content
from portal.stories.files import store
from portal.stories.models import Revision, Story

WHY = "why-"  # in front of a change's name: the reason for it alone


@dataclass(frozen=True)
class Preview:
    """A text as readers would get it, how it reads, and what it says differently."""

    content: Content
    measured: markdown.Measured
    before: Revision | None
    """The text that it is compared with."""
    changes: list[TextChange]
    pictures: list[tuple[str, str, bool]]
    """The key of each picture, its words, and whether it is still there."""

    @property
    def language(self) -> str:
        """The name of its language, or the tag that stands for it."""
        return languages.called(self.content.language)

    @property
    def named(self) -> dict[str, TextChange]:
        """The changes, each by a name that stays when others come and go.

        A change's key counts those before it. Its name stands on what it changes.
        """
        found: dict[str, TextChange] = {}
        for change in self.changes:
            mark = f"{change.what}\n{change.before or change.after}"
            name = WHY + sha256(mark.encode()).hexdigest()[:16]
            while name in found:
                name += "x"
            found[name] = change
        return found


def preview_of(story: Story, content: Content) -> Preview:
    """A text as readers would get it, against the storyteller's own."""
    return _compared(content, texts.base_for_storyteller(story))


def preview_of_revision(story: Story, revision: Revision) -> Preview:
    """One of the story's texts: an editor's against the storyteller's, or that against the last."""
    agreed = {one.revision_id for one in story.approvals}
    earlier = [one for one in story.revisions if one.number < revision.number]
    theirs = [one for one in earlier if one.author_id is None or one.id in agreed]
    before = (theirs if revision.author_id else earlier)[-1:]
    return _compared(texts.content_of(revision), next(iter(before), None))


def preview_of_newer(story: Story, seen: object) -> Preview | None:
    """The newest text against the one that somebody saw; None where that is the newest."""
    newest = texts.latest(story)
    if newest is None or newest.number == seen:
        return None
    return _compared(texts.content_of(newest), texts.numbered(story, seen))


def _compared(content: Content, before: Revision | None) -> Preview:
    there = store.kept_by_key([one["file"] for one in content.pictures])
    return Preview(
        content=content,
        measured=markdown.measure(content.text),
        before=before,
        changes=texts.changes_between(before, content) if before else [],
        pictures=[(one["file"], one["alt"], one["file"] in there) for one in content.pictures],
    )
