"""Checks of the answers of the public's forms, and what is said of those that cannot be used."""

from datetime import UTC, datetime, timedelta
from typing import Any

from wtforms import Field, StringField
from wtforms.validators import StopValidation

from portal import days, words
from portal.extensions import now
from portal.forms import EmailField, says_something

FURTHEST = timedelta(days=5 * 365)  # a later deadline was mistyped
NOT_A_DAY = "Enter a day that we can read, like 27 November 2030 or 27/11/2030."


def if_needed(form: Any, field: Field) -> None:
    """Look no further at an answer that the others do not ask for."""
    if field.name not in form.needed:
        raise StopValidation


class IfNeededEmailField(EmailField):
    """An address, where the chosen way needs one."""

    def pre_validate(self, form: Any) -> None:
        """Check it like any other, unless nobody needs it."""
        if "email" not in form.needed:
            raise StopValidation
        if form.is_helped and not says_something(self.data):
            if says_something(form.phone.data):
                raise StopValidation
            raise StopValidation(
                "Enter the email address or phone number of the person who helps you."
            )
        super().pre_validate(form)


class DeadlineField(StringField):  # type: ignore[misc]
    """A day, and a time if there is one, as people write them."""

    data: Any
    at: datetime | None = None

    def pre_validate(self, form: Any) -> None:
        """Read it, and show how it was read. Raises StopValidation in plain words."""
        if "deadline" not in form.needed or not says_something(self.data):
            raise StopValidation
        today = words.local(now())
        found = days.read(self.data, today)
        if found is None:
            raise StopValidation(NOT_A_DAY)
        if not today.date() <= found.at.date() <= today.date() + FURTHEST:
            raise StopValidation("Enter a deadline from today on, and within five years.")
        self.at = found.at.astimezone(UTC)
        self.data = words.deadline(self.at)
