"""What every route shares: pages and fragments, and the security headers.

This is the only module that imports htmx-flask, which sets no `Vary`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, partial, update_wrapper
from typing import Self

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
)
from htmx_flask import request
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response as BaseResponse

from portal import logs
from portal.extensions import SAFE_METHODS

UNPROCESSABLE = 422
LARGEST_ID = 2**31 - 1
ASK_AGAIN = (422, 429)  # the form comes back with what was typed
TEAM_PAGES = ("/inbox", "/team", "/newsletter/list", "/newsletter/issues/desk")
# For what is one person's: no browser, proxy or disk keeps it, not even for "Back".
KEPT_NOWHERE = "private, no-store"

# Nothing inline, nothing evaluated, nothing from anywhere else.
POLICY = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "frame-src": "'self'",
    "img-src": "'self'",
    "media-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
}
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Other sites never learn a private link; our own pages may.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
ONE_YEAR_OF_HTTPS = "max-age=31536000"


def is_for_team(path: str) -> bool:
    """Whether only the team sees what lies there. What merely begins alike is another place."""
    return any(path == place or path.startswith(f"{place}/") for place in TEAM_PAGES)


def wants_fragment() -> bool:
    """Whether htmx asked for a part of the page. Answers that ask this vary by it."""
    g.varies_by_htmx = True
    return bool(request.htmx) and not request.htmx.history_restore_request


def render(page: str, /, status: int = 200, *, title: str, **context: object) -> Response:
    """Answer with the page: whole, or where htmx asked with its title and main part alone.

    `title` is the page's heading and the start of its `<title>`. When a form
    comes back, "Error: " stands before the latter: the title is heard first.
    """
    is_error, is_fragment = status in ASK_AGAIN, wants_fragment()
    context |= {"title": title, "is_error": is_error, "is_fragment": is_fragment}
    return make_response(render_template(page, **context), status)


def add_page(bp: Blueprint, address: str, template: str, title: str) -> None:
    """Add a page that only says something. The endpoint is called as the template is."""
    view = partial(render, f"{template}.html", title=title)
    endpoint = template.rpartition("/")[2]
    bp.add_url_rule(address, endpoint, update_wrapper(view, render))  # Flask-WTF asks its name


def render_problem(page: str, /, status: int, *, title: str, **context: object) -> Response:
    """Answer with a page that says what is wrong, with a heading of `level`.

    To htmx it goes above the form that was sent, which keeps its heading and what was typed.
    """
    level = "h2" if wants_fragment() else "h1"
    answer = render(page, status, title=title, level=level, **context)
    answer.headers["HX-Retarget"] = "#problem"
    answer.headers["HX-Reswap"] = "innerHTML"
    return answer


def lead_to(address: str) -> BaseResponse:
    """Answer a form with another page: htmx opens it at its own address too."""
    if not wants_fragment():
        return redirect(address, 303)
    answer = make_response("")
    answer.headers["HX-Redirect"] = address
    return answer


def public_address(endpoint: str, **values: object) -> str:
    """The full address of a page, for mails.

    Built from SITE_URL, never from the Host header that a visitor sends, and
    outside a request too.
    """
    path = current_app.url_map.bind("").build(endpoint, values)
    return f"{current_app.config['SITE_URL']}{path}"


def allow_long_texts(bp: Blueprint, largest: int) -> None:
    """Let the blueprint's pages read forms of up to `largest` bytes."""

    @bp.before_request
    def allow() -> None:
        request.max_content_length = request.max_form_memory_size = largest


def allow_framing(origins: list[str]) -> None:
    """Let pages of these origins show this request's answer, also an error, in a frame."""
    g.frame_ancestors = " ".join(["'self'", *origins])


@cache
def policy(**changes: str) -> str:
    """The Content-Security-Policy, with underscores in `changes` read as hyphens."""
    rules = POLICY | {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _finish(response: Response) -> Response:
    """Add the headers that every answer carries."""
    ancestors = g.get("frame_ancestors")
    response.headers[logs.HEADER] = logs.request_id()
    for name, value in HEADERS.items():
        if not (ancestors and name == "X-Frame-Options"):
            response.headers.setdefault(name, value)
    response.headers.setdefault(
        "Content-Security-Policy", policy(frame_ancestors=ancestors) if ancestors else policy()
    )
    if not current_app.config["DEVELOPMENT"]:
        response.headers.setdefault("Strict-Transport-Security", ONE_YEAR_OF_HTTPS)
    if g.get("varies_by_htmx"):
        response.vary.add("HX-Request")
    if "Cache-Control" not in response.headers:
        # Pages differ by person and moment; private ones must not lie about on a shared computer.
        plain = request.method in SAFE_METHODS and not request.view_args
        response.headers["Cache-Control"] = "no-cache" if plain else KEPT_NOWHERE
    return response


@dataclass(frozen=True)
class AddressView:
    """What a list shows, all of it in the page's address.

    A list's own view has the texts, of which `after` is where the page before ended.
    """

    @classmethod
    def typed(cls, args: Mapping[str, str]) -> Self:
        """The view that an address asks for, without NUL, which no database keeps."""
        names = (field.name for field in fields(cls))
        return cls(**{name: args.get(name, "").replace("\0", "").strip() for name in names})

    def args(self, **changes: str) -> dict[str, str]:
        """The view as parameters for an address; a change starts at the first page again."""
        wanted, usual = vars(replace(self, **{"after": "", **changes})), vars(type(self)())
        return {name: value for name, value in wanted.items() if value != usual[name]}


class RowNumber(IntegerConverter):
    """`<int:…>` in an address: the number of a row, so no larger than the database keeps."""

    def __init__(self, url_map: Map, maximum: int = LARGEST_ID) -> None:
        super().__init__(url_map, max=maximum)


def number_in(text: str | None) -> int | None:
    """The number that a page of ours carries; None where something else was sent."""
    if not text or len(text) > len(str(LARGEST_ID)) or not text.isascii() or not text.isdecimal():
        return None
    return int(text) if int(text) <= LARGEST_ID else None


def init_app(app: Flask) -> None:
    """Add the headers to every answer of the app, and let addresses hold numbers of rows."""
    app.url_map.converters["int"] = RowNumber
    app.after_request(_finish)
