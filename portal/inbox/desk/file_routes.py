"""Gives the team what came by mail: to save, never to be opened by the browser."""

import json
import logging
from io import BytesIO
from typing import BinaryIO

from flask import Blueprint, Response, abort, request, send_file

from portal import audit, storage
from portal.audit import Deed
from portal.extensions import db
from portal.file_kinds import fitting_name
from portal.inbox.models import Attachment, Direction, Keeping, Message, Original
from portal.providers.webhooks import mime
from portal.team.access import guard, requires
from portal.team.models import Role
from portal.web import KEPT_NOWHERE, render

log = logging.getLogger(__name__)

bp = Blueprint("attachments", __name__, url_prefix="/inbox/attachments")
guard(bp)

HEAD_LONGEST = 256 * 1024  # bytes of a mail in which its headers are looked for


@bp.route("/<int:attachment_id>", methods=("GET", "POST"))
@requires(Role.READER)
def download(attachment_id: int) -> Response:
    """One file, by its own name, with an end that fits it. Who takes one that came is noted."""
    file = db.session.get(Attachment, attachment_id)
    if file is None or file.state is not Keeping.KEPT:
        abort(404)
    came = _came_with(file)
    if came and request.method != "POST":
        abort(405)
    answer = give_out(file)
    if came:
        _note(came, f"file {attachment_id}")
    return answer


def _came_with(file: Attachment) -> Message | None:
    """The message of somebody else's that a file came with; None for a file of the team's own."""
    message = db.session.get(Message, file.message_id) if file.message_id else None
    return message if message and message.direction is Direction.INCOMING else None


def _note(message: Message, what: str) -> None:
    audit.note(Deed.DOWNLOADED, f"conversation {message.conversation_id}", what)
    db.session.commit()


def give_out(file: Attachment) -> Response:
    """A file to be saved, or the page that says there is none."""
    content = _open(file.place, f"attachment {file.id}")
    name = fitting_name(file.name, file.content_type)
    return _to_save(content, file.content_type, name, file.size)


@bp.get("/mails/<int:message_id>")
@requires(Role.EDITOR)
def mail(message_id: int) -> Response:
    """All headers of a mail, and the way to have it whole."""
    original = _find(message_id)
    head = b""
    if original.place:
        with _open(original.place, f"mail {message_id}") as file:
            head = file.read(HEAD_LONGEST)
    return render(
        "inbox/mail.html",
        title="The whole mail",
        message=db.session.get_one(Message, message_id),
        headers=mime.headers(head),
        size=original.size,
        whole=original.place or original.content,
    )


@bp.post("/mails/<int:message_id>/whole")
@requires(Role.EDITOR)
def whole(message_id: int) -> Response:
    """A mail as it came, which any mail program opens."""
    original = _find(message_id)
    _note(db.session.get_one(Message, message_id), "the whole mail")
    if not original.place:  # it came before mails were kept whole
        told = json.dumps(original.content, indent=1).encode()
        return _to_save(BytesIO(told), "application/json", f"mail-{message_id}.json", len(told))
    content = _open(original.place, f"mail {message_id}")
    return _to_save(content, "message/rfc822", f"mail-{message_id}.eml", original.size)


def _find(message_id: int) -> Original:
    return db.session.get(Original, message_id) or abort(404)


def _open(place: str, what: str) -> BinaryIO:
    try:
        return storage.read(place)
    except FileNotFoundError:
        log.error("UPLOADS_URL has no file for %s", what)
        abort(404)


def _to_save(content: BinaryIO, kind: str, name: str, size: int) -> Response:
    answer = send_file(content, kind, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = KEPT_NOWHERE
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.content_length = size
    return answer
