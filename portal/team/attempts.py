"""Whether what somebody typed proves who they are, and how often it may be tried."""

from flask import request
from wtforms import Field

from portal.extensions import db
from portal.floods import network, over_limit
from portal.forms import Form
from portal.team import codes, services
from portal.team.codes import WrongCode
from portal.team.forms import AgainForm, ChangePasswordForm, CodeForm
from portal.team.models import Member
from portal.web import UNPROCESSABLE

OK, TOO_MANY = 200, 429
WHILE = "15 minutes"
MANY_FOR_ONE, MANY_FROM_ONE_PLACE = f"10/{WHILE}", f"100/{WHILE}"
WRONG_CODE = "That code is not right, or was used already. Wait for the next one, or use another."
WRONG_PASSWORD = "That is not your password. Try again."  # noqa: S105 - words, no password
OFTEN = f"Too many tries. Wait {WHILE}, then try again."


def too_often(what: str, who: str) -> bool:
    """Count one more try, for the account and for the network that it comes from."""
    for_one = over_limit(MANY_FOR_ONE, what, who)
    return over_limit(MANY_FROM_ONE_PLACE, what, network()) or for_one


def code(member: Member, form: CodeForm, secret: str | None = None) -> int:
    """Try a code, in the caller's transaction: the status to show the form with; 0 if it is right.

    With `secret`, a code of an app that is being set up.
    """
    if status := _refusal(form, form.code, "code", member):
        return status
    try:
        codes.check_code(member, form.code.data, secret)
    except WrongCode:
        db.session.rollback()
        form.code.errors = [WRONG_CODE]
    return UNPROCESSABLE if form.errors else 0


def password(member: Member, form: AgainForm | ChangePasswordForm) -> int:
    """Try the member's password: the status to show the form with; 0 where it is right."""
    if status := _refusal(form, form.password_again, "password", member):
        return status
    if services.check_password(member.email, form.password_again.data) is None:
        form.password_again.errors = [WRONG_PASSWORD]
    return UNPROCESSABLE if form.errors else 0


def _refusal(form: Form, field: Field, what: str, member: Member) -> int:
    """Why nothing is tried: 200 until it is sent, 422, or 429 after too many tries; else 0."""
    if request.method != "POST":
        return OK
    if form.validate() and too_often(what, str(member.id)):
        field.errors = [OFTEN]
        return TOO_MANY
    return UNPROCESSABLE if form.errors else 0
