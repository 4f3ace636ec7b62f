"""The step with the storyteller."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, StringField, TextAreaField, ValidationError

from portal.fields import NOT_KEPT, long_text, one_of, short_text
from portal.forms import says_something
from portal.stories.consents import NO, YES
from portal.stories.models import Story
from portal.stories.telling import answers
from portal.stories.telling.fields import (
    NAME_LONGEST,
    AskedEmailField,
    phone_field,
)
from portal.stories.telling.step_form import StepForm
from portal.ways import facts_of

NEEDS_LONGEST, POSTAL_LONGEST = 5_000, 1_000


class YouForm(StepForm):
    """Who tells it, how we reach them, and what they need."""

    COLUMNS = ("name", "email", "phone")
    ANSWERS = (
        *("reply_by", "postal", "helper", "needs"),
        *("under_18", "guardian", "guardian_consent"),
    )

    name = short_text(
        "Your name (if you like)",
        "Your name",
        NAME_LONGEST,
        autocomplete="name",
        spellcheck="false",
    )
    reply_by = one_of("How should we reach you?")
    email = AskedEmailField("Email address")
    phone = phone_field()
    postal = long_text(
        "Postal address",
        "Your postal address",
        POSTAL_LONGEST,
        rows=4,
        autocomplete="street-address",
        spellcheck="false",
    )
    helper = short_text(
        "The name of who helps you (if someone does)", "The name", NAME_LONGEST, **NOT_KEPT
    )
    needs = long_text("What do you need from us? (if you like)", "What you need", NEEDS_LONGEST)
    under_18 = one_of("Are you under 18?", choices={YES: "Yes", NO: "No"})
    guardian = short_text(
        "The name of your parent or guardian", "The name", NAME_LONGEST, **NOT_KEPT
    )
    guardian_consent = BooleanField(
        "My parent or guardian agrees that I tell this", filters=[lambda on: YES if on else ""]
    )

    def __init__(self, story: Story, **values: Any) -> None:
        super().__init__(story, **values)
        self.reply_by.choices = [*answers.reply_ways().items()]

    @property
    def needed(self) -> tuple[str, ...]:
        """What the chosen way needs to know."""
        return facts_of(self.reply_by.data).needs

    def validate_postal(self, field: TextAreaField) -> None:
        """Ask for it where the answer goes there."""
        if "postal" in self.needed and not says_something(field.data):
            raise ValidationError("Enter your postal address.")

    def validate_helper(self, field: StringField) -> None:
        """Ask who helps, and how they are reached, where we write to them."""
        if "helper" not in self.needed:
            return
        if not says_something(field.data):
            raise ValidationError("Enter the name of who helps you.")
        if not says_something(self.email.data) and not says_something(self.phone.data):
            raise ValidationError("Enter their email address or phone number too.")
