"""The step with the storyteller."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, RadioField, StringField, TextAreaField, ValidationError

from portal.forms import LongText, PlainText, says_something
from portal.stories.consents import NO, YES
from portal.stories.models import Story
from portal.stories.telling import answers
from portal.stories.telling.fields import (
    NAME_LONGEST,
    AskedEmailField,
    OneOfOrNone,
    a_number,
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

    CHOICES = {"under_18": {YES: "Yes", NO: "No"}}  # noqa: RUF012 - as the base says

    name = StringField(
        "Your name (if you like)",
        [PlainText("Your name", NAME_LONGEST)],
        render_kw={"autocomplete": "name", "spellcheck": "false"},
    )
    reply_by = RadioField(
        "How should we reach you?", [OneOfOrNone()], choices=[], validate_choice=False
    )
    email = AskedEmailField("Email address")
    phone = StringField(
        "Phone number",
        [PlainText("The phone number", NAME_LONGEST), a_number],
        render_kw={"type": "tel", "autocomplete": "tel"},
    )
    postal = TextAreaField(
        "Postal address",
        [LongText("Your postal address", POSTAL_LONGEST)],
        render_kw={"rows": 4, "autocomplete": "street-address", "spellcheck": "false"},
    )
    helper = StringField(
        "The name of who helps you (if someone does)",
        [PlainText("The name", NAME_LONGEST)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    needs = TextAreaField(
        "What do you need from us? (if you like)",
        [LongText("What you need", NEEDS_LONGEST)],
        render_kw={"rows": 3},
    )
    under_18 = RadioField(
        "Are you under 18?",
        [OneOfOrNone()],
        choices=[],
        validate_choice=False,
    )
    guardian = StringField(
        "The name of your parent or guardian",
        [PlainText("The name", NAME_LONGEST)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
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
