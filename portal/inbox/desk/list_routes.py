"""The inbox's list, and what is new in it."""

from typing import Any

from flask import Blueprint, Response, abort, has_request_context, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db, now
from portal.inbox.desk import bulk, enclosures, first_words, query
from portal.inbox.desk.view import FOLDERS, SEARCH_SORTS, SORTS, InboxView
from portal.inbox.models import Kind
from portal.team import services as team
from portal.team.access import guard, member
from portal.web import number_in, render

bp = Blueprint("inbox", __name__, url_prefix="/inbox")
bp.before_request(enclosures.allow)
guard(bp)

AGES_LAST = 300  # seconds until a list that did not change is drawn anew, for the ages in it


@bp.url_defaults
def keep_list(_: str, values: dict[str, Any]) -> None:
    """Let each link and form of a conversation's page carry the list that led to it."""
    if "conversation_id" in values and has_request_context() and "list" in request.args:
        values.setdefault("list", request.args["list"])


@bp.get("/")
def conversations() -> Response:
    """The list, as its address says."""
    view = InboxView.of(request.args)
    return render(
        "inbox/list.html",
        title="Inbox",
        view=view,
        listed=query.show(view, member()),
        counts=query.counts(member()),
        latest=query.latest(),
        folders=FOLDERS,
        sorts=SEARCH_SORTS if view.q else SORTS,
        kinds=Kind,
        bulk=bulk.choices(member()),
        members=team.active_members(),
        tags=query.all_tags(),
        done=_done(),
    )


def _done() -> dict[str, str] | None:
    """What a bulk action has just done, from the address that it led to."""
    names = ("batch", "done", "stale", "undone")
    found = {name: request.args.get(name, "").replace("\0", "") for name in names}
    return found if found["done"] or found["undone"] else None


@bp.get("/news")
def news() -> Response:
    """What came or changed since a list was made: asked every few seconds, mostly answered 204.

    The page says what it was told last. No browser keeps an answer to ask whether it still holds.
    """
    since, last = number_in(request.args.get("since")), query.latest()
    if since is None:
        abort(400)
    told = f"{last}-{int(now().timestamp()) // AGES_LAST}"
    if request.args.get("told") == told:
        return Response(status=204)
    changed = query.changed_since(since) if last > since else []
    return render(
        "inbox/news.html",
        title="What is new",
        changed=changed,
        first_words=first_words.of(changed),
        told=told,
        view=InboxView.of(request.args),
    )


@bp.route("/keys", methods=["GET", "POST"])
def keys() -> BaseResponse:
    """The keyboard shortcuts, and the switch that turns them off (WCAG 2.1.4)."""
    chosen = request.form.get("shortcuts")
    if request.method == "POST":
        member().shortcuts = chosen == "on"
        db.session.commit()
        to_list = chosen == "no"  # who was asked there, and wants none, need not see them
        return redirect(
            url_for(".conversations") if to_list else url_for(".keys", done=chosen), 303
        )
    return render("inbox/keys.html", title="Keyboard shortcuts")
