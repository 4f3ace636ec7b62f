"""The team's forms in the inbox."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import Any

from flask import current_app, request
from wtforms import HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import StopValidation

from portal import days
from portal.extensions import now
from portal.fields import Menu, one_of, short_text
from portal.forms import STALE, UNREADABLE, Form, has_hidden_marks
from portal.inbox.desk import edits
from portal.inbox.desk.services import TAG_LONGEST, TAGS_MOST
from portal.inbox.desk.wording import STATES
from portal.inbox.models import Conversation, ConversationState, Kind
from portal.team.models import Member
from portal.ways import WAYS, Way
from portal.web import number_in
from portal.words import local

TEXT_LONGEST = 50_000
REASON_LONGEST = 500
END_OF_DAY = time(17)
KIND_WORDS = {Kind.MESSAGE: "Messages", Kind.PRESS: "Press enquiries", Kind.STORY: "Stories"}
YEARS = range(2000, 2100)
WRONG_CHOICE = "Choose one from the list."
NO_DAY = "Enter a day, like 27 November."


class WasField(HiddenField):  # type: ignore[misc]
    """What the page showed of some fields, so that what others change meanwhile can be told."""

    data: Any

    def __init__(self, *names: str, **options: Any) -> None:
        super().__init__(**options)
        self.names = names

    def _value(self) -> str:
        """What the page carries."""
        return json.dumps(self.data)

    def pre_validate(self, form: Form) -> None:
        """Refuse what no page of ours carries."""
        if self.data is None:
            raise StopValidation(STALE)

    def process_formdata(self, values: list[str]) -> None:
        """Read it."""
        self.data = edits.read_was(values[0], *self.names) if values else None


class SeenField(HiddenField):  # type: ignore[misc]
    """The version, or the number of the newest change, that the page was made from."""

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
        found = days.read(values[0], local(now()))
        if found is None or found.at.year not in YEARS:
            raise ValueError(NO_DAY)
        self.data = found.at.date()


def renew(form: Form, conversation: Conversation) -> None:
    """Let a form that comes back carry what is there now, where it carried nothing of ours."""
    for field in form:
        if isinstance(field, WasField) and field.data is None:
            field.data = edits.shown(conversation, *field.names)


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

    text = TextAreaField("Your answer", [not_empty], render_kw={"rows": 5})
    way = one_of("How do you answer?", "Choose how you answer.")
    reason = short_text("Why another way than they asked for?", "The reason", REASON_LONGEST)
    seen = SeenField()
    draft_seen = SeenField()

    def __init__(self, conversation: Conversation, **values: Any) -> None:
        super().__init__(**values)
        self.way.choices = [
            (way, facts.logged)
            for way, facts in WAYS.items()
            if facts.logged and (conversation.email or not facts.is_mailed)
            if way is not Way.WEB or conversation.reply_by is Way.WEB  # who else would look there?
        ]


class NoteForm(Form):
    """A note for the team."""

    note = TextAreaField("Note for the team", [not_empty], render_kw={"rows": 2, "dir": "auto"})


class TriageForm(Form):
    """Who looks after a conversation, and what becomes of it."""

    SORTED = ("owner_id", "state", "tags", "due_at", "snoozed_until")

    owner = one_of("Who looks after it", "Choose somebody from the list.", kind=Menu)
    state = one_of("Where it is", "Choose where it is.", STATES, kind=Menu)
    tags = StringField("Tags", render_kw={"autocomplete": "off"})
    due = DayField("Answer by", render_kw={"autocomplete": "off"})
    snooze = DayField("Hide until", render_kw={"autocomplete": "off"})
    was = WasField(*SORTED)

    def __init__(self, members: list[Member], **values: Any) -> None:
        super().__init__(**values)
        self.owner.choices = [("", "Nobody"), *((str(one.id), one.name) for one in members)]
        if self.was.data and self.was.data["state"] != ConversationState.NEW:
            self.state.choices = [one for one in self.state.choices if one[0] != "new"]

    @classmethod
    def of(cls, conversation: Conversation, members: list[Member]) -> TriageForm:
        """The form as the page of a conversation shows it."""
        snoozed = conversation.snoozed_until
        return cls(
            members,
            formdata=None,
            owner=str(conversation.owner_id or ""),
            state=str(conversation.state),
            tags=", ".join(conversation.labels),
            due=local(conversation.due_at).date(),
            snooze=local(snoozed).date() if snoozed else None,
            was=edits.shown(conversation, *cls.SORTED),
        )

    def validate_tags(self, field: StringField) -> None:
        """Take words with commas between. What was typed stays in the field."""
        read_tags(field.data or "")

    def validate_due(self, field: DayField) -> None:
        """Ask for a day: an answer is always due."""
        if field.data is None and not field.errors:
            raise ValidationError(NO_DAY)

    def wanted(self) -> dict[str, Any]:
        """The answers, as `services.change` takes them. A day as it was shown keeps its hour."""
        return {
            "owner_id": int(self.owner.data) if self.owner.data else None,
            "state": ConversationState(self.state.data),
            "tags": read_tags(self.tags.data or ""),
            "due_at": self._moment("due", END_OF_DAY),
            "snoozed_until": self._moment("snooze", time.min),
        }

    def _moment(self, name: str, at: time) -> datetime | None:
        kept = self.was.data["due_at" if name == "due" else "snoozed_until"]
        was = datetime.fromisoformat(kept) if kept else None
        day = self[name].data
        if day is None or (was and local(was).date() == day):
            return was if day else None
        return start_of(day, at)


class DangerForm(Form):
    """Why nobody is in danger."""

    why = short_text(
        "Why is nobody in danger?",
        "The reason",
        REASON_LONGEST,
        missing="Say why nobody is in danger.",
    )
    was = WasField("danger_at")

    @classmethod
    def of(cls, conversation: Conversation) -> DangerForm:
        """The form as the page of a conversation shows it."""
        return cls(formdata=None, was=edits.shown(conversation, "danger_at"))


class MergeForm(Form):
    """Which conversation this one belongs to."""

    reference = short_text("Reference of the other one", "The reference", 20)
    was = WasField("merged_into_id")

    @classmethod
    def of(cls, conversation: Conversation) -> MergeForm:
        """The form as the page of a conversation shows it."""
        return cls(formdata=None, was=edits.shown(conversation, "merged_into_id"))


class SavedReplyForm(Form):
    """An answer that is given often."""

    title = short_text("Title", "The title", 100, missing="Give it a title.")
    text = TextAreaField("Text", [not_empty], render_kw={"rows": 8})
    seen = SeenField(default="0")


class ExportForm(Form):
    """Which conversations go into the file."""

    kind = one_of("Kind", WRONG_CHOICE, {"": "Any"} | KIND_WORDS, kind=Menu)
    state = one_of("Where it is", WRONG_CHOICE, {"": "Anywhere"} | STATES, kind=Menu)
    since = DayField("It came on this day or later", render_kw={"autocomplete": "off"})
    until = DayField("It came on this day or earlier", render_kw={"autocomplete": "off"})

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


def start_of(day: date, at: time = time.min) -> datetime:
    """The start of the day, or that time of it, on the clocks of TIME_ZONE."""
    return datetime.combine(day, at, current_app.config["TIME_ZONE"]).astimezone(UTC)
