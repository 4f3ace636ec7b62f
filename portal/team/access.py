"""Who may do what: guards for blueprints and views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, make_response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.team import session
from portal.team.models import Member, Role
from portal.web import wants_fragment

View = TypeVar("View", bound=Callable[..., Any])


def member() -> Member:
    """The member who is signed in."""
    return cast("Member", current_user._get_current_object())


def guard(blueprint: Blueprint) -> None:
    """Let only members reach the views of a blueprint. A view of its own needs nothing for that."""
    blueprint.before_request(_only_members)


def _only_members() -> Response | None:
    if not session.signed_in():
        return _send_to("team.sign_in")
    view = current_app.view_functions[request.endpoint or ""]
    if not member().has_role(getattr(view, "needs_role", Role.READER)):
        abort(403)
    if getattr(view, "needs_fresh", False) and not session.is_fresh():
        return _send_to("team.verify")
    return None


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


def own_page(address: str) -> str:
    """The address if it is a page of ours for the team, otherwise the inbox: no open redirect."""
    parts = urlsplit(address)
    ours = not parts.scheme and not parts.netloc and "\\" not in address
    if ours and parts.path.startswith(("/inbox/", "/team/")):
        return address
    return url_for("inbox.conversations")


def _send_to(endpoint: str) -> Response:
    """To a page that lets the member go on to this one, for htmx too."""
    here = request.full_path.removesuffix("?") if request.method == "GET" else _came_from()
    address = url_for(endpoint, next=here)
    if not wants_fragment():
        return redirect(address, 303)
    answer = make_response("", 200)
    answer.headers["HX-Redirect"] = address
    return answer


def _came_from() -> str:
    """The page whose form was sent."""
    parts = urlsplit(request.referrer or "")
    return parts.path if parts.netloc == request.host else ""
