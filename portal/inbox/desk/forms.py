"""The team's forms in the inbox."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from flask import current_app, request
from wtforms import (
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import StopValidation

from portal import days
from portal.extensions import now
from portal.forms import STALE, UNREADABLE, Form, PlainText, has_hidden_marks
from portal.inbox.desk.services import TAG_LONGEST, TAGS_MOST
from portal.inbox.models import Conversation, ConversationState, Kind
from portal.team.models import Member
from portal.ways import WAYS
from portal.web import number_in
from portal.words import local

TEXT_LONGEST = 50_000
REASON_LONGEST = 500
END_OF_DAY = time(17)
STATE_WORDS = {
    ConversationState.OPEN: "To do",
    ConversationState.WAITING: "Waiting for them",
    ConversationState.CLOSED: "Closed",
    ConversationState.HELD: "Held for a person to look at",
    ConversationState.SPAM: "Spam",
}
ALL_STATE_WORDS = {ConversationState.NEW: "New"} | STATE_WORDS
KIND_WORDS = {Kind.MESSAGE: "Messages", Kind.PRESS: "Press enquiries", Kind.STORY: "Stories"}
YEARS = range(2000, 2100)
NO_DAY = "Enter a day, like 27 November."


class SeenField(HiddenField):  # type: ignore[misc]
    """The version that the page was made from."""

    data: Any

    def pre_validate(self, form: Form) -> None:
        """Read it as a number. Raises where it is none."""
        self.data = number_in(str(self.data or ""))
        if self.data is None:
            raise StopValidation(STALE)


class DayField(StringField):  # type: ignore[misc]
    """A day, as people write it: 27 November, 27/11, Friday.

    A calendar of the browser's takes four presses of Tab, and sends nothing
    at all when a part of it is missing.
    """

    data: Any

    def _value(self) -> str:
        """What the field shows: what was typed, or the day in words."""
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data.day} {self.data:%B %Y}" if self.data else ""

    def process_formdata(self, values: list[str]) -> None:
        """Read it. Raises ValueError in words that say how to put it right."""
        self.data = None
        if not any(values):
            return
        found = days.read(values[0].strip(), local(now()).date())
        if found is None or found.year not in YEARS:
            raise ValueError(NO_DAY)
        self.data = found.date()


def typed(name: str) -> str:
    """What was sent in a field that no form reads; empty where nothing was.

    No database keeps NUL, so that becomes the mark for what cannot be read.
    """
    return request.form.get(name, "").replace("\0", UNREADABLE)


def not_empty(form: Form, field: TextAreaField) -> None:
    """Refuse a text with nothing in it, or more than anybody reads."""
    text = (field.data or "").replace("\r\n", "\n").strip()
    if not text:
        raise ValidationError("Write something first.")
    if len(text) > TEXT_LONGEST:
        raise ValidationError(f"The text must have {TEXT_LONGEST:,} letters or fewer.")
    field.data = text


class ReplyForm(Form):
    """An answer, or a note of what was said on the phone."""

    text = TextAreaField("Your answer", [not_empty], render_kw={"rows": 8})
    way = RadioField("How do you answer?", choices=[], validate_choice=False)
    reason = StringField(
        "Why another way than they asked for?", [PlainText("The reason", REASON_LONGEST)]
    )
    seen = SeenField()
    draft_seen = SeenField()

    def __init__(self, conversation: Conversation, **values: Any) -> None:
        super().__init__(**values)
        self.way.choices = [
            (way, facts.logged)
            for way, facts in WAYS.items()
            if facts.logged and (conversation.email or not facts.is_mailed)
        ]

    def validate_way(self, field: RadioField) -> None:
        """Take one of the ways that lead to the person."""
        if field.data not in {way for way, _ in field.choices}:
            raise ValidationError("Choose how you answer.")


class NoteForm(Form):
    """A note for the team."""

    note = TextAreaField("Note for the team", [not_empty], render_kw={"rows": 4})


class TriageForm(Form):
    """Who looks after a conversation, and what becomes of it."""

    owner = SelectField("Who looks after it", choices=[], validate_choice=False)
    state = SelectField("Where it is", choices=[], validate_choice=False)
    tags = StringField("Tags", render_kw={"autocomplete": "off"})
    due = DayField("Answer by", render_kw={"autocomplete": "off"})
    snooze = DayField("Hide until", render_kw={"autocomplete": "off"})
    seen = SeenField()

    def __init__(self, members: list[Member], **values: Any) -> None:
        super().__init__(**values)
        self.state.choices = [*STATE_WORDS.items()]
        self.owner.choices = [("", "Nobody"), *((str(one.id), one.name) for one in members)]

    def validate_owner(self, field: SelectField) -> None:
        """Take somebody of the team, or nobody."""
        if (field.data or "") not in {key for key, _ in field.choices}:
            raise ValidationError("Choose somebody from the list.")

    def validate_state(self, field: SelectField) -> None:
        """Take one of the states."""
        if field.data not in STATE_WORDS:
            raise ValidationError("Choose where it is.")

    def validate_tags(self, field: StringField) -> None:
        """Take words with commas between. What was typed stays in the field."""
        read_tags(field.data or "")

    def validate_due(self, field: DayField) -> None:
        """Ask for a day: an answer is always due."""
        if field.data is None and not field.errors:
            raise ValidationError(NO_DAY)

    @property
    def wanted(self) -> dict[str, Any]:
        """The answers, as `services.change` takes them."""
        return {
            "owner_id": int(self.owner.data) if self.owner.data else None,
            "state": ConversationState(self.state.data),
            "tags": read_tags(self.tags.data or ""),
            "due_at": end_of(self.due.data),
            "snoozed_until": start_of(self.snooze.data) if self.snooze.data else None,
        }


class MergeForm(Form):
    """Which conversation this one belongs to."""

    reference = StringField("Reference of the other one", [PlainText("The reference", 20)])
    seen = SeenField()


class SavedReplyForm(Form):
    """An answer that is given often."""

    title = StringField("Title", [PlainText("The title", 100)])
    text = TextAreaField("Text", [not_empty], render_kw={"rows": 8})
    seen = SeenField(default="0")

    def validate_title(self, field: StringField) -> None:
        """A title is needed to find it by."""
        if not field.data:
            raise ValidationError("Give it a title.")


class ExportForm(Form):
    """Which conversations go into the file."""

    kind = SelectField("Kind", choices=[], validate_choice=False)
    state = SelectField("Where it is", choices=[], validate_choice=False)
    since = DayField("It came on this day or later", render_kw={"autocomplete": "off"})
    until = DayField("It came on this day or earlier", render_kw={"autocomplete": "off"})

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.kind.choices = [("", "Any"), *KIND_WORDS.items()]
        self.state.choices = [("", "Anywhere"), *ALL_STATE_WORDS.items()]

    def validate_kind(self, field: SelectField) -> None:
        """Take one of the kinds, or none."""
        field.data = field.data or ""
        if field.data not in {key for key, _ in field.choices}:
            raise ValidationError("Choose one from the list.")

    validate_state = validate_kind

    def validate_until(self, field: DayField) -> None:
        """Take a day that is not before the first one, or none."""
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError("The last day must not be before the first.")


def read_tags(text: str) -> list[str]:
    """The tags in a line with commas; each once, in lower case. Raises ValidationError."""
    words = (" ".join(word.lower().split()) for word in text.split(","))
    tags = list(dict.fromkeys(word for word in words if word))
    if len(tags) > TAGS_MOST:
        raise ValidationError(f"Use {TAGS_MOST} tags or fewer.")
    if any(len(tag) > TAG_LONGEST or has_hidden_marks(tag) for tag in tags):
        raise ValidationError(f"Each tag must have {TAG_LONGEST} letters or fewer.")
    return tags


def end_of(day: Any) -> datetime:
    """The end of the working day, on the clocks of TIME_ZONE."""
    return datetime.combine(day, END_OF_DAY, current_app.config["TIME_ZONE"]).astimezone(UTC)


def start_of(day: Any) -> datetime:
    """The start of the day, on the clocks of TIME_ZONE."""
    return datetime.combine(day, time(), current_app.config["TIME_ZONE"]).astimezone(UTC)
