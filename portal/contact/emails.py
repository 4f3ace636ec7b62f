"""The mails to people who wrote to us. Their words are in `templates/email/`.

Anybody can type anybody's address: no word that was typed goes into a mail.
"""

from flask import current_app

from portal import delivery
from portal.inbox import links, reply_addresses
from portal.inbox.models import Conversation
from portal.providers.values import Address, Email


def receipt(conversation: Conversation) -> Email:
    """Say that we have a message, with its reference and the private link."""
    return delivery.compose(
        "contact_receipt",
        Address(conversation.email),
        headers=reply_addresses.thread(conversation),
        reply_to=reply_addresses.reply_to(conversation),
        reference=conversation.reference,
        way=current_app.config["REPLY_WAYS"].get(conversation.reply_by, ""),
        url=links.own_url(conversation),
    )


def lost_links(email: str, conversations: list[Conversation]) -> Email:
    """Send somebody the private links of what they sent."""
    sent = [(one.reference, one.created_at, links.own_url(one)) for one in conversations]
    return delivery.compose("contact_link", Address(email), sent=sent)
