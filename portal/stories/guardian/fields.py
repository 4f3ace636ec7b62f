"""Who must say yes too, as the team and the storyteller are asked for them."""

from wtforms import StringField, ValidationError

from portal.fields import NOT_KEPT, short_text
from portal.forms import AN_ADDRESS, OptionalEmailField, must_be_a_number, says_something
from portal.stories.content import NAME_LONGEST
from portal.stories.telling.answer_checks import PHONE_LONGEST


class GuardianFields:
    """Who the guardian of a storyteller under 18 is, and how they are reached."""

    name = short_text("Their name", "The name", NAME_LONGEST, missing="Enter a name.", **NOT_KEPT)
    email = OptionalEmailField("Their email address", render_kw=AN_ADDRESS | NOT_KEPT)
    phone = short_text("Their phone number", "The phone number", PHONE_LONGEST, type="tel")

    def validate_phone(self, field: StringField) -> None:
        """Ask for a number, or an address."""
        if says_something(field.data):
            must_be_a_number(field)
        elif not says_something(self.email.data):
            raise ValidationError("Enter an email address or a phone number.")
