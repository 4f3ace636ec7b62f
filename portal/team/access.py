"""Who may do what: guards for blueprints and views."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Blueprint, abort, current_app, request, url_for
from flask import session as flask_session
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from portal.extensions import SAFE_METHODS, csrf
from portal.team import attempts, kept, session
from portal.team.forms import AgainForm
from portal.team.models import Member, Role
from portal.web import TEAM_PAGES, lead_to, number_in, render, render_problem, wants_fragment

View = TypeVar("View", bound=Callable[..., Any])

LONGEST_GOAL = 1000  # letters of an address to go on to: it is kept in a cookie
AGAIN = "password_again"
SIGNED_OUT = 401
PROBLEM = 400
HAVE_IT = {409, 422}  # answers in which what was sent stands again


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
    blueprint.after_request(_forget_kept)


def _only_members() -> Response | None:
    if not session.signed_in():
        return _shut_out()
    flask_session.setdefault("csrf_token", kept.token_of(member()))
    view = current_app.view_functions[request.endpoint or ""]
    checks = getattr(view, "checks_token", False)
    if not checks and (refused := _refused_token()):
        return refused
    if not member().has_role(getattr(view, "needs_role", Role.READER)):
        abort(403)
    if getattr(view, "needs_fresh", False) and not session.is_fresh():
        return _send_to("team.verify") if request.method in SAFE_METHODS else _ask_again()
    return None


def _shut_out() -> Response:
    """Ask who is signed out to sign in, and lose nothing that was typed.

    A page of htmx stays as it is, and says how to go on with it. What a form sent is kept.
    """
    if wants_fragment():
        return render("team/shut.html", SIGNED_OUT, title="You are signed out")
    if request.method not in SAFE_METHODS and (writer := kept.writer()):
        flask_session[kept.FIELD] = kept.keep(writer, own_page(_came_from()))
    return _send_to("team.sign_in")


def _refused_token() -> Response | None:
    """What to answer where another member's page was sent; any other wrong token is an error."""
    if not current_app.config["WTF_CSRF_ENABLED"]:
        return None
    try:
        csrf.protect()
    except CSRFError:
        if not (writer := kept.writer()) or writer is member():
            raise
        title = "Somebody else is signed in here"
        is_kept = not wants_fragment() and kept.keep(writer, own_page(_came_from()))
        return render_problem("team/other.html", 403, title=title, writer=writer, is_kept=is_kept)
    return None


def _forget_kept(response: Response) -> Response:
    """What was kept has been sent: it is done, or the page that comes back has it."""
    was_sent = request.method not in SAFE_METHODS  # what only looks may have a body that is none
    is_done = was_sent and (response.status_code < PROBLEM or response.status_code in HAVE_IT)
    if is_done and session.signed_in() and (number := number_in(request.form.get(kept.FIELD))):
        kept.drop(member(), number)
    return response


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
    places = tuple(f"{place}/" for place in TEAM_PAGES)
    ours = address.startswith(places) and len(address) <= LONGEST_GOAL
    # A browser reads "\" as "/", and leaves out what cannot be seen.
    plain = address.isprintable() and "\\" not in address
    return address if ours and plain else url_for("inbox.conversations")


def after_signing_in(goal: str) -> str:
    """Where to go on: what was kept comes before the page that was wanted."""
    return url_for("session.show_kept") if flask_session.get(kept.FIELD) else own_page(goal)


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
    # What another site has sent must not be shown here to be confirmed.
    if refused := _refused_token():
        return refused
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
