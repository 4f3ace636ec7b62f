"""Checks of the answers of the public's forms, and what is said of those that cannot be used."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from wtforms import Field, StringField
from wtforms.validators import StopValidation

from portal import days, words
from portal.days import Doubt
from portal.extensions import now
from portal.fields import NeverStops
from portal.forms import EmailField, says_something

FURTHEST = timedelta(days=5 * 365)  # a later deadline was mistyped
LONGEST = 1_000  # letters of a deadline
NOT_READ = "We cannot read a day in that."
TOO_FAR = "That is more than five years away."
DOUBTS = {
    Doubt.WEEKDAY: "{day} is a {at:%A}.",
    Doubt.NEXT: "That may be this week or next week.",
    Doubt.YEAR: "That day has just passed.",
    Doubt.PAST: "That has passed.",
}


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
    """A day, and a time if there is one, as people write them.

    What cannot be read for sure stops nothing: it stays as it was typed, and the page to
    check the answers asks about it.
    """

    data: Any
    at: datetime | None = None
    """The moment, where it is sure."""
    doubt: str = ""
    """What to say about it where it is not."""
    meanings: Sequence[datetime] = ()
    """What it may mean then."""

    def process(self, formdata: Any, *values: Any, **options: Any) -> None:
        """Take what they meant, if they said so when they were asked, and else what they typed."""
        super().process(formdata, *values, **options)
        self.data = (formdata.get("meant") if formdata else None) or self.data

    def pre_validate(self, form: Any) -> None:
        """Read it, and show how it was read."""
        if "deadline" not in form.needed or not says_something(self.data):
            raise StopValidation
        NeverStops(LONGEST)(form, self)
        today = words.local(now())
        found = days.read(self.data, today)
        if found is None:
            self.doubt = NOT_READ
        elif found.at > today + FURTHEST:
            self.doubt = TOO_FAR
        elif found.doubt:
            self.doubt = DOUBTS[found.doubt].format(day=words.day(found.at), at=found.at)
            self.meanings = [at for at in (found.at, *found.others) if at >= today]
        else:
            self.at = found.at.astimezone(UTC)
            self.data = words.deadline(self.at)
