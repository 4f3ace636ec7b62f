"""The files that come with a story: which there are, their words, and how they go again."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import func, select, update

from portal import storage
from portal.extensions import db, now
from portal.inbox import file_kinds
from portal.inbox.attachments import clean_name
from portal.inbox.file_kinds import Unwelcome
from portal.stories.models import FileKind, FileState, State, Story, StoryFile, Version
from portal.stories.transaction import OVER, NotPossible

MB = 1024 * 1024
ALT_LONGEST = 1_000  # letters
TRANSCRIPT_LONGEST = 200_000
PICTURES = ("jpg", "jpeg", "jfif", "png", "webp", "heic", "heif", "gif")
NO_MORE = (FileState.REFUSED,)

EMPTY = "It is empty."
TOO_LARGE = "It is larger than {most} MB."
TOO_MANY = "You can add {most} files. Remove one first."
NO_PICTURE = "We cannot show pictures of this kind. Save it as JPEG or PNG, and add that."


@dataclass(frozen=True)
class Shelf:
    """What a page says about the files of a story."""

    files: list[StoryFile]
    token: str
    most: int
    file_mb: int
    picture_mb: int
    is_open: bool
    """Whether files can be added, described and removed."""

    @property
    def left(self) -> int:
        """How many more can be added."""
        return self.most - sum(file.state not in NO_MORE for file in self.files)

    @property
    def accept(self) -> str:
        """What a browser offers to choose: names that end so."""
        return ",".join(f".{end}" for end in file_kinds.TYPES if end not in {"tif", "tiff"})


def shelf(story: Story, token: str) -> Shelf:
    """All that `stories/_files.html` needs."""
    return Shelf(
        files=of(story),
        token=token,
        most=current_app.config["STORY_FILES_MOST"],
        file_mb=current_app.config["STORY_FILE_MAX_MB"],
        picture_mb=current_app.config["STORY_PICTURE_MAX_MB"],
        is_open=story.state not in OVER,
    )


def of(story: Story) -> list[StoryFile]:
    """Every file of a story, in the order in which they came."""
    query = select(StoryFile).where(StoryFile.story_id == story.id).order_by(StoryFile.id)
    return list(db.session.scalars(query))


def pictures(story: Story) -> tuple[dict[str, str], ...]:
    """The pictures that are ready, as a revision keeps them."""
    return tuple(
        {"file": file.key, "digest": file.digest, "alt": file.alt}
        for file in of(story)
        if file.kind is FileKind.PICTURE and file.state is FileState.KEPT
    )


def find(key: str) -> StoryFile | None:
    """The file that an address stands for."""
    return db.session.scalar(select(StoryFile).where(StoryFile.key == key))


def find_of(story: Story, key: str) -> StoryFile | None:
    """The same, if it came with this story."""
    file = find(key)
    return file if file and file.story_id == story.id else None


def by_key(keys: Collection[str]) -> dict[str, StoryFile]:
    """The files that are ready, of these keys: what a published text may show."""
    query = select(StoryFile).where(StoryFile.key.in_(keys), StoryFile.state == FileState.KEPT)
    return {file.key: file for file in db.session.scalars(query)}


def places(file: StoryFile) -> list[str]:
    """Where the storage has it, its pieces and its widths. A small picture's are the same."""
    found = [file.place, *file.parts, *file.widths.values()]
    return [*dict.fromkeys(place for place in found if place)]


def drop_all(story: Story) -> list[str]:
    """Delete the files of a story, in the caller's transaction.

    Returns where they are: after the commit they go by `storage.drop`.
    """
    found = [place for file in of(story) for place in _delete(file)]
    db.session.flush()
    db.session.expire(story, ["files"])
    return found


def _delete(file: StoryFile) -> list[str]:
    """Delete one file's row; a version that was this file goes with it."""
    db.session.execute(
        update(Version)
        .where(Version.file_id == file.id)
        .values(file_id=None, removed_at=func.coalesce(Version.removed_at, now()))
    )
    db.session.delete(file)
    return places(file)


def describe(file: StoryFile, *, alt: str, is_decoration: bool, transcript: str) -> None:
    """Keep what a picture shows, or what is said in a sound or film; commits."""
    file.alt = "" if is_decoration else alt
    file.is_decoration = is_decoration
    file.transcript = transcript
    file.changed_at = now()
    db.session.commit()


def remove(file: StoryFile) -> None:
    """Delete a file in whatever state it is; commits. It is gone for readers too."""
    found = _delete(file)
    db.session.commit()
    for place in found:
        storage.drop(place)


def new(story_id: int, name: str, size: int, state: FileState) -> StoryFile:
    """Add a file to a story, in the caller's transaction.

    Raises Unwelcome, in words for the storyteller, where its name or size say
    that we do not take it; NotPossible where the story takes no more files.
    """
    story = db.session.get(Story, story_id, with_for_update={"of": Story}, populate_existing=True)
    if story is None or story.state in OVER:
        raise NotPossible("This story takes no more files.")
    most = current_app.config["STORY_FILES_MOST"]
    count = select(func.count(StoryFile.id)).where(
        StoryFile.story_id == story_id, StoryFile.state.not_in(NO_MORE)
    )
    if (db.session.scalar(count) or 0) >= most:
        raise NotPossible(TOO_MANY.format(most=most))
    check(name, size)
    return add_row(story_id, name, size, state)


def add_row(story_id: int, name: str, size: int, state: FileState, reason: str = "") -> StoryFile:
    """Add a file's row, in the caller's transaction."""
    file = StoryFile(
        key=secrets.token_urlsafe(16),
        story_id=story_id,
        name=clean_name(name),
        size=size,
        received=0 if state is FileState.COMING else size,
        state=state,
        reason=reason,
    )
    db.session.add(file)
    db.session.flush()
    return file


def check(name: str, size: int) -> None:
    """Raise Unwelcome where the name or the size alone say that we do not take it."""
    end = name.rpartition(".")[2].lower()
    is_picture = file_kinds.type_by_name(name).startswith("image/")
    if is_picture and end not in PICTURES:
        raise Unwelcome(NO_PICTURE)
    if size == 0:
        raise Unwelcome(EMPTY)
    setting = "STORY_PICTURE_MAX_MB" if is_picture else "STORY_FILE_MAX_MB"
    most = current_app.config[setting]
    if size > most * MB:
        raise Unwelcome(TOO_LARGE.format(most=most))


def is_draft(story: Story) -> bool:
    """Whether what changes with its files is no new text yet."""
    return story.state is State.DRAFT
