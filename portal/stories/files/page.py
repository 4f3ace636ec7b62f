"""The files of a story as their page shows them: where each is, and the words it needs."""

from dataclasses import dataclass
from typing import Any

from flask import current_app
from wtforms import BooleanField

from portal import file_kinds
from portal.fields import Menu, long_text, one_of
from portal.forms import PrivateLinkForm
from portal.stories import languages
from portal.stories.files import allowed, store
from portal.stories.files.models import FileKind, FileState, StoryFile
from portal.stories.files.store import ALT_LONGEST, TRANSCRIPT_LONGEST
from portal.stories.models import Story


class FileWordsForm(PrivateLinkForm):
    """What a picture shows, or what is said or signed in a sound or film."""

    alt = long_text("What does the picture show?", "The words", ALT_LONGEST)
    is_decoration = BooleanField("It is only decoration. It needs no words.")
    language = one_of(
        "Which language is spoken in it?", "Choose a language.", languages.RECORDED, kind=Menu
    )
    transcript = long_text("What is said in it?", "The text", TRANSCRIPT_LONGEST, rows=8)

    def __init__(self, file: StoryFile, **options: object) -> None:
        """Ask what makes sense for this file; the page has several such forms."""
        super().__init__(obj=file, **options)
        is_picture = file.kind is FileKind.PICTURE
        for name in ("language", "transcript") if is_picture else ("alt", "is_decoration"):
            del self[name]
        if file.kind is FileKind.FILM:
            self.language.label.text = "Which language is signed or spoken in it?"
            self.transcript.label.text = "What is signed or said in it?"
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


def file_list(story: Story, changed: FileItem | None = None) -> dict[str, Any]:
    """What `stories/files/_files.html` shows; `changed` is a file with words that were just typed.

    What was refused is in it until the storyteller has seen it; `left` is how many can be added,
    and `no_room` why none can be now.
    """
    shown = [
        changed if changed and file is changed.file else file_item(file, is_open=not story.is_over)
        for file in store.files_of(story)
    ]
    refused = [item.file for item in shown if item.file.state is FileState.REFUSED]
    left = max(current_app.config["STORY_FILES_MOST"] - len(shown) + len(refused), 0)
    no_room = "" if story.is_over else allowed.problem(story)
    return {
        "shown": shown,
        "refused": refused,
        "left": left,
        "no_room": no_room,
        "kinds": file_kinds,
    }


def file_item(file: StoryFile, *, is_open: bool = True, is_saved: bool = False) -> FileItem:
    """What the page shows of one file."""
    has_words = file.state is FileState.KEPT and file.kind is not FileKind.DOCUMENT
    form = FileWordsForm(file, formdata=None) if has_words and is_open else None
    return FileItem(file, form, is_open, is_saved)
