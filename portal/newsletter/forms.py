"""The newsletter's forms."""

from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from flask import current_app
from wtforms import HiddenField, StringField, ValidationError

from portal.fields import OWN_NAME, one_of, short_text, some_of
from portal.forms import AddressForm, EmailField, Form, OpenForm, PrivateLinkForm, trap_field

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
    meant = _meant(domain)
    return f"{local}@{meant}" if meant not in {"", domain} else ""


@lru_cache(maxsize=1000)
def _meant(domain: str) -> str:
    return next(iter(get_close_matches(domain, COMMON_DOMAINS, n=1, cutoff=NEAR)), "")


class ChoosesContent(Form):
    """A form on which topics and a format can be chosen."""

    topics = some_of(
        "What would you like to read about?",
        filters=[lambda keys: list(dict.fromkeys(keys or []))],  # each once
    )
    format = one_of("How should it look?")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.topics.choices = list(current_app.config["TOPICS"].items())
        self.format.choices = list(current_app.config["FORMATS"].items())

    @property
    def chosen_format(self) -> str:
        """The format that was chosen; without a choice, the first one."""
        return str(self.format.data or next(iter(current_app.config["FORMATS"])))


class SignupForm(AddressForm, ChoosesContent, OpenForm):
    """Signs an address up, and looks for signs of a machine."""

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

    name = short_text("Your name (if you like)", "Your name", NAME_LONGEST, **OWN_NAME)

    def validate_name(self, field: StringField) -> None:
        """Refuse what no browser made of this form: it would untick everything."""
        if not field.raw_data:
            raise ValidationError("We could not read your answers. Send them again.")
