"""The forms of somebody who looks for the way back to their story. They stand on one page."""

from typing import Any

from wtforms import StringField, ValidationError

from portal.fields import NOT_KEPT, PHONE_NUMBER, short_text
from portal.forms import EmailField, Form, must_be_a_number, says_something
from portal.stories.finding import phrase
from portal.words import spelled

WORDS_LONGEST = 200
PHONE_LONGEST = 100


class PhraseForm(Form):
    """The four words."""

    words = short_text("", "Your words", WORDS_LONGEST, autocapitalize="none", **NOT_KEPT)

    def __init__(self, **values: Any) -> None:
        super().__init__(prefix="by-", **values)
        self.words.label.text = f"Your {spelled(phrase.LENGTH)} words"

    def validate_words(self, field: StringField) -> None:
        """Ask for something. What leads nowhere is said elsewhere, whatever is wrong with it."""
        if not says_something(field.data):
            raise ValidationError(f"Enter your {spelled(phrase.LENGTH)} words.")


class MailForm(Form):
    """The address that somebody gave us."""

    email = EmailField()

    def __init__(self, **values: Any) -> None:
        super().__init__(prefix="mail-", **values)


class PhoneForm(Form):
    """The number that somebody gave us."""

    phone = short_text("Your phone number", "The phone number", PHONE_LONGEST, **PHONE_NUMBER)

    def __init__(self, **values: Any) -> None:
        super().__init__(prefix="call-", **values)

    def validate_phone(self, field: StringField) -> None:
        """Ask for a number that can be dialled."""
        must_be_a_number(field)
