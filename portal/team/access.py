"""Who may do what: guards for blueprints and views."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Blueprint, abort, current_app, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.extensions import SAFE_METHODS, csrf
from portal.team import attempts, session
from portal.team.forms import AgainForm
from portal.team.models import Member, Role
from portal.web import lead_to, render, wants_fragment

View = TypeVar("View", bound=Callable[..., Any])

LONGEST_GOAL = 1000  # letters of an address to go on to: it is kept in a cookie
AGAIN = "password_again"


def member() -> Member:
    """The member who is signed in."""
    return cast("Member", current_user._get_current_object())


def guard(blueprint: Blueprint) -> None:
    """Let only members reach the views of a blueprint. A view of its own needs nothing for that.

    Tokens are checked here too, and later than elsewhere: who is signed out
    has none, and is to be sent to the sign-in.
    """
    csrf.exempt(blueprint)
    blueprint.before_request(_only_members)


def _only_members() -> Response | None:
    if not session.signed_in():
        return _send_to("team.sign_in")
    view = current_app.view_functions[request.endpoint or ""]
    if not getattr(view, "checks_token", False):
        _check_token()
    if not member().has_role(getattr(view, "needs_role", Role.READER)):
        abort(403)
    if getattr(view, "needs_fresh", False) and not session.is_fresh():
        return _send_to("team.verify") if request.method in SAFE_METHODS else _ask_again()
    return None


def _check_token() -> None:
    if current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()


def requires(role: Role) -> Callable[[View], View]:
    """Mark a view of a guarded blueprint as open to this role and those above it."""

    def mark(view: View) -> View:
        view.needs_role = role  # type: ignore[attr-defined]
        return view

    return mark


def fresh(view: View) -> View:
    """Mark a view of a guarded blueprint as one that asks again who it is, after a while."""
    view.needs_fresh = True  # type: ignore[attr-defined]
    return view


def keeps_typed(view: View) -> View:
    """Mark a view whose form checks its token itself, so that it comes back with what was typed."""
    view.checks_token = True  # type: ignore[attr-defined]
    csrf.exempt(view)
    return view


def own_page(address: str) -> str:
    """The address if it is a page of ours for the team, otherwise the inbox: no open redirect."""
    ours = address.startswith(("/inbox/", "/team/")) and len(address) <= LONGEST_GOAL
    # A browser reads "\" as "/", and leaves out what cannot be seen.
    plain = address.isprintable() and "\\" not in address
    return address if ours and plain else url_for("inbox.conversations")


def _send_to(endpoint: str) -> Response:
    """To a page that lets the member go on to this one, for htmx too."""
    whole_page = request.method == "GET" and not wants_fragment()
    here = request.full_path.removesuffix("?") if whole_page else _came_from()
    return lead_to(url_for(endpoint, next=here or None))


def _came_from() -> str:
    """The page whose form was sent, without what does not fit into an address of ours."""
    here, came_from = request.host_url, request.referrer or ""
    return "/" + came_from.removeprefix(here) if came_from.startswith(here) else ""


def _ask_again() -> Response | None:
    """Ask for the password in front of what was sent, which goes on with it (WCAG 2.2.5)."""
    _check_token()  # what another site has sent must not be shown here to be confirmed
    asked = AGAIN in request.form
    form = AgainForm() if asked else AgainForm(formdata=None)
    status = attempts.password(member(), form) if asked else attempts.OK
    if not status:
        session.refresh()
        return None
    sent = request.form.items(multi=True)
    return render(
        "team/again.html",
        status,
        title="Is it you?",
        form=form,
        action=request.full_path.removesuffix("?"),
        sent=[(name, text) for name, text in sent if name not in {AGAIN, "csrf_token"}],
    )
