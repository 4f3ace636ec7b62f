"""The fields and checks of the public's forms."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app
from itsdangerous import BadSignature
from wtforms import Field, StringField
from wtforms.validators import StopValidation

from portal import days, words
from portal.extensions import now
from portal.forms import (
    FORM_LASTS,
    STALE,
    EmailField,
    Form,
    StampField,
    says_something,
    signer,
)

DEADLINE_LONGEST = 100
FURTHEST = timedelta(days=5 * 365)  # a later deadline was mistyped
NOT_A_DAY = "Enter a day that we can read, like 27 November 2030 or 27/11/2030."


class IfNeeded:
    """Looks at an answer only where the others ask for it. `missing` is what to say then."""

    def __init__(self, missing: str = "") -> None:
        self.missing = missing

    def __call__(self, form: Any, field: Field) -> None:
        """Raise StopValidation: with words where it is missing, without where nobody needs it."""
        if field.name not in form.needed:
            raise StopValidation
        if self.missing and not says_something(field.data):
            raise StopValidation(self.missing)


class IfNeededEmailField(EmailField):
    """An address, where the chosen way needs one."""

    def pre_validate(self, form: Any) -> None:
        """Check it like any other, unless nobody needs it."""
        if "email" not in form.needed:
            raise StopValidation
        if form.is_helped and not says_something(self.data):
            if says_something(form.phone.data):
                raise StopValidation
            raise StopValidation("Enter the email address or phone number of who helps you.")
        super().pre_validate(form)


class DeadlineField(StringField):  # type: ignore[misc]
    """A day, and a time if there is one, as people write them."""

    data: Any
    at: datetime | None = None

    def pre_validate(self, form: Any) -> None:
        """Read it, and show how it was read. Raises StopValidation in plain words."""
        if "deadline" not in form.needed or not says_something(self.data):
            raise StopValidation
        today = words.local(now()).date()
        short = len(self.data) <= DEADLINE_LONGEST
        local = days.read(self.data, today) if short else None
        if local is None:
            raise StopValidation(NOT_A_DAY)
        if not today <= local.date() <= today + FURTHEST:
            raise StopValidation("Enter a deadline from today on, and within five years.")
        self.at = local.replace(tzinfo=current_app.config["TIME_ZONE"]).astimezone(UTC)
        self.data = words.moment(self.at)


class OnceField(StampField):
    """When the form was given out, and which one it is, signed: what comes twice counts once."""

    key = ""

    def process_data(self, value: object) -> None:
        """Give a new form a new stamp; the same form keeps its key."""
        self.key = self.key or secrets.token_urlsafe(12)
        self.data = signer("contact form").dumps(self.key)

    def pre_validate(self, form: Form) -> None:
        """Refuse a stamp that is not ours or too old, and put a fresh one in its place."""
        try:
            self.key, made = signer("contact form").loads(self.data or "", return_timestamp=True)
        except BadSignature:
            self.key = ""
            self.process_data(None)
            raise StopValidation(STALE) from None
        self.age = time.time() - made.timestamp()
        if self.age > FORM_LASTS:
            self.process_data(None)
            raise StopValidation(STALE)
