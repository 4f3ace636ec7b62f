"""The forms of the team's accounts."""

from __future__ import annotations

from wtforms import HiddenField, PasswordField, SelectField, StringField, ValidationError

from portal.forms import EmailField, Form, PlainText
from portal.team.models import Role

SHORTEST, LONGEST = 12, 1000  # letters of a password (NIST SP 800-63B, 3.1.1.2)
NAME_LONGEST = 100
ROLE_WORDS = {
    Role.READER: "Reader: sees everything, changes nothing",
    Role.EDITOR: "Editor: answers and sorts",
    Role.MANAGER: "Manager: also invites people, exports and erases",
}
OLD = {"autocomplete": "current-password"}
NEW = {"autocomplete": "new-password"}


def email_field(label: str = "Your email address") -> EmailField:
    """An address, as browsers and password managers know it."""
    known = {"type": "email", "autocomplete": "username webauthn", "spellcheck": "false"}
    return EmailField(label, render_kw=known)


class SignInForm(Form):
    """Address and password."""

    email = email_field()
    password = PasswordField("Your password", render_kw=OLD)

    def validate_password(self, field: PasswordField) -> None:
        """Only whether there is one: whether it is right is nobody's to learn here."""
        if not field.data or len(field.data) > LONGEST:
            raise ValidationError("Enter your password.")


class AgainForm(Form):
    """The password, once more; the name keeps out of the way of the form that it goes with."""

    password_again = PasswordField("Your password", render_kw=OLD)
    validate_password_again = SignInForm.validate_password


class CodeForm(Form):
    """A code from an app, or a recovery code."""

    code = StringField(
        "Code",
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"},
    )

    def validate_code(self, field: StringField) -> None:
        """Only whether there is one."""
        if not (field.data or "").strip() or len(field.data) > NAME_LONGEST:
            raise ValidationError("Enter the code.")


class PasskeyForm(Form):
    """What a browser says for a passkey. A script fills it in."""

    credential = HiddenField()
    name = StringField(
        "What do you call it?", [PlainText("The name", NAME_LONGEST)], default="My passkey"
    )


class NewPasswordForm(Form):
    """A new password: once, as it can be shown and pasted."""

    password = PasswordField("New password", render_kw=NEW)

    def validate_password(self, field: PasswordField) -> None:
        """Long is what counts."""
        if not SHORTEST <= len(field.data or "") <= LONGEST:
            raise ValidationError(f"Use {SHORTEST} letters or more. Four words are good.")


class ChangePasswordForm(NewPasswordForm):
    """A new password, by somebody who knows the old one."""

    password_again = PasswordField("The password that you have now", render_kw=OLD)

    def validate_password_again(self, field: PasswordField) -> None:
        """Only whether there is one."""
        if not field.data or len(field.data) > LONGEST:
            raise ValidationError("Enter your password.")


class NameForm(Form):
    """What colleagues see."""

    name = StringField(
        "Your name",
        [PlainText("Your name", NAME_LONGEST)],
        render_kw={"autocomplete": "name", "spellcheck": "false"},
    )

    def validate_name(self, field: StringField) -> None:
        """Colleagues must know who answered."""
        if not field.data:
            raise ValidationError("Enter your name.")


class AcceptForm(NameForm, NewPasswordForm):
    """Makes the account of somebody who was invited."""


class ResetForm(Form):
    """Asks for the address of an account."""

    email = email_field()


class InviteForm(Form):
    """Invites somebody."""

    email = EmailField("Their email address", render_kw={"type": "email", "autocomplete": "off"})
    role = SelectField("What they may do", choices=[], validate_choice=False)

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.role.choices = [*ROLE_WORDS.items()]

    def validate_role(self, field: SelectField) -> None:
        """Take one of the roles."""
        if field.data not in ROLE_WORDS:
            raise ValidationError("Choose what they may do.")
