"""The forms of the team's accounts."""

from wtforms import HiddenField, PasswordField, StringField, ValidationError

from portal.fields import OWN_NAME, Menu, one_of, short_text, some_of
from portal.forms import EmailField, Form
from portal.team.models import Member, Role
from portal.words import seconds

SHORTEST, LONGEST = 12, 1000  # letters of a password (NIST SP 800-63B, 3.1.1.2)
NAME_LONGEST = 100
USER_NAME = {"type": "email", "autocomplete": "username webauthn", "spellcheck": "false"}
ROLE_WORDS = {
    Role.READER: "Reader: sees everything, changes nothing",
    Role.EDITOR: "Editor: answers and sorts",
    Role.MANAGER: "Manager: also invites people, exports and erases",
}
UNDO_CHOICES = (15, 30, 60, 120, 300)  # seconds
TOLD_WORDS = {
    "announces": "Pages that I have open: say that something new came, once a minute at most",
    "told_of_items": "By mail: when I am given a conversation, or a note names me with @",
}


def has_password(form: Form, field: PasswordField) -> None:
    """Check only whether there is one: whether it is right is nobody's to learn here."""
    if not field.data or len(field.data) > LONGEST:
        raise ValidationError("Enter your password.")


def password_field(label: str = "Your password") -> PasswordField:
    """The password that somebody has now."""
    return PasswordField(label, [has_password], render_kw={"autocomplete": "current-password"})


class SignInForm(Form):
    """Address and password."""

    email = EmailField(render_kw=USER_NAME)
    password = password_field()


class AgainForm(Form):
    """The password, once more; the name keeps out of the way of the form that it goes with."""

    password_again = password_field()


class CodeForm(Form):
    """A code from an app, or a recovery code."""

    code = StringField(
        "Code",
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"},
    )

    def validate_code(self, field: StringField) -> None:
        """Ask for a code. Whether it is right is for `attempts` to say."""
        if not (field.data or "").strip() or len(field.data) > NAME_LONGEST:
            raise ValidationError("Enter the code.")


class PasskeyForm(Form):
    """What a browser says for a passkey. A script fills it in."""

    credential = HiddenField()
    name = short_text("What do you call it?", "The name", NAME_LONGEST, default="My passkey")


class NewPasswordForm(Form):
    """A new password: once, as it can be shown and pasted."""

    password = PasswordField("New password", render_kw={"autocomplete": "new-password"})

    def validate_password(self, field: PasswordField) -> None:
        """Long is what counts."""
        if not SHORTEST <= len(field.data or "") <= LONGEST:
            raise ValidationError(f"Use {SHORTEST} letters or more. Four words are good.")


class ChangePasswordForm(NewPasswordForm):
    """A new password, by somebody who knows the old one."""

    password_again = password_field("The password that you have now")


class NameForm(Form):
    """What colleagues see: they must know who answered."""

    name = short_text(
        "Your name", "Your name", NAME_LONGEST, missing="Enter your name.", **OWN_NAME
    )


class AccountForm(NameForm):
    """A member's name, and how they like to work."""

    undo_seconds = one_of(
        "How long an email waits, so that you can take it back",
        "Choose how long.",
        {number: seconds(number) for number in UNDO_CHOICES},
        kind=Menu,
    )
    rows = one_of(
        "The rows of lists",
        "Choose how the rows stand.",
        {"roomy": "Roomy", "dense": "Close together"},
    )
    told = some_of("Tell me of new things")

    def __init__(self, member: Member) -> None:
        told = [name for name in TOLD_WORDS if getattr(member, name)]
        rows = "dense" if member.dense else "roomy"
        super().__init__(
            name=member.name, undo_seconds=str(member.undo_seconds), rows=rows, told=told
        )
        self.told.choices = [*TOLD_WORDS.items()]

    @property
    def choices(self) -> dict[str, object]:
        """The answers, as the columns of Member have them."""
        return {
            "name": self.name.data,
            "undo_seconds": int(self.undo_seconds.data),
            "dense": self.rows.data == "dense",
            **{name: name in self.told.data for name in TOLD_WORDS},
        }


class AcceptForm(NameForm, NewPasswordForm):
    """Makes the account of somebody who was invited."""


class ResetForm(Form):
    """Asks for the address of an account."""

    email = EmailField(render_kw=USER_NAME)


class InviteForm(Form):
    """Invites somebody."""

    email = EmailField("Their email address", render_kw={"type": "email", "autocomplete": "off"})
    role = one_of("What they may do", "Choose what they may do.", ROLE_WORDS, kind=Menu)
