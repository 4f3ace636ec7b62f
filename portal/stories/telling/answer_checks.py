"""Checks of answers that nobody has to give, unless another answer asks for them."""

from urllib.parse import urlsplit

from wtforms import Field, StringField, ValidationError
from wtforms.validators import StopValidation

from portal.fields import PHONE_NUMBER, short_text
from portal.forms import EmailField, Form, has_hidden_marks, must_be_a_number, says_something
from portal.stories.telling.step_form import StepForm

PHONE_LONGEST = 200
LINK_LONGEST = 2_000
A_LINK = "Enter the whole link, like https://example.org/my-film."


def asked(form: StepForm, field: Field) -> None:
    """Look at an answer only where this page asks for it: raise StopValidation where not."""
    if not form.is_asked(field.name):
        raise StopValidation


class AskedEmailField(EmailField):
    """An address, where the chosen way needs one or somebody gives one."""

    def pre_validate(self, form: StepForm) -> None:
        """Check it like any other, unless there is none and nobody needs it."""
        if not form.is_asked(self.name):
            raise StopValidation
        if self.name not in form.needed and not says_something(self.data):
            self.data = ""
            raise StopValidation
        super().pre_validate(form)


def a_number(form: StepForm, field: StringField) -> None:
    """Ask for a number that can be dialled, where the chosen way needs one or one was given."""
    if field.name not in form.needed and not says_something(field.data):
        return
    must_be_a_number(field)


def phone_field(label: str = "Phone number", **attributes: str) -> StringField:
    """A number, where the page asks for one."""
    checks = {"before": (asked,), "checks": (a_number,), **PHONE_NUMBER, **attributes}
    return short_text(label, "The phone number", PHONE_LONGEST, **checks)


def a_web_address(form: Form, field: StringField) -> None:
    """Check a link to somewhere else. We never open it."""
    text = (field.data or "").strip()
    if not text:
        field.data = ""
        return
    if len(text) > LINK_LONGEST:
        raise ValidationError(f"The link must have {LINK_LONGEST:,} letters or fewer.")
    whole = text if "://" in text else f"https://{text}"
    if has_hidden_marks(text) or not leads_somewhere(whole):
        raise ValidationError(A_LINK)
    field.data = whole


def leads_somewhere(text: str) -> bool:
    """Whether it is an address of the web, that shows where it leads."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_web = parts.scheme in {"http", "https"} and "@" not in parts.netloc
    is_host = "." in host.strip(".") and " " not in text and "\\" not in text
    return is_web and is_host
