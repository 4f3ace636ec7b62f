"""How we reach a storyteller, as they are asked when they tell it and on their own page."""

from typing import Any

from wtforms import StringField, TextAreaField, ValidationError

from portal.fields import NOT_KEPT, POSTAL_ADDRESS, long_text, short_text
from portal.forms import says_something
from portal.stories.content import NAME_LONGEST
from portal.stories.telling.answer_checks import AskedEmailField, phone_field
from portal.ways import facts_of

POSTAL_LONGEST = 1_000


class ReachFields:
    """The way, and what it needs. For a form that says what `is_asked`, and gives the choices."""

    reply_by: Any
    email: Any = AskedEmailField("Email address")
    phone: Any = phone_field()
    postal = long_text("Postal address", "Your postal address", POSTAL_LONGEST, **POSTAL_ADDRESS)
    helper = short_text(
        "The name of the person who helps you (if someone does)",
        "The name",
        NAME_LONGEST,
        **NOT_KEPT,
    )

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
            raise ValidationError("Enter the name of the person who helps you.")
        if not says_something(self.email.data) and not says_something(self.phone.data):
            raise ValidationError("Enter their email address or phone number too.")
