"""The team's forms for the newsletter's list."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from wtforms import RadioField, StringField, TextAreaField, ValidationError
from wtforms.validators import StopValidation

from portal import days
from portal.extensions import now
from portal.fields import (
    NOT_KEPT,
    CarriedField,
    Menu,
    TheirEmailField,
    long_text,
    one_of,
    short_text,
)
from portal.forms import AN_ADDRESS, Form
from portal.newsletter import services
from portal.newsletter.desk import wording
from portal.newsletter.desk.services import Choices, Yes
from portal.newsletter.forms import NAME_LONGEST, ChoosesContent
from portal.newsletter.models import Subscriber
from portal.team import services as team
from portal.team.models import Member
from portal.words import day, local

WORDING_LONGEST, EVIDENCE_LONGEST, DAY_LONGEST = 2000, 1000, 40
NO_WAY = "Choose how they told you."
NO_DAY = "Enter a day, like 27 November 2026."
TO_COME = "That day is still to come. Write its year too, like 27 November 2026."
BY_MAIL, KEPT = "mail", "kept"
PROOFS = {
    BY_MAIL: "By an email that we send them now. They get the newsletter once they confirm it.",
    KEPT: "They have said it, and I keep what proves it. They get the newsletter from now on.",
}


def _must_choose(form: Form, field: RadioField) -> None:
    if not field.data:
        raise StopValidation(NO_WAY)


def _way() -> RadioField:
    choices, before = wording.CHOICES, (_must_choose,)
    return one_of("How did they tell you?", NO_WAY, choices, kind=Menu, before=before)


class AskedForm(Form):
    """How the team was asked to do it."""

    way = _way()


class TheirChoices(ChoosesContent):
    """What somebody wants to get, as they told the team."""

    name = short_text("Their name (if you know it)", "The name", NAME_LONGEST, **NOT_KEPT)

    @property
    def chosen(self) -> Choices:
        """The answers."""
        return Choices(self.name.data, self.topics.data, self.chosen_format)


class PutOnForm(TheirChoices):
    """Puts somebody on the list."""

    email = TheirEmailField("Their email address", render_kw=AN_ADDRESS | NOT_KEPT)
    way = _way()
    proof = one_of("How do they say yes?", "Choose how they say yes.", PROOFS)
    wording = long_text("The words that they agreed to", "The text", WORDING_LONGEST)
    said = short_text("When did they say yes?", "The day", DAY_LONGEST, **NOT_KEPT)
    taken_by = one_of("Who took it?", "Choose somebody from the list.", kind=Menu)
    evidence = long_text("What proves it, and where is it kept?", "The text", EVIDENCE_LONGEST)

    def __init__(self, by: Member, **values: Any) -> None:
        usual = {"wording": services.wording(), "said": day(now()), "taken_by": str(by.id)}
        super().__init__(**usual | values)
        self.topics.label.text = "What would they like to read about?"
        self.format.label.text = "How should it look?"
        self.taken_by.choices = [(str(one.id), one.who) for one in team.active_members()]

    @property
    def said_at(self) -> datetime | None:
        """The day that was typed; None where it cannot be read."""
        found = days.read(self.said.data or "", local(now()))
        return found.at if found else None

    @property
    def kept_yes(self) -> Yes | None:
        """The yes that the team keeps, if it has one."""
        if self.proof.data != KEPT or self.said_at is None:
            return None
        at = min(self.said_at, now())
        return Yes(self.wording.data, int(self.taken_by.data), at, self.evidence.data)

    def validate_wording(self, field: TextAreaField) -> None:
        """Ask for the words, where there was a yes."""
        self._must_say(field, "Write down the words that they agreed to.")

    def validate_evidence(self, field: TextAreaField) -> None:
        """Ask for what somebody can look at who doubts it."""
        self._must_say(field, "Say what proves it, and where it is kept.")

    def _must_say(self, field: TextAreaField, words: str) -> None:
        if self.proof.data == KEPT and not field.data:
            raise ValidationError(words)

    def validate_said(self, field: StringField) -> None:
        """Ask for a day that has come."""
        if self.proof.data != KEPT:
            return
        if self.said_at is None:
            raise ValidationError(NO_DAY)
        if local(self.said_at).date() > local(now()).date():
            raise ValidationError(TO_COME)


class ShownField(CarriedField):
    """The choices that the page showed, so that what somebody chose meanwhile is not lost."""

    def process_formdata(self, values: list[str]) -> None:
        """Read it."""
        try:
            name, topics, format_ = json.loads(values[0])
            are_ours = all(isinstance(one, str) for one in (name, format_, *topics))
            self.data = (name, list(topics), format_) if are_ours else None
        except (ValueError, TypeError, IndexError, RecursionError):
            self.data = None


class ChangeForm(TheirChoices):
    """Changes what somebody gets, as they asked the team to."""

    way = _way()
    shown = ShownField()

    def show_anew(self, subscriber: Subscriber) -> None:
        """Carry what there is by now; what was typed stays."""
        there = Choices.of(subscriber)
        self.shown.data = (there.name, list(there.topics), there.format)

    @property
    def was(self) -> Choices:
        """What the page showed."""
        return Choices(*self.shown.data)
