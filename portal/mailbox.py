"""The local mailbox: what the `local` provider would have sent, for a laptop only."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import localtime, make_msgid
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, redirect, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as BaseResponse
from wtforms import TextAreaField
from wtforms.validators import DataRequired

from portal import web
from portal.delivery.providers import get_providers
from portal.extensions import csrf
from portal.forms import Form
from portal.inbox.incoming import services
from portal.providers.protocols import InboundProvider
from portal.providers.values import HookCall

bp = Blueprint("mailbox", __name__, url_prefix="/mailbox")
csrf.exempt(bp)  # its one form checks its token itself, to keep what was typed

KEY = re.compile(r"[0-9a-f-]{36}")
NEWEST = 50
LINK = re.compile(r"https?://[^\s<>\"]+")


class AnswerForm(Form):
    """What somebody answers to a mail."""

    text = TextAreaField("Your answer", [DataRequired("Write your answer.")])


@bp.get("")
def mailbox() -> Response:
    """The mails, newest first."""
    files = sorted(_folder().glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)
    mails = [(file.stem, _read(file)) for file in files[:NEWEST]]
    return web.render("mailbox/list.html", title="Mailbox", mails=mails)


@bp.get("/<key>")
def mail(key: str) -> Response:
    """One mail as text, with its HTML in a frame beside it, and a form to answer it."""
    return _show(key, AnswerForm())


@bp.post("/<key>/answer")
def answer(key: str) -> BaseResponse:
    """Take the answer in as if it had come by mail."""
    message, form = _find(key), AnswerForm()
    if not form.validate():
        return _show(key, form, web.UNPROCESSABLE)
    written = _answer(message, form.text.data).as_bytes(policy=policy.SMTPUTF8)
    provider = get_providers().caller("local")
    if not isinstance(provider, InboundProvider):
        abort(404)
    call = HookCall(request.url, {}, {}, written)
    for one in provider.parse_inbound(call):
        services.receive(one, provider.name)
    return redirect(url_for(".mail", key=key, answered="yes"), 303)


@bp.get("/<key>/html")
def html(key: str) -> Response:
    """The HTML part as a mail program would show it: no script, and of elsewhere our pictures."""
    part = _find(key).get_body(("html",)) or abort(404)
    # Links leave the frame: the pages of the site may not be shown in one.
    text = part.get_content().replace("<head>", '<head>\n<base target="_top">', 1)
    answer = Response(text, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src {current_app.config['SITE_URL']}; "
        "frame-ancestors 'self'; sandbox allow-popups allow-top-navigation-by-user-activation"
    )
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def _show(key: str, form: AnswerForm, status: int = 200) -> Response:
    message = _find(key)
    return web.render(
        "mailbox/mail.html",
        status,
        title=str(message["Subject"]),
        message=message,
        text=_with_links(_text(message)),
        key=key,
        form=form,
        answered=request.args.get("answered") == "yes",
    )


def _answer(message: EmailMessage, text: str) -> EmailMessage:
    """The answer as a mail program makes it: with what it answers to below."""
    result = EmailMessage()
    result["From"], result["To"] = message["To"], message["Reply-To"] or message["From"]
    result["Subject"] = f"Re: {message['Subject']}"
    result["Date"], result["Message-ID"] = localtime(), make_msgid(domain="mail.localhost")
    result["In-Reply-To"] = message["Message-ID"]
    result["References"] = f"{message['References'] or ''} {message['Message-ID']}".strip()
    quoted = "".join(f"> {line}\n" for line in _text(message).splitlines())
    head = f"On {message['Date']}, {message['From']} wrote:"
    result.set_content(f"{text}\n\n{head}\n{quoted}")
    return result


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    return str(part.get_content()) if part else ""


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
