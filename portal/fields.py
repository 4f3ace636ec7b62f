"""Questions and texts of forms: a label, what it is called in messages, how long it may be."""

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from wtforms import (
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import StopValidation

from portal.forms import (
    NOT_OFFERED,
    STALE,
    EmailField,
    Form,
    LongText,
    OneOf,
    PlainText,
    StampField,
    has_hidden_marks,
)
from portal.letters import normal_form
from portal.web import number_in

NO_CHOICES: Mapping[Any, str] = {}
NOT_KEPT = {"autocomplete": "off", "spellcheck": "false"}
"""Attributes of a short text that the browser shall not keep or correct."""
OWN_NAME = {"autocomplete": "name", "spellcheck": "false"}
PHONE_NUMBER = {"type": "tel", "autocomplete": "tel"}
POSTAL_ADDRESS = {"rows": 4, "autocomplete": "street-address", "spellcheck": "false"}


def only_offered(form: Form, field: SelectMultipleField) -> None:
    """Refuse what is not among the choices, of which several may be chosen."""
    if not {key for key, _ in field.choices}.issuperset(field.data or []):
        raise ValidationError(NOT_OFFERED)


def on_one_line(text: str) -> str:
    """A short text without line breaks and without marks that nobody sees."""
    if has_hidden_marks(text):
        text = "".join(" " if has_hidden_marks(mark) else mark for mark in text)
    return normal_form("NFC", " ".join(text.split()))


class NeverStops:
    """Takes any text where none has to be: what is too long is cut, for all to see."""

    def __init__(self, longest: int, tidy: Callable[[str], str] = on_one_line) -> None:
        self.longest, self.tidy = longest, tidy

    def __call__(self, form: Any, field: Field) -> None:
        """Tidy it, by default into one line."""
        text = self.tidy(field.data or "")
        field.data = text if len(text) <= self.longest else f"{text[: self.longest - 1]}…"


class Menu(SelectField):  # type: ignore[misc]
    """Offers pairs of a key and words in a menu. WTForms takes such pairs only afterwards."""

    def __init__(self, *args: Any, offered: Mapping[Any, str], **options: Any) -> None:
        super().__init__(*args, choices=[], validate_choice=False, **options)
        self.choices = [(str(key), words) for key, words in offered.items()]


class RadioButtons(Menu, RadioField):  # type: ignore[misc]
    """Offers them so that all are seen."""


class TheirEmailField(EmailField):
    """Somebody else's address."""

    def pre_validate(self, form: Form) -> None:
        """Check it as any other. Raises StopValidation in words about theirs."""
        try:
            super().pre_validate(form)
        except StopValidation as problem:
            words = str(problem).replace("your", "their").replace("Your", "Their")
            raise StopValidation(words) from None


class CountField(HiddenField):  # type: ignore[misc]
    """A number that the page carries; 0 where it is none that we wrote."""

    @property
    def number(self) -> int:
        """The number that was sent back."""
        return number_in(str(self.data or "")) or 0


class CarriedField(HiddenField):  # type: ignore[misc]
    """What the page showed, so that what was changed meanwhile can be told. A subclass reads it."""

    data: Any

    def _value(self) -> str:
        """What the page carries."""
        return json.dumps(self.data)

    def pre_validate(self, form: Form) -> None:
        """Refuse what no page of ours carries."""
        if self.data is None:
            raise StopValidation(STALE)


class OnceField(StampField):
    """When the form was given out, and which one it is, signed: what comes twice counts once."""

    purpose = "contact form"

    def _value(self) -> str:
        """What the page shows: a new form gets a new key, and the same form keeps it."""
        self.key = self.key or secrets.token_urlsafe(12)
        return super()._value()


def some_of(label: str, **options: Any) -> SelectMultipleField:
    """A question with any number of answers. Their list is set on the form's field."""
    return SelectMultipleField(label, [only_offered], choices=[], validate_choice=False, **options)


def one_of(
    label: str, message: str = "", choices: Mapping[Any, str] = NO_CHOICES, **options: Any
) -> RadioField:
    """A question with one answer; `message` is what to say where there is none but must be.

    `choices` are the words of each key. A list that is known later is set on the form's field.
    `kind` is Menu where it is one; `before` are checks that come first.
    """
    kind, before = options.pop("kind", RadioButtons), options.pop("before", ())
    return kind(label, [*before, OneOf(message)], offered=choices, **options)


def short_text(label: str, what: str, longest: int, **attributes: Any) -> StringField:
    """A text of one line, called `what` in messages.

    `missing` is what to say where it must be given; `checks` are more checks, after the usual
    one, `before` those that come first; all else are attributes of the input.
    """
    check = PlainText(what, longest, attributes.pop("missing", ""))
    return _text(StringField, label, check, attributes)


def long_text(label: str, what: str, longest: int, **attributes: Any) -> TextAreaField:
    """A text of many lines, described as `short_text` is; `rows` are seen at first."""
    check = LongText(what, longest, attributes.pop("missing", ""))
    return _text(TextAreaField, label, check, {"rows": 3} | attributes)


def _text(kind: type[Field], label: str, check: object, options: dict[str, Any]) -> Field:
    checks = [*options.pop("before", ()), check, *options.pop("checks", ())]
    own = {name: options.pop(name) for name in ("default", "id") if name in options}
    return kind(label, checks, render_kw=options, **own)
