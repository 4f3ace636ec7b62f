"""What is deleted and when, and keeping one thing. A route calls one service."""

from flask import Blueprint, Response, abort, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.clearing import things
from portal.clearing.forms import KeepForm
from portal.clearing.things import Thing
from portal.extensions import now
from portal.inbox.desk import page
from portal.retention import kinds, services
from portal.team import services as team
from portal.team.access import guard, member, requires
from portal.team.models import Role
from portal.transaction import NotPossible
from portal.web import UNPROCESSABLE, render

bp = Blueprint("clearing", __name__, url_prefix="/team/retention")
guard(bp)

OK, CONFLICT = 200, 409


@bp.get("/")
def show() -> Response:
    """What is deleted soon, what is kept, and how long everything is."""
    return render(
        "clearing/list.html",
        title="What we delete, and when",
        numbers=services.counted(None, now() + services.AHEAD),
        going=things.going(),
        kept=things.kept(),
        kinds=kinds.values(),
        names=team.names(),
    )


@bp.get("/<int:conversation_id>")
@requires(Role.EDITOR)
def one(conversation_id: int) -> Response:
    """When a conversation or its story ends, and what can be done about it."""
    return _page(_thing(conversation_id), KeepForm(formdata=None))


@bp.post("/<int:conversation_id>")
@requires(Role.EDITOR)
def keep(conversation_id: int) -> BaseResponse:
    """Keep it, for a reason."""
    thing, form = _thing(conversation_id), KeepForm()
    if not form.validate():
        return _page(thing, form, UNPROCESSABLE)
    try:
        services.keep(thing.kind, thing.row_id, form.reason.data, member().id)
    except NotPossible as reason:
        form.reason.errors = [str(reason)]
        return _page(_thing(conversation_id), form, CONFLICT)
    return redirect(url_for(".one", conversation_id=conversation_id, done="kept"), 303)


@bp.post("/<int:conversation_id>/let-go")
@requires(Role.EDITOR)
def let_go(conversation_id: int) -> BaseResponse:
    """Keep it no more."""
    thing = _thing(conversation_id)
    services.let_go(thing.kind, thing.row_id)
    leads_to = ".one" if things.of_conversation(thing.conversation) else "inbox.conversation"
    return redirect(url_for(leads_to, conversation_id=conversation_id, done="let-go"), 303)


def _thing(conversation_id: int) -> Thing:
    conversation = page.find(conversation_id) or abort(404)
    return things.of_conversation(conversation) or abort(404)


def _page(thing: Thing, form: KeepForm, status: int = OK) -> Response:
    return render(
        "clearing/one.html",
        status,
        title=f"Keep this {thing.word}",
        thing=thing,
        form=form,
        names=team.names(),
        length=kinds[thing.kind].days.days,
    )
