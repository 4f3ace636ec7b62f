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
from portal.providers.parsed import list_of, number, object_of
from portal.providers.values import HookCall, InboundAttachment, InboundEmail, Screening
from portal.providers.webhooks import calls, charsets, fields, mime, values

CHECKS = ("spam_score", "SPF", "dkim")
Parts = list[tuple[str, str, bytes]]
FILE = re.compile(r"attachment\d+")
RESULT = re.compile(r":\s*(pass|fail)\b", re.IGNORECASE)  # as in {@example.org : pass}


def is_mail(call: HookCall) -> bool:
    """Whether this is a call of the inbound parse, by where it came to."""
    return urlsplit(call.url).path.rstrip("/").endswith("/inbound")


def parse(call: HookCall) -> InboundEmail:
    """The mail in a call. Raises Unreadable."""
    parts = calls.parts(call)
    found = {name: content for name, _, content in parts if not FILE.fullmatch(name)}
    recipients = _envelope(found.get("envelope", b""))
    if "email" in found:
        return replace(mime.read(found["email"], recipients), screening=_screening(found))
    if not found.keys() & {"headers", "from"}:
        raise Unreadable("There is no mail in this form.")
    charset_of = _json(found.get("charsets", b"")).get
    words = {name: charsets.decode(it, values.text(charset_of(name))) for name, it in found.items()}
    head = mime.read(found.get("headers", b"").rstrip() + b"\r\n\r\n")
    to = head.recipients or (values.address(one).email for one in words.get("to", "").split(","))
    return fields.mail(
        head.sender if head.sender.email else values.address(words.get("from", "")),
        [*to, *recipients],
        head.headers,
        subject=head.subject or words.get("subject"),
        text=words.get("text"),
        html=words.get("html"),
        attachments=_attachments(parts),
        screening=_screening(found),
    )


def _screening(found: dict[str, bytes]) -> Screening:
    told = {name: found.get(name, b"").decode("utf-8", "replace").strip() for name in CHECKS}
    dkim = {one.lower() for one in RESULT.findall(told["dkim"])}
    return Screening(
        number(told["spam_score"]),
        spf=told["SPF"].lower(),
        dkim=next((word for word in ("pass", "fail") if word in dkim), "none"),
    )


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
