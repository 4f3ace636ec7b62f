"""The pages of saved replies: answers that are given often."""

from flask import Response, abort, redirect, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.inbox.desk import page
from portal.inbox.desk.forms import SavedReplyForm
from portal.inbox.desk.list_routes import bp
from portal.inbox.desk.models import SavedReply
from portal.team.access import requires
from portal.team.models import Role
from portal.transaction import Stale
from portal.web import render

CONFLICT = 409
CHANGED = "A colleague has changed it. Their text is below yours. Save again to keep yours."
TAKEN = "There is one with this title already. Choose another title."


@bp.get("/replies/")
def saved_replies() -> Response:
    """All saved replies, with the way to write a new one."""
    return render("inbox/replies.html", title="Saved replies", saved=page.saved_replies())


@bp.route("/replies/new", methods=["GET", "POST"])
@requires(Role.EDITOR)
def new_reply() -> BaseResponse:
    """Write a new saved reply."""
    return _edit(SavedReply(title="", text=""), url_for(".new_reply"))


@bp.route("/replies/<int:reply_id>", methods=["GET", "POST"])
@requires(Role.EDITOR)
def edit_reply(reply_id: int) -> BaseResponse:
    """Change a saved reply."""
    return _edit(_find(reply_id), url_for(".edit_reply", reply_id=reply_id))


def _find(reply_id: int) -> SavedReply:
    """A saved reply; locked where it is to be changed, so that its version is true."""
    lock = request.method == "POST"
    return db.session.get(SavedReply, reply_id, with_for_update=lock) or abort(404)


def _edit(saved: SavedReply, action: str) -> BaseResponse:
    form = SavedReplyForm(title=saved.title, text=saved.text, seen=saved.version or 0)
    theirs = None
    try:
        if form.validate_on_submit():
            _save(saved, form)
            return redirect(url_for(".saved_replies"), 303)
    except IntegrityError:
        db.session.rollback()
        form.title.errors = [TAKEN]
    except Stale:
        theirs = saved.text
        form.text.errors, form.seen.data = [CHANGED], saved.version
    return render(
        "inbox/reply.html",
        form.status if theirs is None else CONFLICT,
        title=saved.title or "New saved reply",
        form=form,
        action=action,
        theirs=theirs or "",
        saved=saved,
    )


def _save(saved: SavedReply, form: SavedReplyForm) -> None:
    """Keep it, unless a colleague has changed it since the form was made."""
    if (saved.version or 0) != form.seen.data:
        raise Stale
    saved.title, saved.text = form.title.data, form.text.data
    db.session.add(saved)
    db.session.commit()


@bp.post("/replies/<int:reply_id>/remove")
@requires(Role.EDITOR)
def remove_reply(reply_id: int) -> BaseResponse:
    """Remove a saved reply."""
    db.session.delete(_find(reply_id))
    db.session.commit()
    return redirect(url_for(".saved_replies"), 303)
