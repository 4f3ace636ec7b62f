"""SendGrid's inbound parse: one call holds one mail, as a multipart form.

The names of the fields are from SendGrid's page "Inbound Parse Webhook". With
"send raw" the whole mail is in `email`, else its parts are fields.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from portal.providers.errors import Unreadable
from portal.providers.parsed import list_of, object_of
from portal.providers.values import HookCall, InboundAttachment, InboundEmail
from portal.providers.webhooks import calls, mime, values

Parts = list[tuple[str, str, bytes]]
FILE = re.compile(r"attachment\d+")
KEPT = ("headers", "from", "to", "cc", "subject", "text", "html", "envelope")


def is_mail(call: HookCall) -> bool:
    """Whether this is a call of the inbound parse, by where it came to."""
    return urlsplit(call.url).path.rstrip("/").endswith("/inbound")


def parse(call: HookCall) -> InboundEmail:
    """The mail in a call. Raises Unreadable."""
    parts = calls.parts(call)
    fields = {name: content for name, _, content in parts if not FILE.fullmatch(name)}
    raw = fields.get("email")
    if raw is None and not fields.keys() & {"headers", "from"}:
        raise Unreadable("There is no mail in this form.")
    mail = mime.read(raw) if raw is not None else _from_fields(parts, fields)
    recipients = [*mail.recipients, *_envelope(fields.get("envelope", b""))]
    return replace(mail, recipients=tuple(dict.fromkeys(recipients)))


def _from_fields(parts: Parts, fields: dict[str, bytes]) -> InboundEmail:
    charsets = _json(fields.get("charsets", b""))
    words = {name: _words(content, charsets.get(name)) for name, content in fields.items()}
    head = mime.read(fields.get("headers", b"").rstrip() + b"\r\n\r\n")
    to = [values.address(one).email for one in words.get("to", "").split(",")]
    sender = values.address(words.get("from", ""))
    return InboundEmail(
        sender=head.sender if head.sender.email else sender,
        recipients=head.recipients or tuple(filter(None, to)),
        subject=head.subject or values.line(words.get("subject")),
        text=words.get("text", ""),
        html=words.get("html", ""),
        message_id=head.message_id,
        headers=head.headers,
        attachments=tuple(_attachments(parts)),
        original={name: words[name] for name in KEPT if name in words},
    )


def _words(content: bytes, charset: Any) -> str:
    try:
        return values.text(content.decode(charset or "utf-8", "replace"))
    except (LookupError, TypeError, ValueError):  # a charset that nobody knows, or that is none
        return values.text(content.decode("utf-8", "replace"))


def _attachments(parts: Parts) -> Iterator[InboundAttachment]:
    for name, file_name, content in parts:
        if FILE.fullmatch(name):
            yield InboundAttachment(values.line(file_name or name, values.NAME_LONGEST), content)


def _envelope(content: bytes) -> list[str]:
    """The addresses that the mail was delivered to."""
    texts = map(values.text, list_of(_json(content).get("to")))
    return [email for text in texts if (email := values.address(text).email)]


def _json(content: bytes) -> dict[str, Any]:
    """The object in a field; an empty one where there is none."""
    try:
        return object_of(calls.parse_json(content))
    except Unreadable:
        return {}
