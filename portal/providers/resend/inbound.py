"""Mails that come in by Resend, which only tells their ids."""

from typing import Any

from portal.providers.http.provider import quoted
from portal.providers.parsed import list_of, objects
from portal.providers.values import InboundAttachment, InboundEmail
from portal.providers.webhooks import fields, mime, values


def as_written(content: bytes, data: dict[str, Any]) -> InboundEmail:
    """A mail as it was written, which may not say whom it came to."""
    return mime.read(content, _to(data))


def mail(data: dict[str, Any], path: str) -> InboundEmail:
    """A mail that came in, as the API gives it at this path; its files lie below that."""
    return fields.mail(
        values.address(values.text(data.get("from"))),
        _to(data),
        values.header_pairs(data.get("headers")),
        subject=data.get("subject"),
        text=data.get("text"),
        html=data.get("html"),
        message_id=data.get("message_id"),
        attachments=[_attachment(one, path) for one in objects(data.get("attachments"))],
    )


def _to(data: dict[str, Any]) -> list[str]:
    given = [one for name in ("to", "cc", "bcc") for one in list_of(data.get(name))]
    return [email for one in given if (email := values.address(values.text(one)).email)]


def _attachment(file: dict[str, Any], path: str) -> InboundAttachment:
    name = values.text(file.get("id"))
    return InboundAttachment(
        values.line(file.get("filename"), values.NAME_LONGEST),
        token=f"{path}/attachments/{quoted(name)}" if name else "",
    )
