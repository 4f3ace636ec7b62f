"""The editor's form for a text of a story: each field, each picture, and each reason."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import current_app, request
from wtforms import SelectMultipleField, StringField, TextAreaField, ValidationError

from portal.fields import Menu, long_text, one_of, short_text
from portal.forms import Form, PlainText, says_something, tidy
from portal.inbox.desk.fields import SeenField
from portal.inbox.desk.forms import typed
from portal.stories import languages, texts
from portal.stories.comparing.pictures import Picture
from portal.stories.content import STORY_LONGEST, SUMMARY_LONGEST, TITLE_LONGEST, Content
from portal.stories.editor import preview
from portal.stories.editor.preview import WHY
from portal.stories.files import store
from portal.stories.files.store import ALT_LONGEST
from portal.stories.models import Story

REASON_LONGEST, LANGUAGE_LONGEST = 1_000, 100
PLACE, ALT = "place-", "alt-"  # in front of a picture's key
LEFT_OUT = "out"


def one_line(form: Form, field: TextAreaField) -> None:
    """Make one line of what was typed in several."""
    field.data = " ".join((field.data or "").split())


def a_written_language(form: Form, field: StringField) -> None:
    """Make a tag of the name of a language in which a text can be."""
    a_language(form, field)
    if languages.is_signed(field.data or ""):
        raise ValidationError(languages.NOT_WRITTEN)


def a_language(form: Form, field: StringField) -> None:
    """Make a tag of a language's name. What was a tag stays."""
    typed_tag = field.data or ""
    field.data = languages.tag_of(typed_tag)
    if field.data == languages.UNKNOWN != typed_tag:
        field.data = typed_tag
        raise ValidationError("Enter a language, such as Welsh, or its short code, such as cy.")


class TextForm(Form):
    """A text of the story, and why it is another one than the storyteller's."""

    title = short_text("Title", "The title", TITLE_LONGEST, missing="Give the story a title.")
    summary = TextAreaField(
        "Summary", [one_line, PlainText("The summary", SUMMARY_LONGEST)], render_kw={"rows": 2}
    )
    text = long_text("Text", "The text", STORY_LONGEST, rows=16, missing="Write the text.")
    topics = SelectMultipleField("Topics", choices=[])
    language = short_text(
        "Language",
        "The language",
        LANGUAGE_LONGEST,
        autocomplete="off",
        checks=(a_written_language,),
    )
    reason = TextAreaField("Why, for the whole text", render_kw={"rows": 3})
    seen = SeenField()

    pictures: Sequence[Picture] = ()
    """All that may go with the text: first those that do, in their order."""
    whys: dict[str, str]
    """The reasons for single changes, by their names on the page (`Preview.named`)."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.topics.choices = [*current_app.config["STORY_TOPICS"].items()]
        self.whys = {
            name: " ".join(tidy(typed(name)).split())
            for name in request.form
            if name.startswith(WHY) and says_something(typed(name))
        }

    def content(self, before: Content) -> Content:
        """What was typed, with all else as it was `before`."""
        return replace(
            before,
            title=self.title.data or "",
            summary=self.summary.data or "",
            text=self.text.data or "",
            topics=tuple(self.topics.data or ()),
            language=self.language.data or "",
            pictures=tuple(self._chosen()),
        )

    def _chosen(self) -> list[Picture]:
        """The pictures that stay, in their new order, with their new words."""
        order = [str(number) for number in range(1, len(self.pictures) + 1)]
        kept = [
            (order.index(place), one | {"alt": self[ALT + one["file"]].data or ""})
            for one in self.pictures
            if (place := self[PLACE + one["file"]].data) in order
        ]
        return [one for _, one in sorted(kept, key=lambda pair: pair[0])]

    def says_why(self) -> bool:
        """Whether a reason is given for the whole, and all of them can be kept."""
        self.reason.data = tidy(self.reason.data or "")
        errors = []
        if not says_something(self.reason.data):
            errors.append("Say why, for the storyteller.")
        if any(len(why) > REASON_LONGEST for why in (self.reason.data, *self.whys.values())):
            errors.append(f"Each reason must have {REASON_LONGEST:,} letters or fewer.")
        self.reason.errors = errors
        return not errors


def sent(story: Story) -> TextForm:
    """The form with what was sent."""
    return _form(story)


def fresh(story: Story) -> TextForm:
    """The form with the newest text, and with the reasons of an editor's that still stand."""
    form = _form(story, formdata=None)
    newest = texts.latest(story)
    if newest and newest.author_id:
        named = preview.preview_of_revision(story, newest).named.items()
        form.reason.data = newest.reason
        form.whys = {name: why for name, one in named if (why := newest.reasons.get(one.key))}
    return form


def _form(story: Story, **options: Any) -> TextForm:
    newest = texts.latest(story)
    content = texts.content_now(story)
    used = {one["file"] for one in content.pictures}
    left_out = [one for one in store.kept_pictures(story) if one["file"] not in used]
    return _pictured(content.pictures, left_out)(
        title=content.title,
        summary=content.summary,
        text=content.text,
        topics=content.topics,
        language=content.language,
        seen=newest.number if newest else 0,
        **options,
    )


def _pictured(used: Sequence[Picture], left_out: Sequence[Picture]) -> type[TextForm]:
    """The form for these pictures: each has its place and its words."""
    fields: dict[str, Any] = {"pictures": (*used, *left_out)}
    numbers = range(1, len(fields["pictures"]) + 1)
    places = {number: str(number) for number in numbers} | {LEFT_OUT: "Leave it out"}
    for number, one in enumerate(fields["pictures"], 1):
        place = str(number) if number <= len(used) else LEFT_OUT
        fields[PLACE + one["file"]] = one_of(
            "Place", "Choose a place.", places, kind=Menu, default=place
        )
        fields[ALT + one["file"]] = long_text(
            "What it shows", "The words", ALT_LONGEST, rows=2, default=one["alt"]
        )
    return type("PicturedForm", (TextForm,), fields)
