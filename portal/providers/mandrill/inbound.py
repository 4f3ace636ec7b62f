"""Mails that come in by Mailchimp Transactional (its page "Inbound")."""

from dataclasses import replace
from typing import Any

from portal.providers.mandrill.events import items
from portal.providers.parsed import list_of, number, object_of, objects, text_of
from portal.providers.values import (
    Address,
    HookCall,
    InboundAttachment,
    InboundEmail,
    Screening,
)
from portal.providers.webhooks import fields, mime, values


def mails(call: HookCall) -> list[InboundEmail]:
    """The mails that came in. Raises Unreadable."""
    found = [one.get("msg") for one in items(call) if one.get("event") == "inbound"]
    return [_mail(message) for message in objects(found)]


def _mail(message: dict[str, Any]) -> InboundEmail:
    sender = values.address(values.text(message.get("from_email"))).email
    pairs = [*list_of(message.get("to")), *list_of(message.get("cc")), [message.get("email")]]
    names = (list_of(pair)[:1] for pair in pairs)
    recipients = [values.address(values.text(one)).email for (one,) in filter(None, names)]
    if found := mime.as_written(message.get("raw_msg"), recipients):
        return replace(found, screening=_screening(message))
    return fields.mail(
        Address(sender, values.line(message.get("from_name"))),
        recipients,
        values.header_pairs(message.get("headers")),
        subject=message.get("subject"),
        text=message.get("text"),
        html=message.get("html"),
        attachments=_files(message.get("attachments")) + _files(message.get("images")),
        screening=_screening(message),
    )


def _screening(message: dict[str, Any]) -> Screening:
    dkim = object_of(message.get("dkim"))
    signed = "fail" if dkim.get("signed") else "none"
    return Screening(
        number(object_of(message.get("spam_report")).get("score")),
        spf=text_of(message.get("spf"), "result").lower(),
        dkim="pass" if dkim.get("valid") else signed,
    )


def _files(value: Any) -> list[InboundAttachment]:
    return [_file(one) for one in objects([*object_of(value).values()])]


def _file(value: dict[str, Any]) -> InboundAttachment:
    """A file. Texts come as they are (`base64` is false)."""
    if value.get("base64") is not False:
        return values.file(value.get("name"), value.get("content"), value.get("type"))
    content = values.text(value.get("content")).encode()
    name = values.line(value.get("name"), values.NAME_LONGEST)
    return InboundAttachment(name, content, kind=values.line(value.get("type")))
