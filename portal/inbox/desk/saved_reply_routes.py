"""The pages of saved replies: answers that are given often."""

from flask import Response, abort, redirect, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as BaseResponse

from portal import storage
from portal.delivery import files
from portal.extensions import db
from portal.inbox.desk import edits, enclosures, page
from portal.inbox.desk.edits import Conflict, Was, shown
from portal.inbox.desk.fields import renew
from portal.inbox.desk.forms import SavedReplyForm, typed
from portal.inbox.desk.list_routes import bp
from portal.inbox.desk.models import SavedReply
from portal.team.access import requires
from portal.team.models import Role
from portal.web import UNPROCESSABLE, lead_to, render

OK, CONFLICT = 200, 409
CHANGED = "A colleague has changed this. Theirs is below. Save again to keep yours."
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
    form = SavedReplyForm(was=shown(saved, "title", "text"), **shown(saved, "title", "text"))
    theirs: Was = {}
    refused: list[str] = []
    try:
        if form.validate_on_submit():
            _save(saved, form)
            refused = _save_files(saved, form)
            if not refused and not form.undescribed and typed("do") == "save":
                return lead_to(url_for(".saved_replies"))
            action = url_for(".edit_reply", reply_id=saved.id)
            form.was.data = shown(saved, "title", "text")
    except IntegrityError:
        db.session.rollback()
        form.title.errors = [TAKEN]
    except Conflict as conflict:
        theirs = shown(saved, *conflict.was)
        form.was.data |= theirs
        for name in theirs:
            form[name].errors = [CHANGED]
    renew(form, saved)
    form.files.errors = [" ".join(refused)] if refused else []
    return render(
        "inbox/reply.html",
        CONFLICT if theirs else UNPROCESSABLE if form.messages else OK,
        title=saved.title or "New saved reply",
        form=form,
        action=action,
        theirs=theirs,
        saved=saved,
        files_mb=files.most_mb(),
        alt_longest=enclosures.ALT_LONGEST,
    )


def _save(saved: SavedReply, form: SavedReplyForm) -> None:
    """Keep what was changed, unless a colleague has changed the same. Raises Conflict."""
    wanted = {"title": form.title.data, "text": form.text.data}
    for name, value in edits.meant(saved, form.was.data, wanted).items():
        setattr(saved, name, value)
    db.session.add(saved)
    db.session.commit()


def _save_files(saved: SavedReply, form: SavedReplyForm) -> list[str]:
    """Keep the files that came with it, and what pictures show. Returns what was not taken."""
    enclosures.describe(saved)
    refused = enclosures.take(saved, request.files.getlist("files"))
    if typed("do").startswith(enclosures.REMOVE):
        enclosures.remove(saved, enclosures.named_in(typed("do")))
    form.undescribed = enclosures.undescribed(saved)
    return refused


@bp.post("/replies/<int:reply_id>/remove")
@requires(Role.EDITOR)
def remove_reply(reply_id: int) -> BaseResponse:
    """Remove a saved reply."""
    saved = _find(reply_id)
    storage.drop(*(file.place for file in saved.enclosures))
    db.session.delete(saved)
    db.session.commit()
    return redirect(url_for(".saved_replies"), 303)
