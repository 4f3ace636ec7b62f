"""The local mailbox: what the `local` provider would have sent, for a laptop only."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app
from markupsafe import Markup, escape

from portal import web

bp = Blueprint("mailbox", __name__, url_prefix="/mailbox")

KEY = re.compile(r"[0-9a-f-]{36}")
NEWEST = 50
LINK = re.compile(r"https?://[^\s<>\"]+")


@bp.get("")
def mailbox() -> Response:
    """The mails, newest first."""
    files = sorted(_folder().glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)
    mails = [(file.stem, _read(file)) for file in files[:NEWEST]]
    return web.render("mailbox/list.html", "mailbox/_list.html", title="Mailbox", mails=mails)


@bp.get("/<key>")
def mail(key: str) -> Response:
    """One mail as text, with its HTML in a frame beside it."""
    message = _find(key)
    text = message.get_body(("plain",))
    return web.render(
        "mailbox/mail.html",
        "mailbox/_mail.html",
        title=str(message["Subject"]),
        message=message,
        text=_with_links(text.get_content() if text else ""),
        key=key,
    )


@bp.get("/<key>/html")
def html(key: str) -> Response:
    """The HTML part as a mail program would show it: no script, nothing from elsewhere."""
    part = _find(key).get_body(("html",)) or abort(404)
    # Links leave the frame: the pages of the site may not be shown in one.
    text = part.get_content().replace("<head>", '<head>\n<base target="_top">', 1)
    answer = Response(text, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "frame-ancestors 'self'; sandbox allow-popups allow-top-navigation-by-user-activation"
    )
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def _folder() -> Path:
    return Path(current_app.config["VAR_DIR"]) / "mailbox"


def _find(key: str) -> EmailMessage:
    file = _folder() / f"{key}.eml"
    if not KEY.fullmatch(key) or not file.exists():
        abort(404)
    return _read(file)


def _read(file: Path) -> EmailMessage:
    return message_from_bytes(file.read_bytes(), policy=policy.default)


def _with_links(text: str) -> Markup:
    """The text with its addresses made into links."""
    return Markup(LINK.sub(r'<a href="\g<0>">\g<0></a>', str(escape(text))))  # noqa: S704 - escaped


def init_app(app: Flask) -> None:
    """Register the mailbox, where mail is only kept and this is a laptop."""
    if app.config["DEVELOPMENT"] and app.config["MAIL_PROVIDER"] == "local":
        app.register_blueprint(bp)
