"""The mails to people who wrote to us. Their words are in `templates/email/`.

Anybody can type anybody's address: no word that was typed goes into a mail.
"""

from portal import delivery
from portal.inbox import links
from portal.inbox.models import Conversation
from portal.providers.values import Address, Email


def lost_links(email: str, conversations: list[Conversation]) -> Email:
    """Send somebody the private links of what they sent."""
    sent = [(one.reference, one.created_at, links.own_url(one)) for one in conversations]
    return delivery.compose_from_team("contact_link", Address(email), sent=sent)
