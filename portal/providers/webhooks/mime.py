"""A mail as mail programs write it (RFC 5322, MIME), read into our own values."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from portal.providers.errors import Unreadable
from portal.providers.values import InboundAttachment, InboundEmail
from portal.providers.webhooks import values


def read(content: bytes) -> InboundEmail:
    """The mail. Raises Unreadable.

    The standard library fails in many ways on mails that break the rules, so
    any failure of its counts as one that cannot be read.
    """
    try:
        return _read(message_from_bytes(content, policy=default))
    except Exception as error:
        raise Unreadable(f"This mail cannot be read ({type(error).__name__}).") from None


def _read(message: EmailMessage) -> InboundEmail:
    headers = tuple((values.line(name), values.line(str(it))) for name, it in message.items())
    bodies = {kind: _body(message, kind) for kind in ("plain", "html")}
    return InboundEmail(
        sender=values.address(str(message["From"] or "")),
        recipients=tuple(_recipients(message)) + tuple(values.envelope(headers)),
        subject=values.line(str(message["Subject"] or "")),
        text=bodies["plain"],
        html=bodies["html"],
        message_id=values.line(str(message["Message-ID"] or "")),
        headers=headers,
        attachments=tuple(_attachments(message)),
        original={"headers": [list(pair) for pair in headers], **bodies},
    )


def _recipients(message: EmailMessage) -> Iterator[str]:
    for name in ("To", "Cc"):
        for header in message.get_all(name, []):
            yield from (one.addr_spec for one in header.addresses)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    charset = part.get_content_charset("utf-8")
    try:
        return values.text(content.decode(charset, "replace"))
    except LookupError:  # a charset that nobody knows
        return values.text(content.decode("utf-8", "replace"))


def _attachments(message: EmailMessage) -> Iterator[InboundAttachment]:
    for part in message.iter_attachments():
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):  # a mail in the mail
            content = part.as_bytes()
        name = values.line(part.get_filename() or "", values.NAME_LONGEST)
        yield InboundAttachment(name, content)
