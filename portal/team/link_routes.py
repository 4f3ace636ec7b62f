"""Where the links in the team's mails lead: an invitation, and a forgotten password."""

from flask import redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.addresses import address_key
from portal.team import attempts, browsers, links, routes, services
from portal.team.access import keeps_typed
from portal.team.attempts import OFTEN, RESETS, TOO_MANY
from portal.team.forms import AcceptForm, NewPasswordForm, ResetForm
from portal.team.routes import page, second_step

bp = routes.bp  # with these pages on it
GONE = 410


@bp.route("/invite/<token>", methods=["GET", "POST"])
@keeps_typed
def accept(token: str) -> BaseResponse:
    """Let somebody who was invited choose their name and password."""
    invited = links.read_invite(token)
    if invited is None:
        return page("ended", "This link no longer works", GONE)
    form = AcceptForm(name=invited.name)
    if form.validate_on_submit():
        services.accept(invited, form.name.data, form.password.data)
        return second_step(invited)
    shown = {"form": form, "token": token, "member": invited}
    return page("accept", "Welcome to the team", form.status, **shown)


@bp.route("/reset", methods=["GET", "POST"])
@keeps_typed
def forgot() -> BaseResponse:
    """Mail a link for a new password. The answer is the same for every address."""
    form, title = ResetForm(), "Make a new password"
    if not form.validate_on_submit():
        return page("forgot", title, form.status, form=form)
    account = address_key(form.email.data)
    if attempts.too_often(RESETS, account, browsers.known(account)):
        form.email.errors = [OFTEN]
        return page("forgot", title, TOO_MANY, form=form)
    services.send_reset(form.email.data)
    return redirect(url_for(".reset_sent"), 303)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@keeps_typed
def reset(token: str) -> BaseResponse:
    """Take a new password. The second step is asked for all the same."""
    found = links.read_reset(token)
    if found is None:
        return page("ended", "This link no longer works", GONE)
    form = NewPasswordForm()
    if form.validate_on_submit():
        services.change_password(found, form.password.data)
        return second_step(found)
    return page("reset", "Your new password", form.status, form=form, token=token, member=found)
