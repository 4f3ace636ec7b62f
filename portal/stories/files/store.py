"""The files that come with a story: which there are, their words, and how they go again."""

import secrets
from collections.abc import Collection, Mapping, Sequence

from flask import current_app
from sqlalchemy import func, select, update

from portal import journal, storage
from portal.extensions import db, now
from portal.stories import notices, signals
from portal.stories.files.models import FileKind, FileState, StoryFile
from portal.stories.models import Revision, Story, Version
from portal.transaction import NotPossible, one_transaction
from portal.words import count

FILE_DELETED = journal.JournalKind("file-deleted", StoryFile)
ALT_LONGEST = 1_000  # letters
TRANSCRIPT_LONGEST = 200_000

TOO_MANY = "You can add {most}. Remove one first."
OVER_NOW = "You cannot add files to this story any more."


def files_of(story: Story) -> list[StoryFile]:
    """Every file of a story, in the order in which they came."""
    query = select(StoryFile).where(StoryFile.story_id == story.id).order_by(StoryFile.id)
    return list(db.session.scalars(query))


def kept(story: Story) -> list[StoryFile]:
    """The files of a story that are here and were looked at."""
    return [file for file in files_of(story) if file.state is FileState.KEPT]


def pictures_of(story: Story, text: Revision | None) -> list[tuple[StoryFile, str]]:
    """The pictures of a text that we have, each with its words."""
    there = {file.key: file for file in kept(story)}
    shown = text.pictures if text else []
    return [(there[one["file"]], one["alt"]) for one in shown if one["file"] in there]


def kept_pictures(story: Story) -> tuple[dict[str, str], ...]:
    """The pictures that are ready, as a revision keeps them."""
    return tuple(
        {"file": file.key, "digest": file.digest, "alt": file.alt}
        for file in kept(story)
        if file.kind is FileKind.PICTURE
    )


def set_alt_texts(story: Story, pictures: Sequence[Mapping[str, str]]) -> None:
    """Let the pictures have the words that the storyteller agreed to; in their transaction."""
    words = {one["file"]: one["alt"] for one in pictures}
    for file in files_of(story):
        if file.key in words and file.alt != words[file.key]:
            file.alt = words[file.key]
            file.is_decoration = not file.alt


def find(key: str) -> StoryFile | None:
    """The file that an address stands for."""
    return db.session.scalar(select(StoryFile).where(StoryFile.key == key))


def find_of_story(story: Story, key: str) -> StoryFile | None:
    """The file with this key, if it came with this story."""
    file = find(key)
    return file if file and file.story_id == story.id else None


def kept_by_key(keys: Collection[str]) -> dict[str, StoryFile]:
    """The files that are ready, of these keys: what a published text may show."""
    query = select(StoryFile).where(StoryFile.key.in_(keys), StoryFile.state == FileState.KEPT)
    return {file.key: file for file in db.session.scalars(query)}


def places(file: StoryFile) -> list[str]:
    """Where the storage has it: pieces, widths and the clean copy. Some are the same."""
    found = [file.place, *file.parts, *file.widths.values(), file.public_place]
    return [*dict.fromkeys(place for place in found if place)]


def place_of(file: StoryFile) -> str:
    """Where it is as it came; of a picture, its largest width."""
    widest = max(file.widths, key=int, default="")
    return file.place or file.widths.get(widest, "")


def drop_all(story: Story) -> None:
    """Delete the files of a story, in the caller's transaction."""
    for file in files_of(story):
        _delete(file)
    db.session.flush()
    db.session.expire(story, ["files"])


def _delete(file: StoryFile) -> None:
    """Delete one file; a version that was this file goes with it."""
    db.session.execute(
        update(Version)
        .where(Version.file_id == file.id)
        .values(file_id=None, removed_at=func.coalesce(Version.removed_at, now()))
    )
    FILE_DELETED.note(file)
    db.session.delete(file)
    storage.drop(*places(file))


@one_transaction
def describe(
    file: StoryFile,
    *,
    alt: str = "",
    is_decoration: bool = False,
    language: str = "",
    transcript: str = "",
) -> None:
    """Keep what a picture shows, or what is said or signed in a sound or film; commits."""
    before = f"{file.alt}\n{file.transcript}"
    notices.heed(db.session.get_one(Story, file.story_id), f"{alt}\n{transcript}", before)
    file.alt = "" if is_decoration else alt
    file.is_decoration = is_decoration
    file.language, file.transcript = language, transcript
    file.changed_at = now()


def remove(file_id: int, *, if_state: FileState | None = None) -> None:
    """Delete a file, whatever its state or only in this one; commits. Readers lose it too."""
    file = db.session.get(StoryFile, file_id, with_for_update=True, populate_existing=True)
    if file and if_state in {None, file.state}:
        _delete(file)
        signals.republished.send(db.session.get_one(Story, file.story_id))
    db.session.commit()


def forget_unfinished(story_id: int, name: str, size: int) -> None:
    """Delete what came of a file before it was sent again whole, in the caller's transaction."""
    query = select(StoryFile).where(
        StoryFile.story_id == story_id,
        StoryFile.name == name,
        StoryFile.size == size,
        StoryFile.state == FileState.COMING,
    )
    for file in db.session.scalars(query).all():
        _delete(file)


def add(story_id: int, name: str, size: int, state: FileState) -> StoryFile:
    """Add a file to a story, in the caller's transaction.

    Raises NotPossible, in words for the storyteller, where the story takes no more files.
    """
    _lock(story_id)
    most = current_app.config["STORY_FILES_MOST"]
    held = select(func.count(StoryFile.id)).where(
        StoryFile.story_id == story_id, StoryFile.state != FileState.REFUSED
    )
    if (db.session.scalar(held) or 0) >= most:
        raise NotPossible(TOO_MANY.format(most=count(most, "file")))
    return _add(story_id, name, size, state)


def refuse(story_id: int, name: str, size: int, reason: str) -> StoryFile:
    """Show the storyteller why a file is not taken; commits. Only the newest such are kept."""
    _lock(story_id)
    refused = select(StoryFile).where(
        StoryFile.story_id == story_id, StoryFile.state == FileState.REFUSED
    )
    older = db.session.scalars(
        refused.order_by(StoryFile.id.desc()).offset(current_app.config["STORY_FILES_MOST"] - 1)
    )
    for file in older:
        _delete(file)
    file = _add(story_id, name, size, FileState.REFUSED)
    file.reason = reason
    db.session.commit()
    return file


def _lock(story_id: int) -> None:
    """Let no two files come to one story in the same moment."""
    story = db.session.get(Story, story_id, with_for_update={"of": Story}, populate_existing=True)
    if story is None or story.is_over:
        raise NotPossible(OVER_NOW)


def _add(story_id: int, name: str, size: int, state: FileState) -> StoryFile:
    file = StoryFile(
        key=secrets.token_urlsafe(16), story_id=story_id, name=name, size=size, state=state
    )
    file.received = size if state is FileState.CHECKING else 0
    db.session.add(file)
    db.session.flush()
    return file
