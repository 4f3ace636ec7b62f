"""Mails that come in by Resend, which only tells their ids."""

from typing import Any

from portal.providers.parsed import list_of, object_of, objects
from portal.providers.values import InboundAttachment, InboundEmail
from portal.providers.webhooks import values


def mail(data: dict[str, Any]) -> InboundEmail:
    """A mail that came in, as `GET /emails/receiving/{id}` gives it.

    Of its files only name and size are known: the description has no call that
    gives one, so they have no token to fetch them by.
    """
    recipients = [
        values.address(values.text(one)).email
        for name in ("to", "cc", "bcc")
        for one in list_of(data.get(name))
    ]
    return values.mail(
        values.address(values.text(data.get("from"))),
        recipients,
        [
            (values.line(name), values.line(value))
            for name, value in object_of(data.get("headers")).items()
        ],
        subject=data.get("subject"),
        text=data.get("text"),
        html=data.get("html"),
        message_id=data.get("message_id"),
        attachments=map(_attachment, objects(data.get("attachments"))),
        original=data,
    )


def _attachment(file: dict[str, Any]) -> InboundAttachment:
    size = file.get("size")
    name = values.line(file.get("filename"), values.NAME_LONGEST)
    return InboundAttachment(name, size=size if isinstance(size, int) else 0)
