"""Mails and contacts as SendGrid takes them: `SendMail` and `UpdateContact` of its description."""

from collections.abc import Mapping
from typing import Any

from portal.providers.headers import ascii_headers, files, mailbox, one_line, present
from portal.providers.values import Contact, Email

NAME_LIMIT = 50  # of `first_name`


def mail(email: Email, key: str) -> dict[str, Any]:
    """The mail as the body of `SendMail`. Raises Refused for a header that no mail may carry.

    SendGrid keeps from those who left its campaigns all other mail too, such as
    the answer to their own question or the link with which they come back, so
    the list of who left is passed over here.
    """
    bodies = present(**{"text/plain": email.text, "text/html": email.html})
    payload: dict[str, Any] = {
        "personalizations": [{"to": [mailbox(email.to)], "custom_args": {"key": key}}],
        "from": mailbox(email.sender),
        "subject": one_line(email.subject),
        "content": [{"type": kind, "value": body} for kind, body in bodies.items()],
        "mail_settings": {"bypass_unsubscribe_management": {"enable": True}},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }
    return payload | present(
        headers=ascii_headers(email),
        reply_to=email.reply_to and mailbox(email.reply_to),
        categories=email.name and [email.name],
        attachments=[
            {**one, "disposition": "attachment"}
            for one in files(email, "filename", "content", "type")
        ],
    )


def person(contact: Contact, fields: Mapping[str, str]) -> dict[str, Any]:
    """The contact as SendGrid takes it; `fields` are the ids of the custom fields by name."""
    ours = {fields[name]: value for name, value in contact.attributes.items() if name in fields}
    return {
        "email": contact.email,
        "first_name": one_line(contact.name)[:NAME_LIMIT].strip(),
        "custom_fields": ours,
    }
