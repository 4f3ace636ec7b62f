"""Other forms of a story: Easy Read, sound, a film in British Sign Language, another language.

Each has a yes of its own, to exactly what it is. What changes is made anew.
"""

import json
from hashlib import sha256

from sqlalchemy import select

from portal import journal
from portal.extensions import db, now
from portal.stories import captions, languages, notices, signals, texts
from portal.stories.files.models import StoryFile
from portal.stories.guardian import asking
from portal.stories.models import Story, Version
from portal.stories.states import VersionKind
from portal.team.models import Member
from portal.transaction import NotPossible, Stale, one_transaction

VERSION_REMOVED = journal.JournalKind("version-removed", Version)


def digest(version: Version) -> str:
    """SHA-256 of all that readers would get of it."""
    file = version.file.digest if version.file else ""
    parts = [version.kind, version.language, version.title, version.text, version.link, file]
    parts += [version.captions] if version.captions else []  # older ones had none
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
    """Offer the storyteller another form of the newest text. Nobody sees it before their yes.

    What is said in a sound or film goes with it, in captions too, unless a `text` is given.
    """
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
        text=text or (file.transcript if file else ""),
        link=link,
        file=file,
    )
    version.captions = captions.make(version.text, file.seconds) if file else ""
    return _offer(story, version, by)


def _offer(story: Story, version: Version, by: Member) -> Version:
    version.author_id, version.digest = by.id, digest(version)
    db.session.add(version)
    notices.note(story, "version added", str(version.kind), by)
    notices.tell_storyteller(story, "version", by)
    return version


def add_film(story: Story, by: Member, kind: VersionKind, what: StoryFile | str) -> Version:
    """Offer the storyteller's own sound, film, or link to one, as a version of the text."""
    newest = texts.latest(story)
    title, spoken = (newest.title, newest.language) if newest else ("", "")
    if isinstance(what, str):
        return add_version(story, by, kind, title, languages.BSL, link=what)
    own = what.language if what.language in languages.OFFERED else ""
    return add_version(story, by, kind, title, own or spoken, file=what)


@one_transaction
def set_words(  # noqa: PLR0913, PLR0917 - who, of what that was seen, and both kinds of words
    story: Story, version_id: int, by: Member, seen: str, text: str, lines: str
) -> None:
    """Offer a sound or film anew, with other words and captions.

    One that has a yes stays until the storyteller has said yes to the new one. Raises Stale
    where it is not what was seen.
    """
    story.must_be_shaped()
    version = _find(story, version_id)
    if version.digest != seen or version.removed_at:
        raise Stale
    if (version.text, version.captions) != (text, lines):
        _offer(story, _reworded(version, text, lines), by)


def caption(file: StoryFile) -> None:
    """Make the captions of what still waits for a yes, in the transaction that sets its length."""
    waits = Version.approved_digest.is_(None) & Version.removed_at.is_(None)
    for version in db.session.scalars(select(Version).where(Version.file_id == file.id, waits)):
        lines = captions.make(version.text, file.seconds)
        if lines and not version.captions:
            made = _reworded(version, version.text, lines)
            made.author_id, made.digest = version.author_id, digest(made)
            db.session.add(made)


def _reworded(version: Version, text: str, lines: str) -> Version:
    """The same sound or film with these words; what nobody has said yes to yet goes."""
    if version.approved_digest is None:
        version.removed_at = now()
    same = ("story_id", "revision_id", "kind", "language", "title", "link", "file")
    copied = {name: getattr(version, name) for name in same}
    return Version(**copied, text=text, captions=lines)


@one_transaction
def remove_version(story: Story, version_id: int, by: Member | None = None) -> None:
    """Take a version away: by a member, or by the storyteller who does not want it."""
    version = _find(story, version_id)
    VERSION_REMOVED.note(version)
    version.removed_at = version.removed_at or now()
    signals.republished.send(story)
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
        if not story.young:  # then it is a guardian's yes that readers still wait for
            replace_older(story, version)
        version.approved_digest, version.approved_at = version.digest, now()
        signals.republished.send(story)
        notices.tell_team(story, "storyteller said yes to a version", str(version.kind))
        asking.ask_of_form(story)


def replace_older(story: Story, version: Version) -> None:
    """Take away what the same sound or film had for other words."""
    for older in story.versions:
        same = older.id < version.id and older.kind is version.kind and not older.removed_at
        if same and (older.file_id, older.link) == (version.file_id, version.link) != (None, ""):
            older.removed_at = now()


def text_language(version: Version) -> str:
    """The language of its words: beside a film that is signed they are in the story's."""
    return version.revision.language if version.kind is VersionKind.BSL else version.language


def is_fresh(version: Version, story: Story) -> bool:
    """Whether it was made from the text that readers see, or will see next."""
    return version.revision_id == (story.published_revision_id or version.revision_id)


def _find(story: Story, version_id: int) -> Version:
    version = db.session.get(Version, version_id)
    if version is None or version.story_id != story.id:
        raise NotPossible("There is no such version of this story.")
    return version
