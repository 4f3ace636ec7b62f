"""The way in: sign in, the second step; and the way out."""

from flask import Blueprint, Response, abort, redirect, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import csrf, db
from portal.forms import Form
from portal.team import attempts, codes, passkeys, services
from portal.team import session as sessions
from portal.team.access import after_signing_in, keeps_typed, member, own_page
from portal.team.attempts import OFTEN, OK, TOO_MANY
from portal.team.codes import WrongCode
from portal.team.forms import AgainForm, CodeForm, PasskeyForm, SignInForm
from portal.team.models import Member
from portal.web import UNPROCESSABLE, add_page, render

# Nothing here is guarded: each view says whom it lets in. Views that are exempt from the check
# of the token have a form that makes it, and that comes back with what was typed.
bp = Blueprint("team", __name__, url_prefix="/team")

WRONG_PASSKEY = "That passkey did not work. Try again, or use your password."


@bp.before_request
def _no_flood() -> None:
    """Let nobody send without end, but for who wants to be signed out."""
    if request.method == "POST" and request.endpoint != "team.sign_out" and attempts.is_flood():
        abort(TOO_MANY)


@bp.route("/sign-in", methods=["GET", "POST"])
@keeps_typed
def sign_in() -> BaseResponse:
    """Ask for address and password. What is wrong with them is the same for everybody."""
    form, goal, status = SignInForm(), request.args.get("next", ""), OK
    if form.validate_on_submit():
        found, wrong, status = attempts.sign_in(form.email.data, form.password.data)
        if found:
            return second_step(found, goal)
        form.password.errors = [wrong]
    return _sign_in_page(form, goal, max(status, form.status))


def second_step(found: Member, goal: str = "") -> BaseResponse:
    """Go on to the second step, or to setting one up."""
    sessions.begin(found, goal)
    return redirect(url_for("team.code" if found.has_second_step else "team.set_up"), 303)


@bp.post("/passkey")
@keeps_typed
def passkey() -> BaseResponse:
    """Sign in with a passkey: it is both steps in one."""
    form, status = PasskeyForm(), UNPROCESSABLE
    goal = request.args.get("next", "") or sessions.goal()
    wrong = WRONG_PASSKEY
    if attempts.many_passkeys():
        wrong, status = OFTEN, TOO_MANY
    elif form.validate():
        try:
            sessions.sign_in(passkeys.use(form.credential.data or ""))
            return redirect(after_signing_in(goal), 303)
        except WrongCode:
            db.session.rollback()
    shown = SignInForm(formdata=None)
    shown.email.errors = [wrong]
    return _sign_in_page(shown, goal, status)


def _sign_in_page(form: SignInForm, goal: str, status: int) -> Response:
    options = passkeys.to_use()
    return page("sign_in", "Sign in", status, form=form, goal=goal, options=options)


@bp.route("/code", methods=["GET", "POST"])
@keeps_typed
def code() -> BaseResponse:
    """Ask for the second step."""
    found = sessions.pending()
    if found is None or not found.has_second_step:
        return redirect(url_for(".sign_in"), 303)
    form = CodeForm()
    if status := attempts.code(found, form):
        options = passkeys.to_use() if found.webauthn else ""
        return page("code", "Second step", status, form=form, options=options, member=found)
    goal = sessions.goal()
    if not sessions.finish(found):
        return redirect(url_for(".sign_in"), 303)
    return redirect(after_signing_in(goal), 303)


@bp.route("/second-step", methods=["GET", "POST"])
@keeps_typed
def set_up() -> BaseResponse:
    """Let somebody who has only a password add an app or a passkey: without one nobody gets in."""
    found = sessions.pending()
    if found is None or found.has_second_step:
        return redirect(url_for(".sign_in"), 303)
    form, secret = CodeForm(), session.setdefault("totp", codes.new_secret())
    status = attempts.code(found, form, secret)
    if not status:
        return _let_in(found, services.keep_app(found, secret))
    return page(
        "set_up",
        "Add a second step",
        status,
        form=form,
        key=codes.key_to_type(secret),
        picture=codes.picture(found, secret),
        options=passkeys.to_make(found),
        passkey=PasskeyForm(formdata=None),
    )


@bp.post("/second-step/passkey")
@keeps_typed
def set_up_passkey() -> BaseResponse:
    """Take a passkey as the second step."""
    found = sessions.pending()
    if found is None or found.has_second_step:
        return redirect(url_for(".sign_in"), 303)
    form = PasskeyForm()
    try:
        if form.validate():
            passkeys.make(found, form.credential.data or "", form.name.data)
            return _let_in(found, codes.new_recovery_codes(found))
    except WrongCode:
        db.session.rollback()
    return redirect(url_for(".set_up", failed="yes"), 303)


def _let_in(found: Member, recovery: list[str]) -> BaseResponse:
    """Sign in, and show the recovery codes this once."""
    if not sessions.finish(found):
        return redirect(url_for(".sign_in"), 303)
    return page("recovery", "Keep these codes", codes=recovery, goal=after_signing_in(""))


@bp.route("/verify", methods=["GET", "POST"])
@keeps_typed
def verify() -> BaseResponse:
    """Ask again who it is, before something that cannot be undone."""
    goal = request.args.get("next", "")
    if not sessions.signed_in():
        return redirect(url_for(".sign_in", next=goal or None), 303)
    form = AgainForm()
    if status := attempts.password(member(), form):
        options = passkeys.to_use() if member().webauthn else ""
        return page("verify", "Is it you?", status, form=form, goal=goal, options=options)
    sessions.refresh()
    return redirect(own_page(goal), 303)


@bp.post("/sign-out")
def sign_out() -> BaseResponse:
    """End the session. Who is signed out already, in another tab, need not hear of a token."""
    if sessions.signed_in():
        csrf.protect()
    return sign_out_here()


def sign_out_here(done: str | None = None) -> BaseResponse:
    """End this session, and let the browser forget the pages that it kept."""
    sessions.sign_out()
    answer = redirect(url_for("team.signed_out", done=done), 303)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


csrf.exempt(sign_out)


def page(name: str, title: str, status: int = OK, **context: Form | object) -> Response:
    """A page of this feature."""
    return render(f"team/{name}.html", status, title=title, **context)


add_page(bp, "/signed-out", "team/signed_out", "You are signed out")
add_page(bp, "/reset/sent", "team/reset_sent", "Check your email")
