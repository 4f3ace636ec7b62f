"""Gives the team the files that came with mails: to save, never to be opened by the browser."""

import logging

from flask import Blueprint, Response, abort, send_file

from portal import storage
from portal.extensions import db
from portal.file_kinds import fitting_name
from portal.inbox.models import Attachment, Keeping
from portal.team.access import guard, requires
from portal.team.models import Role

log = logging.getLogger(__name__)

bp = Blueprint("attachments", __name__, url_prefix="/inbox/attachments")
guard(bp)


@bp.get("/<int:attachment_id>")
@requires(Role.READER)
def download(attachment_id: int) -> Response:
    """One file, by its own name, with an end that fits it."""
    file = db.session.get(Attachment, attachment_id)
    if file is None or file.state is not Keeping.KEPT:
        abort(404)
    try:
        content = storage.read(file.place)
    except FileNotFoundError:
        log.error("UPLOADS_URL has no file for attachment %s", attachment_id)
        abort(404)
    kind, name = file.content_type, fitting_name(file.name, file.content_type)
    answer = send_file(content, kind, as_attachment=True, download_name=name, max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.content_length = file.size
    return answer
