"""Brevo's inbound parsing: one call holds one or more mails as JSON.

The names of the fields are from Brevo's guide "Parse inbound email". Files are
not in the call: each has a token to fetch it by.
"""

from typing import Any

from portal.providers.errors import Unreadable
from portal.providers.parsed import number, objects
from portal.providers.values import Address, InboundAttachment, InboundEmail, Screening
from portal.providers.webhooks import calls, fields, values


def parse(body: bytes) -> list[InboundEmail]:
    """The mails in one call. Raises Unreadable."""
    data = calls.parse_json(body)
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Unreadable("There is no list of mails in “items”.")
    return [_mail(item) for item in items]


def _mail(item: dict[str, Any]) -> InboundEmail:
    sender = _addresses(item.get("From"))
    recipients = [
        one.email for name in ("To", "Cc", "Recipients") for one in _addresses(item.get(name))
    ]
    return fields.mail(
        sender[0] if sender else Address(""),
        recipients,
        values.header_pairs(item.get("Headers")),
        reply_to=_address(item.get("ReplyTo")).email,
        subject=item.get("Subject"),
        text=item.get("RawTextBody"),
        html=item.get("RawHtmlBody"),
        message_id=item.get("MessageId"),
        attachments=map(_attachment, objects(item.get("Attachments"))),
        screening=Screening(number(item.get("SpamScore"))),
    )


def _addresses(value: Any) -> list[Address]:
    """One address or several, each as a text or with its name beside it."""
    found = [_address(one) for one in (value if isinstance(value, list) else [value])]
    return [one for one in found if one.email]


def _address(value: Any) -> Address:
    if isinstance(value, dict):
        email = values.address(values.text(value.get("Address"))).email
        return Address(email, values.line(value.get("Name")))
    return values.address(values.text(value))


def _attachment(file: dict[str, Any]) -> InboundAttachment:
    return InboundAttachment(
        name=values.line(file.get("Name"), values.NAME_LONGEST),
        token=values.text(file.get("DownloadToken")),
    )
