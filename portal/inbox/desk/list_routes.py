"""The inbox's list, and what can be done to many conversations at once."""

from typing import Any

from flask import Blueprint, Response, abort, has_request_context, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import ValidationError

from portal.extensions import db, now
from portal.inbox.desk import query, services
from portal.inbox.desk.edits import Was
from portal.inbox.desk.forms import read_tags, typed
from portal.inbox.desk.query import FOLDERS, SORTS, InboxView
from portal.inbox.models import ConversationState, Kind
from portal.team import services as team
from portal.team.access import guard, member, requires
from portal.team.models import Role
from portal.web import number_in, render

bp = Blueprint("inbox", __name__, url_prefix="/inbox")
guard(bp)

AGES_LAST = 300  # seconds until a list that did not change is drawn anew, for the ages in it
BULK = {
    "mine": "Give them to me",
    "nobody": "Give them to nobody",
    "tag": "Add the tag",
    "close": "Close them",
    "spam": "Mark them as spam",
    "reopen": "Put them back to do",
}
STATES = {
    "close": ConversationState.CLOSED,
    "spam": ConversationState.SPAM,
    "reopen": ConversationState.OPEN,
}


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
        counts=query.counts(),
        latest=query.latest(),
        folders=FOLDERS,
        sorts=SORTS,
        kinds=Kind,
        bulk=BULK,
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
    """What came or changed since a list was made: asked every few seconds, mostly answered 304."""
    since, last = number_in(request.args.get("since")), query.latest()
    if since is None:
        abort(400)
    etag = f"{last}-{since}-{int(now().timestamp()) // AGES_LAST}-{member().id}"
    if request.if_none_match.contains_weak(etag):
        answer = Response(status=304)
    else:
        changed = query.changed_since(since) if last > since else []
        answer = render(
            "inbox/news.html",
            title="What is new",
            changed=changed,
            since=since,
            view=InboxView.of(request.args),
        )
    answer.set_etag(etag, weak=True)
    # The browser keeps the last answer, and asks whether it still holds.
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@bp.post("/bulk")
@requires(Role.EDITOR)
def bulk() -> BaseResponse:
    """Set one thing in all conversations that were ticked."""
    chosen = _chosen()
    wanted = _wanted(request.form.get("do", ""))
    if not chosen or wanted is None:
        return _to_list(done=0)
    batch, done, stale = services.change_many(chosen, member(), wanted)
    return _to_list(batch=batch, done=done, stale=stale or None)


def _to_list(**said: object) -> BaseResponse:
    """Back to the list as it was, which says what was done."""
    values: dict[str, Any] = {**InboxView.of(request.args).args(), **said}
    return redirect(url_for(".conversations", **values), 303)


def _chosen() -> dict[int, Was]:
    """The conversations that were ticked, with what the list showed of each."""
    chosen: dict[int, Was] = {}
    for text in request.form.getlist("chosen"):
        number, _, rest = text.partition(".")
        state, _, owner = rest.partition(".")
        if (one := number_in(number)) is not None and state in set(ConversationState):
            chosen[one] = {"state": state, "owner_id": number_in(owner)}
    return chosen


def _wanted(action: str) -> dict[str, Any] | None:
    """What an action sets; None when it is not known or lacks its tag."""
    if action in STATES:
        return {"state": STATES[action]}
    if action in {"mine", "nobody"}:
        return {"owner_id": member().id if action == "mine" else None}
    try:
        tags = read_tags(request.form.get("tag", ""))
    except ValidationError:
        return None
    return {"tags": tags} if action == "tag" and tags else None


@bp.post("/undo")
@requires(Role.EDITOR)
def undo() -> BaseResponse:
    """Put back what a bulk action did."""
    return _to_list(undone=services.undo(typed("batch"), member()))


@bp.route("/keys", methods=["GET", "POST"])
def keys() -> BaseResponse:
    """The keyboard shortcuts, and the switch that turns them off (WCAG 2.1.4)."""
    if request.method == "POST":
        member().shortcuts = request.form.get("shortcuts") == "on"
        db.session.commit()
        return redirect(url_for(".keys"), 303)
    return render("inbox/keys.html", title="Keyboard shortcuts")
