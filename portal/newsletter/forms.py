"""The newsletter's forms."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from flask import current_app
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField, ValidationError

from portal.forms import (
    EmailField,
    Form,
    OpenForm,
    PlainText,
    PrivateLinkForm,
    StampField,
    trap_field,
)

NAME_LONGEST = 100
# Where most personal mail in the UK goes. Only a near miss of one of these is asked about.
COMMON_DOMAINS = (
    *("gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "outlook.com", "live.co.uk"),
    *("yahoo.com", "yahoo.co.uk", "ymail.com", "icloud.com", "btinternet.com", "sky.com"),
    *("talktalk.net", "virginmedia.com", "ntlworld.com", "aol.com", "protonmail.com", "proton.me"),
)
NEAR = 0.85  # of difflib's ratio: one wrong letter in gmail.com is near, another company is not


def likely_address(address: str) -> str:
    """The address with the domain that was probably meant, or "" where nothing seems wrong."""
    local, _, domain = address.rpartition("@")
    if domain in COMMON_DOMAINS:
        return ""
    meant = get_close_matches(domain, COMMON_DOMAINS, n=1, cutoff=NEAR)
    return f"{local}@{meant[0]}" if meant else ""


def offered(form: Form, field: SelectMultipleField | RadioField) -> None:
    """Refuse an answer that was not among the choices."""
    keys = {key for key, _ in field.choices}
    chosen = field.data if isinstance(field.data, list) else [field.data] if field.data else []
    if not keys.issuperset(chosen):
        raise ValidationError("Choose from the list.")


def each_once(keys: list[str] | None) -> list[str]:
    """The choices without repeats."""
    return list(dict.fromkeys(keys or []))


def topics_field() -> SelectMultipleField:
    """Any number of the configured topics."""
    return SelectMultipleField(
        "What would you like to read about?",
        [offered],
        filters=[each_once],
        choices=[],
        validate_choice=False,
    )


def format_field() -> RadioField:
    """One of the configured formats, or none."""
    return RadioField("How should it look?", [offered], choices=[], validate_choice=False)


class ChoosesContent(Form):
    """A form on which topics and a format can be chosen."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.topics.choices = list(current_app.config["TOPICS"].items())
        self.format.choices = list(current_app.config["FORMATS"].items())

    @property
    def chosen_format(self) -> str:
        """The format that was chosen; without a choice, the first one."""
        return str(self.format.data or next(iter(current_app.config["FORMATS"])))


class EmailForm(Form):
    """Asks for an address."""

    email = EmailField()
    stamp = StampField()


class SignupForm(EmailForm, ChoosesContent, OpenForm):
    """Signs an address up, and looks for signs of a machine."""

    topics = topics_field()
    format = format_field()
    extra_note = trap_field()
    asked = HiddenField()
    """The address that we asked about. It is not asked about twice."""
    corrected = HiddenField()
    """The address of the button that takes our suggestion."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.suggestion = ""
        if self.corrected.data:
            self.email.data, self.corrected.data = self.corrected.data, ""

    def validate_email(self, field: EmailField) -> None:
        """Ask once about an address that looks mistyped."""
        meant = likely_address(field.data)
        if meant and self.asked.data != field.data:
            self.suggestion, self.asked.data = meant, field.data
            raise ValidationError(
                f"Did you mean {meant}? If {field.data} is right, send it again as it is."
            )


class PreferencesForm(PrivateLinkForm, ChoosesContent):
    """Changes what somebody gets."""

    name = StringField(
        "Your name (if you like)",
        [PlainText("Your name", NAME_LONGEST)],
        render_kw={"autocomplete": "name", "spellcheck": "false"},
    )
    topics = topics_field()
    format = format_field()

    def validate_name(self, field: StringField) -> None:
        """Refuse what no browser made of this form: it would untick everything."""
        if not field.raw_data:
            raise ValidationError("We could not read your answers. Send them again.")
