"""What is done to many conversations at once: those that were ticked, or all that fit a view."""

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.inbox.desk import bulk as actions
from portal.inbox.desk import query, services
from portal.inbox.desk.edits import Was
from portal.inbox.desk.forms import typed
from portal.inbox.desk.list_routes import bp
from portal.inbox.desk.view import InboxView
from portal.inbox.models import ConversationState
from portal.team.access import member, requires
from portal.team.models import Role
from portal.web import number_in, render
from portal.words import count


@bp.post("/bulk")
@requires(Role.EDITOR)
def bulk() -> BaseResponse:
    """Set one thing in all that were ticked, or in all that fit if their number was seen."""
    view, action = InboxView.of(request.args), typed("do")
    wanted = actions.wanted(action, typed("tag"), member())
    is_all = "all" in request.form
    chosen = _all(view) if is_all else _chosen()
    if not chosen or wanted is None:
        return _to_list(done=0)
    if is_all and number_in(request.form.get("fit")) != len(chosen):
        return _ask(view, action, len(chosen))
    batch, done, stale = services.change_many(chosen, member(), wanted)
    return _to_list(batch=batch, done=done, stale=stale or None)


def _ask(view: InboxView, action: str, fit: int) -> BaseResponse:
    """Say how many would be changed, before they are."""
    groups = actions.choices(member()).values()
    return render(
        "inbox/bulk.html",
        title=f"Change {count(fit, 'conversation')}?",
        view=view,
        fit=fit,
        more=fit == query.MOST,
        page_size=query.PAGE,
        words=next(group[action] for group in groups if action in group),
        do=action,
        tag=typed("tag"),
    )


def _to_list(**said: object) -> BaseResponse:
    """Back to the list as it was, which says what was done."""
    view = InboxView.of(request.args)
    values: dict[str, Any] = {**view.args(after=view.after), **said}
    return redirect(url_for(".conversations", **values), 303)


def _all(view: InboxView) -> dict[int, Was]:
    """All that fit: nothing was seen of them but their number."""
    return {one: {} for one in query.all_that_fit(view, member())}


def _chosen() -> dict[int, Was]:
    """The conversations that were ticked, with what the list showed of each."""
    chosen: dict[int, Was] = {}
    for text in request.form.getlist("chosen"):
        number, _, rest = text.partition(".")
        state, _, owner = rest.partition(".")
        if (one := number_in(number)) is not None and state in set(ConversationState):
            chosen[one] = {"state": state, "owner_id": number_in(owner)}
    return chosen


@bp.post("/undo")
@requires(Role.EDITOR)
def undo() -> BaseResponse:
    """Put back what a bulk action did."""
    return _to_list(undone=services.undo(typed("batch"), member()))
