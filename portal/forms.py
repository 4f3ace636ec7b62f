"""What every form shares."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import current_app, request
from flask_wtf import FlaskForm
from itsdangerous import BadSignature
from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, RadioField, StringField, ValidationError
from wtforms.validators import StopValidation
from wtforms.widgets import HiddenInput

from portal import refusals
from portal.letters import normal_form
from portal.phones import to_shown
from portal.signing import signer

EMAIL_LONGEST = 254  # RFC 5321, 4.5.3.1.3, less the two angle brackets
FORM_LASTS = 24 * 3600  # seconds; WCAG 2.2.6 asks that answers are kept for 20 hours
# Marks that turn the direction of what follows: they can make a name read as another.
DIRECTION_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
STALE = "This page was open for a long time. Your answers are still here. Send them again."
NO_COOKIE = STALE + " If you see this twice, let your browser keep the cookie of this site."
HIDDEN_IN_ADDRESS = "Your email address has hidden marks in it. Type it again."
NOT_REACHED = (
    "Our email company cannot send to an address with these letters before the @. "
    "Give another address, with letters from a to z there."
)
AN_ADDRESS = {"type": "email", "autocomplete": "email", "inputmode": "email", "spellcheck": "false"}
FEWEST_DIGITS = 3  # of a phone number: there are short ones
NOT_OFFERED = "Choose from the list."
UNREADABLE = "\ufffd"  # what stands for bytes that are not text


def has_hidden_marks(text: str) -> bool:
    """Whether a short text has marks that cannot be seen, read or kept on one line."""
    if text.isprintable():  # the others are no such marks
        return UNREADABLE in text
    hidden = DIRECTION_OVERRIDES | {UNREADABLE}
    return any(
        mark in hidden or unicodedata.category(mark) in {"Cc", "Cs", "Zl", "Zp"} for mark in text
    )


def says_something(text: str | None) -> bool:
    """Whether there is a letter, number or sign in it, and not only what nobody sees."""
    return any(unicodedata.category(mark)[0] in "LNPS" for mark in text or "")


def tidy(text: str) -> str:
    """A long text with one kind of line end, and without what is no writing."""
    lines = (_writing(line).rstrip() for line in text.splitlines())
    return normal_form("NFC", "\n".join(lines).strip())


def _writing(line: str) -> str:
    return "".join(m for m in line if m == "\t" or unicodedata.category(m) not in {"Cc", "Cs"})


class Form(FlaskForm):  # type: ignore[misc]
    """A form that takes each answer once and says in plain words what is wrong."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Read form fields only: never files or JSON in their place."""

        def wrap_formdata(self, form: Form, formdata: object) -> MultiDict[str, str] | None:
            """The fields of a sent form; None when the form is only shown, or was given none.

            A page cannot show NUL again, so that becomes the mark for what cannot be read.
            """
            if request.method != "POST" or formdata is None:
                return None
            typed = request.form.items(multi=True)
            return MultiDict((name, text.replace("\0", UNREADABLE)) for name, text in typed)

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Whether every answer can be used; the fields' errors say why not."""
        if refusals.said_in(self.visible):
            return False
        super().validate(extra_validators)
        for field in self:
            if not isinstance(field.data, list) and len(request.form.getlist(field.name)) > 1:
                field.errors = ["We got two answers to this. Give one."]
        return not self.errors

    @property
    def visible(self) -> list[Field]:
        """The fields that people fill in."""
        return [field for field in self if not isinstance(field.widget, HiddenInput)]

    @property
    def status(self) -> int:
        """The status of a page with this form: 422 where there is something to put right."""
        return 422 if self.errors else 200

    @property
    def messages(self) -> dict[str, str]:
        """What to put right: the first message of each field, by the id of the field to go to."""
        found: dict[str, str] = {}
        if first := next((f for f in self if f.errors and isinstance(f.widget, HiddenInput)), None):
            words = NO_COOKIE if first.name == "csrf_token" else STALE
            found[_first_input(self.visible[0]) if self.visible else "main"] = words
        return found | {_first_input(one): str(one.errors[0]) for one in self.visible if one.errors}


def _first_input(field: Field) -> str:
    """The id to go to: of a group of choices, the first choice's. A menu is one field."""
    is_group = hasattr(field, "choices") and getattr(field.widget, "multiple", True)
    return f"{field.id}-0" if is_group else str(field.id)


def trap_field() -> StringField:
    """No person sees or hears this field. What fills it in is not a person."""
    return StringField("Leave this empty", render_kw={"autocomplete": "off"})


class OpenForm(Form):
    """A form that anybody can open. It has a trap, `extra_note`, and a stamp, behind the others."""

    def doubts(self) -> list[str]:
        """Why this may come from a machine, in words for the team. Empty for most."""
        reasons = []
        if self.extra_note.data:
            reasons.append("A field that people do not see was filled in")
        if self.stamp.age < current_app.config["FORM_MIN_SECONDS"]:
            reasons.append(f"The form came back after {self.stamp.age:.1f} seconds")
        return reasons


