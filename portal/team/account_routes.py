"""A member's own account."""

from flask import Blueprint, redirect, session, url_for
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.team import attempts, browsers, codes, passkeys, services
from portal.team import session as sessions
from portal.team.access import fresh, guard, keeps_typed, member
from portal.team.codes import WrongCode
from portal.team.forms import AccountForm, ChangePasswordForm, CodeForm, PasskeyForm
from portal.team.routes import page, sign_out_here

bp = Blueprint("account", __name__, url_prefix="/team/account")
guard(bp)


@bp.route("/", methods=["GET", "POST"])
@keeps_typed
def show() -> Response:
    """Name, how the member likes to work, and the ways to the rest."""
    form = AccountForm(member())
    if form.validate_on_submit():
        services.choose(member(), **form.choices)
        return redirect(url_for(".show", done="saved"), 303)
    return page("account", "Your account", form.status, form=form, member=member())


@bp.route("/password", methods=["GET", "POST"])
@keeps_typed
def password() -> Response:
    """A new password. It ends every other session."""
    form = ChangePasswordForm()
    if status := attempts.password(member(), form):
        return page("password", "Change your password", status, form=form)
    services.change_password(member(), form.password.data)
    sessions.sign_in(member())
    return redirect(url_for(".show", done="password"), 303)


@bp.route("/app", methods=["GET", "POST"])
@keeps_typed
@fresh
def app() -> Response:
    """Set up an app for codes, or another one in its place."""
    form, secret = CodeForm(), session.setdefault("totp", codes.new_secret())
    if status := attempts.code(member(), form, secret):
        key, picture = codes.key_to_type(secret), codes.picture(member(), secret)
        return page("app", "An app for codes", status, form=form, key=key, picture=picture)
    recovery = services.keep_app(member(), secret)
    db.session.commit()
    session.pop("totp")
    return page("recovery", "Keep these codes", codes=recovery, goal=url_for(".show"))


@bp.route("/passkeys", methods=["GET", "POST"], endpoint="passkeys")
@keeps_typed
@fresh
def own_passkeys() -> Response:
    """The member's passkeys, and a new one."""
    form = PasskeyForm()
    try:
        if form.validate_on_submit():
            passkeys.make(member(), form.credential.data or "", form.name.data)
            db.session.commit()
            return redirect(url_for(".passkeys", done="made"), 303)
    except WrongCode:
        db.session.rollback()
        form.name.errors = ["Your browser made no passkey. Try again."]
    shown = {"form": form, "member": member(), "options": passkeys.to_make(member())}
    return page("passkeys", "Your passkeys", form.status, **shown)


@bp.post("/passkeys/<int:passkey_id>/remove")
@fresh
def remove_passkey(passkey_id: int) -> Response:
    """Remove a passkey, unless it is the only second step."""
    removed = services.remove_passkey(member(), passkey_id)
    return redirect(url_for(".passkeys", done="removed" if removed else "only"), 303)


@bp.get("/sessions")
def where() -> Response:
    """Where the member is signed in."""
    title, here = "Where you are signed in", sessions.here().number
    return page("sessions", title, browsers=browsers.signed_in(member()), here=here)


@bp.post("/sessions/<int:number>/end")
def end(number: int) -> Response:
    """End one session."""
    services.sign_out_there(member(), number)
    return redirect(url_for(".where", done="ended"), 303)


@bp.post("/sessions/end")
def end_all() -> Response:
    """End them all, this one too."""
    services.sign_out_everywhere(member())
    return sign_out_here("everywhere")


@bp.post("/codes")
@fresh
def recovery() -> Response:
    """New recovery codes; the old ones no longer work."""
    made = codes.new_recovery_codes(member())
    db.session.commit()
    return page("recovery", "Keep these codes", codes=made, goal=url_for(".show"))
