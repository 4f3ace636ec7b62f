"""Where providers hand mail on: answers for a machine, in few words."""

from __future__ import annotations

import logging
from urllib.parse import parse_qsl

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from portal.extensions import csrf, db
from portal.inbox import inbound, postbox
from portal.inbox.attachments import MB
from portal.providers.base import InboundEmail, InboundProvider, SetupError, Unreadable

log = logging.getLogger(__name__)

bp = Blueprint("hooks", __name__, url_prefix="/hooks")
csrf.exempt(bp)  # the caller is a machine, which shows a secret instead

OK, BAD, FORBIDDEN, NOT_FOUND, TOO_LARGE, FAULT = 200, 400, 403, 404, 413, 500


@bp.post("/<name>/inbound")
def receive(name: str) -> Response:
    """Keep the mails that a provider hands on. A repeat of the call changes nothing."""
    request.max_content_length = current_app.config["INBOUND_MAX_MB"] * MB
    try:
        return _take(postbox.provider(name), request.get_data(cache=False))
    except SetupError as error:
        log.error("A call to /hooks/%s/inbound was refused: %s", name, error)
        return _say("This is not set up.", FORBIDDEN)
    except Unreadable as error:
        return _say(str(error), BAD)
    except RequestEntityTooLarge:
        return _say("This is too large.", TOO_LARGE)
    except BadRequest:
        return _say("The call ended too early.", BAD)


def _take(provider: InboundProvider | None, body: bytes) -> Response:
    if provider is None:
        return _say("There is no such provider.", NOT_FOUND)
    # As bytes: what is not text in the address makes `request.args` raise.
    query = dict(parse_qsl(request.query_string.decode(errors="replace")))
    if not provider.verify(dict(request.headers), query, body):
        return _say("The secret is not right.", FORBIDDEN)
    return _keep(provider.parse_inbound(body), provider.name)


def _keep(mails: list[InboundEmail], provider: str) -> Response:
    """Keep each mail by itself. If one fails the provider sends all again; most are known then."""
    failed = 0
    for mail in mails:
        try:
            inbound.receive(mail, provider)
        except Exception:
            db.session.rollback()
            log.exception("A mail could not be kept")
            failed += 1
    if failed:
        return _say(f"{failed} of {len(mails)} could not be kept. Send this again.", FAULT)
    return _say("Kept.", OK)


def _say(words: str, status: int) -> Response:
    return Response(f"{words}\n", status, mimetype="text/plain")
