"""Forms of who somebody is and what they want: a new conversation, and one that is corrected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import current_app
from wtforms import StringField, ValidationError

from portal.clocks import END_OF_DAY
from portal.fields import NOT_KEPT, Menu, OnceField, long_text, one_of, short_text
from portal.forms import Form, OptionalEmailField, must_be_a_number, says_something
from portal.inbox.desk import details, edits, wording
from portal.inbox.desk.fields import WasField, read_moment
from portal.inbox.desk.forms import TEXT_LONGEST
from portal.inbox.intake import Enquiry
from portal.inbox.models import Conversation, Kind
from portal.ways import Way, facts_of
from portal.words import moment

KINDS = {kind: words for kind, words in wording.KINDS.items() if kind is not Kind.STORY}
# The fields that hold what a conversation has by the same name.
TEXTS = tuple(name for name in details.CORRECTED if not name.startswith("deadline"))
MISSING = {
    "helper": "Enter the name of the person who helps them.",
    "email": "Enter their email address: the answer goes there.",
    "phone": "Enter their phone number: the answer goes there.",
    "postal": "Enter their postal address: the answer goes there.",
}
NAME_LONGEST, NEEDS_LONGEST, POSTAL_LONGEST, PHONE_LONGEST = 200, 5_000, 1_000, 100
WRITE = "write"
# How something came to a member, or that nothing did and they write first.
CAME = {
    Way.PHONE: "They called",
    Way.VISIT: "They came to see us",
    Way.POST: "A letter came",
    Way.SMS: "A text message came",
    Way.RELAY: "They called by text relay",
    WRITE: "Nothing yet. I write to them first, by email",
}


class PersonForm(Form):
    """Who somebody is, what they want, and how they are reached."""

    kind = one_of("Kind", "Choose the kind.", KINDS, kind=Menu)
    subject = short_text("Subject", "The subject", NAME_LONGEST, **NOT_KEPT)
    name = short_text("Name", "The name", NAME_LONGEST, **NOT_KEPT)
    reply_by = one_of("How they want the answer", "Choose how they want the answer.", kind=Menu)
    helper = short_text("Who helps them", "The name", NAME_LONGEST, **NOT_KEPT)
    email = OptionalEmailField("Email address", render_kw=NOT_KEPT | {"inputmode": "email"})
    phone = short_text("Phone number", "The phone number", PHONE_LONGEST, type="tel", **NOT_KEPT)
    postal = long_text("Postal address", "The address", POSTAL_LONGEST, **NOT_KEPT)
    needs = long_text("What helps them", "What helps them", NEEDS_LONGEST)
    outlet = short_text("Outlet", "The outlet", NAME_LONGEST, **NOT_KEPT)
    deadline = StringField("Deadline", render_kw=NOT_KEPT)
    deadline_at: datetime | None = None

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        ways = {**current_app.config["REPLY_WAYS"], Way.WEB: "On their private page. No contact"}
        self.reply_by.choices = [(str(way), words) for way, words in ways.items()]

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Whether every answer can be used, and those are there that the chosen way needs."""
        super().validate(extra_validators)
        for name in self.needed:
            if not says_something(self[name].data) and not self[name].errors:
                self[name].errors = [MISSING[name]]
        return not self.errors

    @property
    def needed(self) -> list[str]:
        """The fields that the chosen way cannot do without."""
        needed = [*facts_of(self.reply_by.data).needs]
        reached = says_something(self.email.data) or says_something(self.phone.data)
        return [*needed, "email"] if self.reply_by.data == Way.HELPER and not reached else needed

    def validate_phone(self, field: StringField) -> None:
        """Take a number that can be dialled."""
        if says_something(field.data):
            must_be_a_number(field)

    def validate_deadline(self, field: StringField) -> None:
        """Read it, unless it is as it was shown."""
        if (field.data or "").strip() not in {"", self.deadline_shown}:
            try:
                self.deadline_at, _ = read_moment(field.data, END_OF_DAY)
            except ValueError as why:
                raise ValidationError(str(why)) from None

    @property
    def deadline_shown(self) -> str:
        """What the page showed as the deadline."""
        return ""


class DetailsForm(PersonForm):
    """What an editor corrects."""

    was = WasField(*details.CORRECTED)

    @classmethod
    def of(cls, conversation: Conversation) -> DetailsForm:
        """The form as its page shows it."""
        was = edits.shown(conversation, *details.CORRECTED)
        form = cls(formdata=None, was=was, **{name: was[name] for name in TEXTS})
        form.deadline.data = form.deadline_shown
        return form.fitting(conversation)

    def fitting(self, conversation: Conversation) -> DetailsForm:
        """Without the kind, where it is a story, for good; with a way that is no longer offered."""
        if conversation.kind is Kind.STORY:
            del self.kind
        way = str(conversation.reply_by)
        if way not in dict(self.reply_by.choices):
            self.reply_by.choices.append((way, facts_of(way).choice or facts_of(way).logged))
        return self

    @property
    def deadline_shown(self) -> str:
        """The deadline in our words, or in theirs where those could not be read."""
        was = self.was.data or {}
        at = was.get("deadline_at")
        return moment(datetime.fromisoformat(at)) if at else str(was.get("deadline_words", ""))

    def wanted(self) -> dict[str, Any]:
        """What was changed, as `details.change_details` takes it."""
        was = self.was.data
        wanted = {name: self._answer(name) for name in TEXTS if name in self}
        if (self.deadline.data or "").strip() != self.deadline_shown:
            wanted |= {"deadline_at": self.deadline_at, "deadline_words": ""}
        return {name: it for name, it in wanted.items() if it != was[name]}

    def _answer(self, name: str) -> Any:
        """What a field says; as the page had it, where it came back so."""
        kept, sent = self.was.data[name], str((self[name].raw_data or [""])[0])
        data = kept if sent.replace("\r\n", "\n") == kept else self[name].data
        return edits.revive(name, data)


class NewForm(PersonForm):
    """A conversation that somebody of the team begins: what came to them, or what they write."""

    came = one_of("What happened?", "Choose what happened.", CAME)
    text = long_text(
        "What they said, or what you write",
        "The text",
        TEXT_LONGEST,
        missing="Write what they said, or what you want to say.",
        rows=6,
    )
    stamp = OnceField()

    @property
    def needed(self) -> list[str]:
        """The fields that the chosen way, or the mail that is written, cannot do without."""
        return [*super().needed, *(["email"] if self.writes else [])]

    @property
    def writes(self) -> bool:
        """Whether the member writes first."""
        return bool(self.came.data == WRITE)

    def enquiry(self) -> Enquiry:
        """What came, or what is written, and for whom."""
        texts = {name: self[name].data for name in TEXTS if name not in {"kind", "reply_by"}}
        return Enquiry(
            kind=Kind(self.kind.data),
            text=self.text.data,
            reply_by=Way(self.reply_by.data),
            way=Way.EMAIL if self.writes else Way(self.came.data),
            deadline_at=self.deadline_at,
            submission=f"team.{self.stamp.key}",
            **texts,
        )
