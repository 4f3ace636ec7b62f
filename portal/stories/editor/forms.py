"""The team's forms for a story."""

from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage
from wtforms import FileField, HiddenField, StringField, TextAreaField, ValidationError

from portal.fields import Menu, long_text, one_of, short_text
from portal.forms import Form, says_something
from portal.inbox.desk.fields import SeenField
from portal.inbox.desk.forms import not_empty
from portal.stories import captions, languages
from portal.stories.content import STORY_LONGEST, TITLE_LONGEST
from portal.stories.editor.text_form import REASON_LONGEST, a_language
from portal.stories.models import Version
from portal.stories.states import Level, VersionKind
from portal.stories.telling.answer_checks import leads_somewhere

FILM_KINDS = (VersionKind.BSL, VersionKind.AUDIO)
LINK_LONGEST = 2_000
CAPTIONS_LONGEST = 2 * STORY_LONGEST
LEVEL_WORDS = {
    "": "As measured",
    Level.BEGINNER: "Beginner",
    Level.INTERMEDIATE: "Intermediate",
    Level.ADVANCED: "Advanced",
}
KIND_WORDS = {
    VersionKind.EASY_READ: "Easy Read",
    VersionKind.AUDIO: "Sound",
    VersionKind.BSL: "Film in British Sign Language",
    VersionKind.LANGUAGE: "Another language",
}


class SeenForm(Form):
    """A button that says which text it is about."""

    seen = SeenField()


class DeclineForm(Form):
    """Why we cannot publish a story, in words for the storyteller."""

    words = TextAreaField("What we say to them", [not_empty], render_kw={"rows": 4})


class LevelForm(Form):
    """A reading level over the measured one."""

    level = one_of("Reading level", "Choose a level.", LEVEL_WORDS, kind=Menu)
    why = short_text("Why", "The reason", REASON_LONGEST)

    def validate_why(self, field: StringField) -> None:
        """Ask why it is another level than the measured one."""
        if self.level.data and not says_something(field.data):
            raise ValidationError("Say why the level is another one.")


class VersionWordsForm(Form):
    """The words of a version that is sound or film, and its captions."""

    words = long_text("What is signed or said in it", "The words", STORY_LONGEST, rows=6)
    lines = long_text("Captions", "The captions", CAPTIONS_LONGEST, rows=8)
    digest = HiddenField()

    def __init__(self, version: Version, **options: Any) -> None:
        stored = {"words": version.text, "lines": version.captions, "digest": version.digest}
        super().__init__(**(stored | options))
        self.version = version
        for field in (self.words, self.lines):
            field.id = field.label.field_id = f"{field.name}-{version.id}"

    def make_lines(self) -> None:
        """Let the captions be the words, spread over the time."""
        seconds = self.version.file.seconds if self.version.file else 0.0
        self.lines.data = captions.make(self.words.data or "", seconds)

    def validate_lines(self, field: TextAreaField) -> None:
        """Take what players read, and only that."""
        try:
            field.data = captions.read(field.data or "")
        except captions.BadCaptions as reason:
            raise ValidationError(str(reason)) from reason


class NewVersionForm(Form):
    """Another form of the story."""

    version_kind = one_of("What it is", "Choose what it is.", KIND_WORDS, kind=Menu)
    version_title = short_text("Its title", "The title", TITLE_LONGEST, missing="Give it a title.")
    version_language = short_text(
        "Its language", "The language", 35, autocomplete="off", checks=(a_language,)
    )
    version_text = long_text("Its text", "The text", STORY_LONGEST, rows=4)
    version_link = short_text("Its link", "The link", LINK_LONGEST, type="url")

    version_file = FileField("Or a file")

    @property
    def upload(self) -> FileStorage | None:
        """The file that was sent with it."""
        sent = request.files.get("version_file")
        return sent if sent and sent.filename else None

    @property
    def values(self) -> tuple[VersionKind, str, str, str, str]:
        """The answers, as `formats.add_version` takes them."""
        title, language = self.version_title.data, self.version_language.data
        text, link = self.version_text.data, self.version_link.data
        return VersionKind(self.version_kind.data), title, language, text, link

    def validate_version_language(self, field: StringField) -> None:
        """Take a language that is signed for a film alone."""
        if self.version_kind.data != VersionKind.BSL and languages.is_signed(field.data or ""):
            raise ValidationError(languages.NOT_WRITTEN)

    def validate_version_text(self, field: TextAreaField) -> None:
        """Ask for something to read, to hear or to see."""
        if not (field.data or self.version_link.data or self.upload):
            raise ValidationError("Give a text, a link or a file.")

    def validate_version_link(self, field: StringField) -> None:
        """Take the address of a page, or none."""
        if field.data and not leads_somewhere(field.data):
            raise ValidationError("Enter a whole address, like https://example.org/film.")
