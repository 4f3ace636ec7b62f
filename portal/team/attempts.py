"""Whether what somebody typed proves who they are, and how often it may be tried.

Nobody's account is ever shut: a stranger who tries is slowed down, and who is known is not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import current_app, request
from wtforms import Field

from portal.addresses import address_key
from portal.extensions import db
from portal.floods import Wanted, from_network, seconds, timed, use
from portal.forms import Form
from portal.refusals import Refusal, note
from portal.team import browsers, codes, services, session
from portal.team.codes import WrongCode
from portal.team.forms import AgainForm, ChangePasswordForm, CodeForm
from portal.team.models import Member
from portal.team.passwords import LineIsFull
from portal.web import UNPROCESSABLE

OK, TOO_MANY = 200, 429
WHILE = "15 minutes"
# From one place: for all accounts together, and for one.
MANY_FROM_ONE_PLACE, MANY_FOR_ONE = f"100/{WHILE}", f"10/{WHILE}"
FLOOD = "600/hour"  # from one place, of whatever kind: not even the form comes back
TOLD = "1/day"
WRONG = "The address and the password do not fit. Check both, or make a new password."
WRONG_CODE = "That code is not right, or was used already. Wait for the next one, or use another."
WRONG_PASSWORD = "That is not your password. Try again."  # noqa: S105 - words, no password
OFTEN = f"Too many tries. Wait {WHILE}, then try again."
BUSY = "Many people sign in at this moment. Wait a minute, then try again."


@dataclass(frozen=True)
class Tries:
    """What is tried: how often for one account from all networks, and what is said of too often."""

    what: str
    most: str
    words: str = OFTEN


PASSWORDS = Tries(
    "sign-in",
    f"40/{WHILE}",
    f"Too many tries. Wait {WHILE}. Or use a passkey, or make a new password.",
)
CODES = Tries(
    "code",
    "30/day",
    f"Too many codes were tried. Wait {WHILE}. If that does not help, make a new password first.",
)
AGAIN = Tries("password", f"40/{WHILE}")
RESETS = Tries("reset", MANY_FROM_ONE_PLACE)


def too_often(
    tries: Tries,
    account: str,
    browser: int | None = None,
    tell: Callable[[], None] = lambda: None,
) -> bool:
    """Count one more try for an account; whether that is too many.

    Where a member was in before, their browser counts in place of the network, and alone. All
    others count for the network and the account, and there also for the account from everywhere:
    but only while they are not too many from there, or one stranger would use up the rest. Once a
    day `tell` is called where it is too many.
    """
    if _over(MANY_FROM_ONE_PLACE, browser, tries.what):
        return True
    is_much = _guesses(*_from(MANY_FOR_ONE, browser, tries.what, account))
    if browser is None:
        is_much = is_much or _guesses(Wanted(tries.most, (tries.what, account)))
        if is_much and not _guesses(Wanted(TOLD, (tries.what, "told", account))):
            tell()
    return is_much


def many_passkeys() -> bool:
    """Count one more passkey; whether that is too many. Nobody can guess one: it costs work."""
    return _over(MANY_FROM_ONE_PLACE, browsers.known(), "passkey")


def is_flood() -> bool:
    """Count whatever is sent to the door; whether it is more than people send, which is noted."""
    if not _over(FLOOD, browsers.known(), "door"):
        return False
    note(Refusal(OFTEN, timed("in {an_hour}", FLOOD), seconds(FLOOD)))
    return True


def _from(rate: str, browser: int | None, *what: str) -> list[Wanted]:
    """What is counted for a browser that is known, or for a network."""
    if browser is None:
        return from_network(rate, *what)
    return [Wanted(rate, (*what, f"browser {browser}"))]


def _over(rate: str, browser: int | None, *what: str) -> bool:
    return max(use(*_from(rate, browser, *what))) > 1


def _guesses(*wanted: Wanted) -> bool:
    """Count what is for one account; whether it is too many, however many share a network."""
    return max(use(*wanted)) * int(current_app.config["RATELIMIT_TIMES"]) > 1


def sign_in(email: str, password: str) -> tuple[Member | None, str, int]:
    """The member with that address and password, or what is wrong and a status.

    It is the same for every address, and takes as long.
    """
    account = address_key(email)
    browser, tell = browsers.known(account), partial(services.tell_of_tries, email)
    if too_often(PASSWORDS, account, browser, tell):
        return None, PASSWORDS.words, TOO_MANY
    try:
        found = services.check_password(email, password, is_known=browser is not None)
    except LineIsFull:
        return None, BUSY, TOO_MANY
    return found, WRONG, UNPROCESSABLE


def code(member: Member, form: CodeForm, secret: str | None = None) -> int:
    """Try a code, in the caller's transaction: the status to show the form with; 0 if it is right.

    With `secret`, a code of an app that is being set up. Who tries too often has the password.
    """
    tell = partial(services.tell_of_tries, member.email, knows_password=True)
    if status := _refusal(form, form.code, CODES, member, tell):
        return status
    try:
        codes.check_code(member, form.code.data, secret)
    except WrongCode:
        db.session.rollback()
        form.code.errors = [WRONG_CODE]
    return UNPROCESSABLE if form.errors else 0


def password(member: Member, form: AgainForm | ChangePasswordForm) -> int:
    """Try the member's password: the status to show the form with; 0 where it is right."""
    if status := _refusal(form, form.password_again, AGAIN, member):
        return status
    if not services.check_password(member.email, form.password_again.data, is_known=True):
        form.password_again.errors = [WRONG_PASSWORD]
    return UNPROCESSABLE if form.errors else 0


def _refusal(
    form: Form,
    field: Field,
    tries: Tries,
    member: Member,
    tell: Callable[[], None] = lambda: None,
) -> int:
    """Why nothing is tried: 200 until it is sent, 422, or 429 after too many tries; else 0."""
    if request.method != "POST":
        return OK
    if form.validate():
        here = session.here().number if session.signed_in() else browsers.known(member.email_key)
        # A new password begins a new count: who tried codes knows the old one.
        if too_often(tries, f"{member.id} {member.fs_uniquifier}", here, tell):
            field.errors = [tries.words]
            return TOO_MANY
    return UNPROCESSABLE if form.errors else 0
