"""The way in: sign in, the second step, invitations, a forgotten password; and the way out."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.forms import Form
from portal.team import codes, links, services
from portal.team import session as sessions
from portal.team.access import member, own_page
from portal.team.codes import WrongCode
from portal.team.forms import (
    AcceptForm,
    AgainForm,
    CodeForm,
    NewPasswordForm,
    PasskeyForm,
    ResetForm,
    SignInForm,
)
from portal.web import UNPROCESSABLE, network, over_limit, render

# Nothing here is guarded: each view says whom it lets in.
bp = Blueprint("team", __name__, url_prefix="/team")

OK, GONE, TOO_MANY = 200, 410, 429
MANY_FOR_ONE = "10/15 minutes"
MANY_FROM_ONE_PLACE = "100/15 minutes"
WRONG = "The address and the password do not fit. Check both, or make a new password."
WRONG_CODE = "That code is not right, or was used already. Wait for the next one, or use another."
WRONG_PASSKEY = "That passkey did not work. Try again, or use your password."
OFTEN = "Too many tries. Wait 15 minutes, then try again."


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> BaseResponse:
    """Ask for address and password. What is wrong with them is the same for everybody."""
    form, status = SignInForm(), OK
    goal = request.args.get("next", "")
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.validate():
            if _too_often("sign-in", form.email.data.lower()):
                form.password.errors, status = [OFTEN], TOO_MANY
            elif found := services.check_password(form.email.data, form.password.data):
                sessions.begin(found, goal)
                return redirect(url_for(".code" if found.has_second_step else ".set_up"), 303)
            else:
                form.password.errors = [WRONG]
    options = codes.passkey_to_use()
    return _page("sign_in", "Sign in", status, form=form, goal=goal, options=options)


def _too_often(what: str, who: str) -> bool:
    """Count one more try, for the account and for the network that it comes from."""
    for_one = over_limit(MANY_FOR_ONE, what, who)
    return over_limit(MANY_FROM_ONE_PLACE, what, network()) or for_one


@bp.post("/passkey")
def passkey() -> BaseResponse:
    """Sign in with a passkey: it is both steps in one."""
    form = PasskeyForm()
    goal = request.args.get("next", "") or sessions.goal()
    wrong = ""
    if _too_often("passkey", network()):
        wrong = OFTEN
    elif form.validate():
        try:
            found = codes.use_passkey(form.credential.data or "")
            sessions.sign_in(found)
            db.session.commit()
            return redirect(own_page(goal), 303)
        except WrongCode:
            db.session.rollback()
            wrong = WRONG_PASSKEY
    shown = SignInForm(formdata=None)
    shown.email.errors = [wrong or WRONG_PASSKEY]
    options = codes.passkey_to_use()
    return _page("sign_in", "Sign in", UNPROCESSABLE, form=shown, goal=goal, options=options)


@bp.route("/code", methods=["GET", "POST"])
def code() -> BaseResponse:
    """Ask for the second step."""
    found = sessions.pending()
    if found is None or not found.has_second_step:
        return redirect(url_for(".sign_in"), 303)
    form, status = CodeForm(), OK
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.validate() and _take_code(form, str(found.id)):
            goal = sessions.goal()
            sessions.sign_in(found)
            db.session.commit()
            return redirect(own_page(goal), 303)
    options = codes.passkey_to_use() if found.webauthn else ""
    return _page("code", "Second step", status, form=form, options=options, member=found)


def _take_code(form: CodeForm, who: str, secret: str | None = None) -> bool:
    """Whether the code is right; otherwise the form says why not."""
    found = sessions.pending() or member()
    if _too_often("code", who):
        form.code.errors = [OFTEN]
        return False
    try:
        codes.check_code(found, form.code.data, secret)
    except WrongCode:
        form.code.errors = [WRONG_CODE]
        return False
    return True


@bp.route("/second-step", methods=["GET", "POST"])
def set_up() -> BaseResponse:
    """Let somebody who has only a password add an app or a passkey: without one nobody gets in."""
    found = sessions.pending()
    if found is None or found.has_second_step:
        return redirect(url_for(".sign_in"), 303)
    form, status = CodeForm(), OK
    secret = session.setdefault("totp", codes.new_secret())
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.validate() and _take_code(form, str(found.id), secret):
            return _let_in(found, services.keep_app(found, secret))
    return _page(
        "set_up",
        "Add a second step",
        status,
        form=form,
        key=codes.key_to_type(secret),
        picture=codes.picture(found, secret),
        options=codes.passkey_to_make(found),
        passkey=PasskeyForm(formdata=None),
    )


@bp.post("/second-step/passkey")
def set_up_passkey() -> BaseResponse:
    """Take a passkey as the second step."""
    found = sessions.pending()
    if found is None or found.has_second_step:
        return redirect(url_for(".sign_in"), 303)
    form = PasskeyForm()
    try:
        if form.validate():
            codes.make_passkey(found, form.credential.data or "", form.name.data)
            return _let_in(found, codes.new_recovery_codes(found))
    except WrongCode:
        db.session.rollback()
    return redirect(url_for(".set_up", failed="yes"), 303)


def _let_in(found: object, recovery: list[str]) -> Response:
    """Sign in, and show the recovery codes this once."""
    sessions.sign_in(found)  # type: ignore[arg-type]
    db.session.commit()
    return _page("recovery", "Keep these codes", codes=recovery)


@bp.route("/invite/<token>", methods=["GET", "POST"])
def accept(token: str) -> BaseResponse:
    """Let somebody who was invited choose their name and password."""
    invited = links.read_invite(token)
    if invited is None:
        return _page("ended", "This link no longer works", GONE)
    form, status = AcceptForm(name=invited.name), OK
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.validate():
            services.accept(invited, form.name.data, form.password.data)
            sessions.begin(invited)
            return redirect(url_for(".set_up"), 303)
    return _page("accept", "Welcome to the team", status, form=form, token=token, member=invited)


@bp.route("/reset", methods=["GET", "POST"])
def forgot() -> BaseResponse:
    """Mail a link for a new password. The answer is the same for every address."""
    form, status = ResetForm(), OK
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.validate():
            if _too_often("reset", form.email.data.lower()):
                form.email.errors, status = [OFTEN], TOO_MANY
            else:
                services.send_reset(form.email.data)
                return redirect(url_for(".reset_sent"), 303)
    return _page("forgot", "Make a new password", status, form=form)


@bp.get("/reset/sent")
def reset_sent() -> Response:
    """Say that the link is on its way, if we know the address."""
    return _page("reset_sent", "Check your email")


@bp.route("/reset/<token>", methods=["GET", "POST"])
def reset(token: str) -> BaseResponse:
    """Take a new password. The second step is asked for all the same."""
    found = links.read_reset(token)
    if found is None:
        return _page("ended", "This link no longer works", GONE)
    form, status = NewPasswordForm(), OK
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.validate():
            services.change_password(found, form.password.data)
            sessions.begin(found)
            return redirect(url_for(".code" if found.has_second_step else ".set_up"), 303)
    return _page("reset", "Your new password", status, form=form, token=token, member=found)


@bp.route("/verify", methods=["GET", "POST"])
def verify() -> BaseResponse:
    """Ask again who it is, before something that cannot be undone."""
    if not sessions.signed_in():
        return redirect(url_for(".sign_in"), 303)
    goal = request.args.get("next", "")
    form, status = AgainForm(), OK
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.validate() and _is_member(form):
            sessions.refresh()
            return redirect(own_page(goal), 303)
    options = codes.passkey_to_use() if member().webauthn else ""
    return _page("verify", "Is it you?", status, form=form, goal=goal, options=options)


def _is_member(form: AgainForm) -> bool:
    """Whether the password is the member's; otherwise the form says why not."""
    if _too_often("verify", str(member().id)):
        form.password.errors = [OFTEN]
        return False
    if services.check_password(member().email, form.password.data) is None:
        form.password.errors = ["That is not your password. Try again."]
        return False
    return True


@bp.post("/sign-out")
def sign_out() -> BaseResponse:
    """End the session."""
    sessions.sign_out()
    return redirect(url_for(".signed_out"), 303)


@bp.get("/signed-out")
def signed_out() -> Response:
    """Say that the session has ended."""
    return _page("signed_out", "You are signed out")


def _page(name: str, title: str, status: int = OK, **context: Form | object) -> Response:
    """A page of this feature, or its fragment: they are named alike."""
    return render(f"team/{name}.html", f"team/_{name}.html", status, title=title, **context)
