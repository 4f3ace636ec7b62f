"""Whether what somebody typed proves who they are, and how often it may be tried."""

from __future__ import annotations

from portal.extensions import db
from portal.team import codes, services
from portal.team.codes import WrongCode
from portal.team.forms import AgainForm, ChangePasswordForm, CodeForm
from portal.team.models import Member
from portal.web import UNPROCESSABLE, network, over_limit

OK, TOO_MANY = 200, 429
MANY_FOR_ONE = "10/15 minutes"
MANY_FROM_ONE_PLACE = "100/15 minutes"
WRONG_CODE = "That code is not right, or was used already. Wait for the next one, or use another."
WRONG_PASSWORD = "That is not your password. Try again."  # noqa: S105 - words, no password
OFTEN = "Too many tries. Wait 15 minutes, then try again."


def too_often(what: str, who: str) -> bool:
    """Count one more try, for the account and for the network that it comes from."""
    for_one = over_limit(MANY_FOR_ONE, what, who)
    return over_limit(MANY_FROM_ONE_PLACE, what, network()) or for_one


def code(member: Member, form: CodeForm, secret: str | None = None) -> int:
    """Try a code, in the caller's transaction; the status to answer with, and words in the field.

    With `secret`, a code of an app that is being set up.
    """
    if not form.validate():
        return UNPROCESSABLE
    field = form.code
    if too_often("code", str(member.id)):
        field.errors = [OFTEN]
        return TOO_MANY
    try:
        codes.check_code(member, field.data, secret)
    except WrongCode:
        db.session.rollback()
        field.errors = [WRONG_CODE]
        return UNPROCESSABLE
    return OK


def password(member: Member, form: AgainForm | ChangePasswordForm) -> int:
    """Try the member's password; the status to answer with, and words in the field."""
    if not form.validate():
        return UNPROCESSABLE
    field = form.password_again
    if too_often("password", str(member.id)):
        field.errors = [OFTEN]
        return TOO_MANY
    if services.check_password(member.email, field.data) is None:
        field.errors = [WRONG_PASSWORD]
        return UNPROCESSABLE
    return OK
