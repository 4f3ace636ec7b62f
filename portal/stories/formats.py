"""Other forms of a story: Easy Read, sound, a film in British Sign Language, another language.

Each has a yes of its own, to exactly what it is. What changes is made anew.
"""

import json
from hashlib import sha256

from portal.extensions import db, now
from portal.stories import languages, notices, texts
from portal.stories.files.models import StoryFile
from portal.stories.models import Story, Version
from portal.stories.states import VersionKind
from portal.team.models import Member
from portal.transaction import NotPossible, Stale, one_transaction


def digest(version: Version) -> str:
    """SHA-256 of all that readers would get of it."""
    file = version.file.digest if version.file else ""
    parts = [version.kind, version.language, version.title, version.text, version.link, file]
    return sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


@one_transaction
def add_version(  # noqa: PLR0913, PLR0917 - a version has that many parts
    story: Story,
    by: Member,
    kind: VersionKind,
    title: str,
    language: str,
    text: str = "",
    link: str = "",
    file: StoryFile | None = None,
) -> Version:
    """Offer the storyteller another form of the newest text. Nobody sees it before their yes."""
    story.must_be_shaped()
    newest = texts.latest(story)
    if newest is None:
        raise NotPossible("There is no text yet. Write one first.")
    if not (text or link or file):
        raise NotPossible("Give a text, a link or a file.")
    if kind is VersionKind.BSL:
        language = language if languages.is_signed(language) else languages.BSL
    elif languages.is_signed(language):
        raise NotPossible(languages.NOT_WRITTEN)
    version = Version(
        story_id=story.id,
        revision_id=newest.id,
        kind=kind,
        language=language,
        title=title,
        text=text,
        link=link,
        file=file,
        author_id=by.id,
        digest="",
    )
    version.digest = digest(version)
    db.session.add(version)
    notices.note(story, "version added", str(kind), by)
    notices.tell_storyteller(story, "version", by)
    return version


@one_transaction
def remove_version(story: Story, version_id: int, by: Member | None = None) -> None:
    """Take a version away: by a member, or by the storyteller who does not want it."""
    version = _find(story, version_id)
    version.removed_at = version.removed_at or now()
    if by:
        notices.note(story, "version removed", str(version.kind), by)
    else:
        notices.tell_team(story, "storyteller refused a version", str(version.kind))


@one_transaction
def approve_version(story: Story, version_id: int, seen: str) -> None:
    """Keep the storyteller's yes to exactly this version. Raises Stale where it is another."""
    story.must_be_shaped()
    version = _find(story, version_id)
    if version.digest != seen or version.removed_at:
        raise Stale
    if version.approved_digest is None:
        version.approved_digest, version.approved_at = version.digest, now()
        notices.tell_team(story, "storyteller said yes to a version", str(version.kind))


def is_fresh(version: Version, story: Story) -> bool:
    """Whether it was made from the text that readers see, or will see next."""
    return version.revision_id == (story.published_revision_id or version.revision_id)


def _find(story: Story, version_id: int) -> Version:
    version = db.session.get(Version, version_id)
    if version is None or version.story_id != story.id:
        raise NotPossible("There is no such version of this story.")
    return version
