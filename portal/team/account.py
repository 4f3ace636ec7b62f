"""A member's own account."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.team import codes, services
from portal.team import session as sessions
from portal.team.access import fresh, guard, member
from portal.team.codes import WrongCode
from portal.team.forms import ChangePasswordForm, CodeForm, NameForm, PasskeyForm
from portal.team.routes import _take_code
from portal.web import UNPROCESSABLE, render

bp = Blueprint("account", __name__, url_prefix="/team/account")
guard(bp)

OK = 200


@bp.route("/", methods=["GET", "POST"])
def show() -> BaseResponse:
    """Name, shortcuts, and the ways to the rest."""
    form, status = NameForm(name=member().name), OK
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.validate():
            member().name = form.name.data
            db.session.commit()
            return redirect(url_for(".show", done="name"), 303)
    return _page("account", "Your account", status, form=form, member=member())


@bp.route("/password", methods=["GET", "POST"])
def password() -> BaseResponse:
    """A new password. It ends every other session."""
    form, status = ChangePasswordForm(), OK
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.validate():
            if services.check_password(member().email, form.old.data):
                services.change_password(member(), form.password.data)
                sessions.sign_in(member())
                db.session.commit()
                return redirect(url_for(".show", done="password"), 303)
            form.old.errors = ["That is not the password that you have now."]
    return _page("password", "Change your password", status, form=form)


@bp.route("/app", methods=["GET", "POST"])
@fresh
def app() -> BaseResponse:
    """Set up an app for codes, or another one in its place."""
    form, status = CodeForm(), OK
    secret = session.setdefault("totp", codes.new_secret())
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.validate() and _take_code(form, str(member().id), secret):
            recovery = services.keep_app(member(), secret)
            db.session.commit()
            session.pop("totp")
            return _page("recovery", "Keep these codes", codes=recovery)
    return _page(
        "app",
        "An app for codes",
        status,
        form=form,
        key=codes.key_to_type(secret),
        picture=codes.picture(member(), secret),
    )


@bp.route("/passkeys", methods=["GET", "POST"])
@fresh
def passkeys() -> BaseResponse:
    """The member's passkeys, and a new one."""
    form, status = PasskeyForm(), OK
    if request.method == "POST":
        status = UNPROCESSABLE
        try:
            if form.validate():
                codes.make_passkey(member(), form.credential.data or "", form.name.data)
                db.session.commit()
                return redirect(url_for(".passkeys"), 303)
        except WrongCode:
            db.session.rollback()
            form.name.errors = ["Your browser made no passkey. Try again."]
    return _page(
        "passkeys",
        "Your passkeys",
        status,
        form=form,
        member=member(),
        options=codes.passkey_to_make(member()),
    )


@bp.post("/passkeys/<int:passkey_id>/remove")
@fresh
def remove_passkey(passkey_id: int) -> BaseResponse:
    """Remove a passkey, unless it is the only second step."""
    mine = [key for key in member().webauthn if key.id == passkey_id]
    if mine and (member().tf_totp_secret or len(member().webauthn) > 1):
        member().webauthn.remove(mine[0])
        db.session.commit()
    return redirect(url_for(".passkeys"), 303)


@bp.post("/codes")
@fresh
def recovery() -> Response:
    """New recovery codes; the old ones no longer work."""
    made = codes.new_recovery_codes(member())
    db.session.commit()
    return _page("recovery", "Keep these codes", codes=made)


def _page(name: str, title: str, status: int = OK, **context: object) -> Response:
    return render(f"team/{name}.html", f"team/_{name}.html", status, title=title, **context)