class PrivateLinkForm(Form):
    """A form on a page behind a private link."""

    class Meta(Form.Meta):
        """The link is the proof: it is known to nobody else, so no other site can send this."""

        csrf = False


class PlainText:
    """Checks a short text: trims it, and refuses what cannot be seen or breaks a line.

    `missing` is what to say where there must be one.
    """

    def __init__(self, label: str, longest: int, missing: str = "") -> None:
        self.label, self.longest, self.missing = label, longest, missing

    def __call__(self, form: Form, field: Field) -> None:
        """Raise ValidationError in words that say how to put it right."""
        text = normal_form("NFC", (field.data or "").strip())
        if len(text) > self.longest:
            raise ValidationError(f"{self.label} must have {self.longest} letters or fewer.")
        if has_hidden_marks(text):
            raise ValidationError(f"{self.label} has hidden marks in it. Type it again.")
        field.data = text
        if self.missing and not says_something(text):
            raise ValidationError(self.missing)


class LongText:
    """Checks a text of many lines. `missing` is what to say where there must be one."""

    def __init__(self, label: str, longest: int, missing: str = "") -> None:
        self.label, self.longest, self.missing = label, longest, missing

    def __call__(self, form: Form, field: Field) -> None:
        """Raise ValidationError in words that say how to put it right."""
        text = tidy(field.data or "")
        if self.missing and not says_something(text):
            raise StopValidation(self.missing)
        if len(text) > self.longest:
            raise ValidationError(
                f"{self.label} must have {self.longest:,} letters or fewer. It has {len(text):,}."
            )
        field.data = text


class OneOf:
    """Asks for one of the choices. Without a `message`, none of them may be chosen too."""

    def __init__(self, message: str = "") -> None:
        self.message = message

    def __call__(self, form: Form, field: RadioField) -> None:
        """Raise ValidationError where none of them was chosen."""
        chosen = field.data or ""
        if chosen not in {key for key, *_ in field.choices} and (self.message or chosen):
            raise ValidationError(self.message or NOT_OFFERED)
        field.data = chosen


class EmailField(StringField):  # type: ignore[misc]
    """An address in any script; once it is known to be one, its domain is made uniform."""

    data: Any

    def __init__(self, label: str = "Your email address", **options: Any) -> None:
        super().__init__(label, **{"render_kw": AN_ADDRESS} | options)

    def pre_validate(self, form: Form) -> None:
        """Check how the address is written. Nothing is looked up or sent."""
        self.data = read_address((self.data or "").strip())


def read_address(text: str) -> str:
    """An address as it was typed, made uniform. Raises StopValidation in words."""
    if not text:
        raise StopValidation("Enter your email address.")
    if len(text) > EMAIL_LONGEST:
        raise StopValidation(f"Your email address must have {EMAIL_LONGEST} letters or fewer.")
    if has_hidden_marks(text):
        raise StopValidation(HIDDEN_IN_ADDRESS)
    try:
        found = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        if any(unicodedata.category(mark) == "Cf" for mark in text):  # seen by nobody either
            raise StopValidation(HIDDEN_IN_ADDRESS) from None
        raise StopValidation("Enter a full email address, like name@example.org.") from None
    if found.smtputf8 and not current_app.extensions["providers"].smtputf8:
        raise StopValidation(NOT_REACHED)
    return found.normalized


class OptionalEmailField(EmailField):
    """An address, if there is one."""

    def pre_validate(self, form: Form) -> None:
        """Check it like any other, unless it was left empty."""
        if not says_something(self.data):
            self.data = ""
            raise StopValidation
        super().pre_validate(form)


def must_be_a_number(field: Field) -> None:
    """Raise ValidationError for a phone number that cannot be dialled; write others in one way."""
    if sum(mark.isdigit() for mark in field.data) < FEWEST_DIGITS:
        raise ValidationError("Enter a phone number, like 0161 496 0000.")
    field.data = to_shown(field.data)


class StampField(HiddenField):  # type: ignore[misc]
    """When the form was given out, signed: a sign, not a proof, of a machine that is too quick."""

    data: str
    purpose = "form"
    key = ""
    """What else is signed."""
    age = 0.0
    """How many seconds ago the form was given out, once the form was checked."""

    def _value(self) -> str:
        """What the page shows: a new form gets a new stamp."""
        return self.data or signer(self.purpose).dumps(self.key)

    def pre_validate(self, form: Form) -> None:
        """Refuse a stamp that is not ours or too old, and put a fresh one in its place."""
        if not self.raw_data:  # a form without a stamp is as quick as can be
            self.data = self._value()
        try:
            self.key, made = signer(self.purpose).loads(self.data or "", return_timestamp=True)
            self.age = time.time() - made.timestamp()
        except BadSignature:
            self.key, self.age = "", FORM_LASTS + 1
        if self.age > FORM_LASTS:
            self.data = ""
            raise StopValidation(STALE)


class AddressForm(Form):
    """Asks for an email address alone."""

    email = EmailField()
    stamp = StampField()
