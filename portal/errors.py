"""Error pages: what happened, what was kept, what to do now."""

import logging
import re
from contextlib import suppress
from typing import Any, NoReturn
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, request, session
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, ServiceUnavailable
from werkzeug.routing import RequestRedirect

from portal import room, storage
from portal.extensions import SAFE_METHODS, db
from portal.logs import TO_SAY, request_id
from portal.web import is_for_team, render_problem

log = logging.getLogger(__name__)

TITLES = {
    400: "We could not read that",
    401: "You need to sign in",
    403: "You cannot do that",
    404: "We cannot find that page",
    405: "That cannot be done here",
    409: "Something has changed",
    410: "This page is gone",
    413: "That is too much to send at once",
    429: "Too many tries in a short time",
    500: "Something went wrong at our end",
    503: "We cannot save anything just now",
}
NOT_NOW, NOT_SHOWN = 503, "We cannot show this just now"
AGAIN = 30  # seconds after which a browser or a proxy may ask once more
SECRET = ("password", "code")  # fields that no page shows again
# What no address of ours ends with, after its last word, or after a long one and a slash.
AFTER_LINK = re.compile(r"(?:(?<=[\w-])|(?<=[\w-]{20}/))(?:&[a-z]{2,6};|[^\w/-])+$")


def show(error: HTTPException, *, sent: MultiDict[str, str] | None = None) -> Response:
    """Answer with a page in plain words.

    To htmx it goes into a place of its own above the form, so that what was
    typed stays on the page. Without htmx, what was `sent` can be sent again from there.
    """
    code = error.code if error.code in TITLES else (error.code or 500) // 100 * 100
    # Who has a session is let on to the inbox, which looks at it closer: a fault may be anywhere.
    of_team = is_for_team(request.path) and "_user_id" in session
    is_look = request.method in SAFE_METHODS
    context = {"code": code, "of_team": of_team, "sent": sent, "is_look": is_look}
    title = NOT_SHOWN if is_look and code == NOT_NOW else TITLES[code]
    answer = render_problem(
        "errors/error.html", error.code or 500, title=title, number=request_id()[:TO_SAY], **context
    )
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def show_not_now(error: Exception) -> Response:
    """Say that it does not work now, and give back what was sent.

    So it is on a full disk, and where the database does not answer. Any other fault is raised
    again.
    """
    is_bug = request.method in SAFE_METHODS and room.is_read_only(error)  # GET changes nothing
    if is_bug or not room.is_not_now(error):
        raise error
    with suppress(SQLAlchemyError):
        db.session.rollback()
    log.error("Nothing can be done at %s: %s", request.url_rule, getattr(error, "orig", error))
    return show(ServiceUnavailable(retry_after=AGAIN), sent=_sent())


def _sent() -> MultiDict[str, str] | None:
    """What was sent, if it can be read and shown again."""
    try:
        sent = request.form
    except (HTTPException, OSError):  # too large, or its file cannot be kept
        return None
    return None if any(part in name for name in sent for part in SECRET) else sent


class Portal(Flask):
    """Flask, with private links kept out of its log, and addresses that are text, as we made it."""

    def wsgi_app(self, environ: Any, start_response: Any) -> Any:
        """Put a mark for bytes in the query that are no text: Werkzeug raises where it reads them.

        And leave out what mail programs take for the end of a link: a full stop, a bracket.
        WSGI gives both as Latin-1 (PEP 3333, "Unicode Issues").
        """
        for name in ("QUERY_STRING", "PATH_INFO"):
            words = environ.get(name, "").encode("latin-1").decode(errors="replace")
            words = AFTER_LINK.sub("", words) if name == "PATH_INFO" else words
            environ[name] = words.encode().decode("latin-1")
        return super().wsgi_app(environ, start_response)

    def raise_routing_exception(self, request: Any) -> NoReturn:
        """Redirect to the path alone, for a slash that is missing: a visitor chooses the Host."""
        found = request.routing_exception
        if isinstance(found, RequestRedirect):
            parts = urlsplit(found.new_url)
            found.new_url = urlunsplit(("", "", f"/{parts.path.lstrip('/')}", parts.query, ""))
        super().raise_routing_exception(request)

    def handle_user_exception(self, e: Exception) -> Any:
        """Answer also where a page for a fault finds that what it is about is gone meanwhile."""
        try:
            return super().handle_user_exception(e)
        except HTTPException as answer:
            return self.handle_http_exception(answer)

    def log_exception(self, exc_info: Any) -> None:
        """Log a fault by the rule of its address: the address itself may be a key."""
        self.logger.error("Fault at %s %s", request.method, request.url_rule, exc_info=exc_info)


def init_app(app: Flask) -> None:
    """Use our pages for every error."""
    app.register_error_handler(HTTPException, show)
    for fault in (DBAPIError, PoolTimeout, OSError, storage.NoRoom, storage.Away):
        app.register_error_handler(fault, show_not_now)
