"""The team's forms in the inbox."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from flask import request
from wtforms import MultipleFileField, StringField, TextAreaField, ValidationError

from portal.clocks import END_OF_DAY
from portal.extensions import now
from portal.fields import Menu, one_of, short_text
from portal.forms import UNREADABLE, Form, has_hidden_marks
from portal.inbox.desk import edits
from portal.inbox.desk.fields import (
    NO_MOMENT,
    PASSED,
    DayField,
    MomentField,
    SeenField,
    WasField,
)
from portal.inbox.desk.services import TAG_LONGEST, TAGS_MOST
from portal.inbox.desk.wording import STATES
from portal.inbox.models import Conversation, ConversationState, Kind
from portal.team import services as team

TEXT_LONGEST = 50_000
REASON_LONGEST = 500
KIND_WORDS = {Kind.MESSAGE: "Messages", Kind.PRESS: "Press enquiries", Kind.STORY: "Stories"}
WRONG_CHOICE = "Choose one from the list."


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


class FormWithFiles(Form):
    """A form with files, of which each picture has a field for what it shows."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.undescribed: dict[str, str] = {}
        """What to put right with these, by the ids of their fields."""

    @property
    def messages(self) -> dict[str, str]:
        """What to put right, that of the pictures too."""
        return {**super().messages, **self.undescribed}


class NoteForm(Form):
    """A note for the team."""

    note = TextAreaField("Note for the team", [not_empty], render_kw={"rows": 2, "dir": "auto"})


class CorrectionForm(Form):
    """What a note, or a call that was written down, should have said."""

    words = TextAreaField("What it should say", [not_empty], render_kw={"rows": 6, "dir": "auto"})
    seen = SeenField()


class TriageForm(Form):
    """Who looks after a conversation, and what becomes of it."""

    SORTED = ("owner_id", "state", "tags", "due_at", "snoozed_until")

    owner = one_of("Who looks after it", "Choose somebody from the list.", kind=Menu)
    state = one_of("Where it is", "Choose where it is.", STATES, kind=Menu)
    tags = StringField("Tags", render_kw={"autocomplete": "off"})
    due = MomentField("Answer by", at=END_OF_DAY)
    snooze = MomentField("Hide until", at=time.min)
    was = WasField(*SORTED)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.owner.choices = [("", "Nobody"), *((str(one.id), one.who) for one in team.editors())]
        shown = self.was.data and self.was.data["owner_id"]
        if shown and str(shown) not in dict(self.owner.choices):  # of what is closed
            self.owner.choices.append((str(shown), team.names().get(shown, "Somebody")))
        if self.was.data and self.was.data["state"] != ConversationState.NEW:
            self.state.choices = [one for one in self.state.choices if one[0] != "new"]

    @classmethod
    def of(cls, conversation: Conversation) -> TriageForm:
        """The form as the page of a conversation shows it."""
        return cls(
            formdata=None,
            owner=str(conversation.owner_id or ""),
            state=str(conversation.state),
            tags=", ".join(conversation.labels),
            due=conversation.due_at,
            snooze=conversation.snoozed_until,
            was=edits.shown(conversation, *cls.SORTED),
        )

    def validate_tags(self, field: StringField) -> None:
        """Take words with commas between. What was typed stays in the field."""
        read_tags(field.data or "")

    def validate_due(self, field: MomentField) -> None:
        """Ask for one: an answer is always due."""
        if field.data is None and not field.errors:
            raise ValidationError(NO_MOMENT)

    def validate_snooze(self, field: MomentField) -> None:
        """Take a moment that is still to come."""
        wanted = field.against(self._shown("snoozed_until"))
        if wanted and wanted <= now() and wanted != self._shown("snoozed_until"):
            raise ValidationError(PASSED)

    def wanted(self) -> dict[str, Any]:
        """The answers, as `services.change` takes them."""
        return {
            "owner_id": int(self.owner.data) if self.owner.data else None,
            "state": ConversationState(self.state.data),
            "tags": read_tags(self.tags.data or ""),
            "due_at": self.due.against(self._shown("due_at")),
            "snoozed_until": self.snooze.against(self._shown("snoozed_until")),
        }

    def _shown(self, name: str) -> datetime | None:
        """A moment that the page showed."""
        kept = self.was.data[name] if self.was.data else None
        return datetime.fromisoformat(kept) if kept else None


class DangerForm(Form):
    """Why nobody is in danger."""

    why = short_text(
        "Why is nobody in danger?",
        "The reason",
        REASON_LONGEST,
        missing="Say why nobody is in danger.",
    )
    was = WasField("danger_at")


class MergeForm(Form):
    """Which conversation this one belongs to."""

    reference = short_text("Reference of the other one", "The reference", 20)
    was = WasField("merged_into_id")


class SavedReplyForm(FormWithFiles):
    """An answer that is given often."""

    title = short_text("Title", "The title", 100, missing="Give it a title.")
    text = TextAreaField("Text", [not_empty], render_kw={"rows": 8, "dir": "auto"})
    files = MultipleFileField("Add files")
    was = WasField("title", "text")


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
