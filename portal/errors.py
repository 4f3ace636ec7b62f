"""Error pages: what happened, what was kept, what to do now."""

from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from portal.web import render_problem

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
}
DRAIN = 32 * 1024 * 1024  # bytes of a refused upload that are read and thrown away


def show(error: HTTPException) -> Response:
    """Answer with a page in plain words.

    To htmx it goes into a place of its own above the form, so that what was
    typed stays on the page.
    """
    code = error.code if error.code in TITLES else (error.code or 500) // 100 * 100
    answer = render_problem("errors/error.html", error.code or 500, title=TITLES[code], code=code)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def show_too_large(error: HTTPException) -> Response:
    """Read on for a while before answering: a browser that is still sending hears no answer."""
    stream, left = request.environ["wsgi.input"], DRAIN
    while left > 0 and (chunk := stream.read(min(left, 64 * 1024))):
        left -= len(chunk)
    answer = show(error)
    answer.headers["Connection"] = "close"
    return answer


class Portal(Flask):
    """Flask, with private links kept out of its log, and with text in every address."""

    def wsgi_app(self, environ: Any, start_response: Any) -> Any:
        """Put a mark for bytes in the query that are no text: Werkzeug raises where it reads them.

        WSGI gives them as Latin-1 (PEP 3333, "Unicode Issues").
        """
        query = environ.get("QUERY_STRING", "").encode("latin-1").decode(errors="replace")
        environ["QUERY_STRING"] = query.encode().decode("latin-1")
        return super().wsgi_app(environ, start_response)

    def log_exception(self, exc_info: Any) -> None:
        """Log a fault by the rule of its address: the address itself may be a key."""
        self.logger.error("Fault at %s %s", request.method, request.url_rule, exc_info=exc_info)


def init_app(app: Flask) -> None:
    """Use our pages for every error."""
    app.register_error_handler(HTTPException, show)
    app.register_error_handler(413, show_too_large)
