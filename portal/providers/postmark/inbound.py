"""Mails that come in by Postmark (its page "Inbound webhook")."""

from dataclasses import replace
from typing import Any

from portal.providers.parsed import number, object_of, objects
from portal.providers.values import Address, InboundEmail, Screening
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
    pairs = [
        (values.line(one.get("Name")), values.line(one.get("Value")))
        for one in objects(item.get("Headers"))
    ]
    screening = _screening(pairs)
    if found := mime.as_written(item.get("RawEmail"), recipients):
        return replace(found, screening=screening)
    return fields.mail(
        sender,
        recipients,
        pairs,
        reply_to=item.get("ReplyTo"),
        subject=item.get("Subject"),
        text=item.get("TextBody"),
        html=item.get("HtmlBody"),
        attachments=[
            values.file(one.get("Name"), one.get("Content"), one.get("ContentType"))
            for one in objects(item.get("Attachments"))
        ],
        screening=screening,
    )


def _screening(pairs: list[tuple[str, str]]) -> Screening:
    """What SpamAssassin said at Postmark, which is in headers of its own."""
    told = {name.lower(): value for name, value in reversed(pairs)}
    tests, spf = told.get("x-spam-tests", "").split(","), told.get("received-spf", "").split()
    return Screening(
        number(told.get("x-spam-score")),
        spf=spf[0].lower() if spf else "",
        dkim="pass" if "DKIM_VALID" in tests else "",
    )


def _address(value: Any) -> Address | None:
    found = object_of(value)
    email = values.address(values.text(found.get("Email"))).email
    return Address(email, values.line(found.get("Name"))) if email else None
