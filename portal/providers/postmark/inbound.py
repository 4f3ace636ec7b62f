"""Mails that come in by Postmark (its page "Inbound webhook")."""

from typing import Any

from portal.providers.parsed import object_of, objects
from portal.providers.values import Address, InboundEmail
from portal.providers.webhooks import fields, mime, values


def mail(item: dict[str, Any]) -> InboundEmail:
    """A mail that came in."""
    sender = _address(item.get("FromFull")) or values.address(values.text(item.get("From")))
    recipients = [
        one.email
        for name in ("ToFull", "CcFull", "BccFull")
        for value in objects(item.get(name))
        if (one := _address(value))
    ]
    recipients.append(values.address(values.text(item.get("OriginalRecipient"))).email)
    if found := mime.as_written(item.get("RawEmail"), recipients):
        return found
    return fields.mail(
        sender,
        recipients,
        [
            (values.line(one.get("Name")), values.line(one.get("Value")))
            for one in objects(item.get("Headers"))
        ],
        reply_to=item.get("ReplyTo"),
        subject=item.get("Subject"),
        text=item.get("TextBody"),
        html=item.get("HtmlBody"),
        attachments=[
            values.file(one.get("Name"), one.get("Content"), one.get("ContentType"))
            for one in objects(item.get("Attachments"))
        ],
    )


def _address(value: Any) -> Address | None:
    found = object_of(value)
    email = values.address(values.text(found.get("Email"))).email
    return Address(email, values.line(found.get("Name"))) if email else None
