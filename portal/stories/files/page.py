"""The files of a story as their page shows them: where each is, and the words it needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flask import current_app
from wtforms import BooleanField

from portal import file_kinds
from portal.fields import long_text
from portal.forms import PrivateLinkForm
from portal.stories.files import store
from portal.stories.files.models import FileKind, FileState, StoryFile
from portal.stories.files.pictures import FORMATS
from portal.stories.files.store import ALT_LONGEST, TRANSCRIPT_LONGEST
from portal.stories.models import Story


class FileWordsForm(PrivateLinkForm):
    """What a picture shows, or what is said in a sound or film."""

    alt = long_text("What does the picture show?", "The words", ALT_LONGEST)
    is_decoration = BooleanField("It is only decoration. It needs no words.")
    transcript = long_text("What is said in it?", "The text", TRANSCRIPT_LONGEST, rows=8)

    def __init__(self, file: StoryFile, **options: object) -> None:
        """Ask what makes sense for this file; the page has several such forms."""
        super().__init__(obj=file, **options)
        is_picture = file.kind is FileKind.PICTURE
        for name in ("transcript",) if is_picture else ("alt", "is_decoration"):
            del self[name]
        for field in self:
            field.id = field.label.field_id = f"{field.name}-{file.key}"


@dataclass(frozen=True)
class FileItem:
    """One file, and the form for its words where it has any."""

    file: StoryFile
    form: FileWordsForm | None = None
    is_open: bool = True
    """Whether it can be described and removed."""
    is_saved: bool = False
    """Whether its words were saved in this moment."""

    @property
    def coming(self) -> int:
        """How much of it has come, in percent."""
        return 100 * self.file.received // max(self.file.size, 1)


@dataclass(frozen=True)
class FileList:
    """All that `stories/files/_files.html` shows."""

    items: list[FileItem]
    token: str
    is_open: bool
    """Whether files can be added, described and removed."""

    @cached_property
    def most(self) -> int:
        """How many files a story may have."""
        return int(current_app.config["STORY_FILES_MOST"])

    @property
    def left(self) -> int:
        """How many more can be added."""
        return max(self.most - len(self.items) + len(self.refused), 0)

    @cached_property
    def refused(self) -> list[StoryFile]:
        """What was not taken, until the storyteller has seen it."""
        return [item.file for item in self.items if item.file.state is FileState.REFUSED]

    @property
    def accept(self) -> str:
        """What a browser offers to choose: the ends of names."""
        shown = (
            end
            for end, kind in file_kinds.TYPES.items()
            if kind in FORMATS or not kind.startswith("image/")
        )
        return ",".join(f".{end}" for end in shown)


def file_list(story: Story, token: str, changed: FileItem | None = None) -> FileList:
    """What the page of a story's files shows; `changed` is one with words that were just typed."""
    is_open = not story.is_over
    items = [
        changed if changed and file is changed.file else file_item(file, is_open=is_open)
        for file in store.files_of(story)
    ]
    return FileList(items, token, is_open)


def file_item(file: StoryFile, *, is_open: bool = True, is_saved: bool = False) -> FileItem:
    """What the page shows of one file."""
    has_words = file.state is FileState.KEPT and file.kind is not FileKind.DOCUMENT
    form = FileWordsForm(file, formdata=None) if has_words and is_open else None
    return FileItem(file, form, is_open, is_saved)
