"""The addresses that the inbox gives out."""

from collections.abc import Callable

from sqlalchemy import select

from portal.extensions import db
from portal.inbox.models import Conversation, Kind
from portal.signing import read_signed, signer
from portal.web import public_address

# Where the page of their own is for conversations that a feature looks after by itself. It may
# answer with nothing; then it is the page of every conversation.
own_pages: dict[Kind, Callable[[Conversation], str]] = {}


def inbox_url(conversation: Conversation) -> str:
    """Where the team reads a conversation."""
    return public_address("inbox.conversation", conversation_id=conversation.id)


def own_url(conversation: Conversation) -> str:
    """The sender's own page. It works until the conversation gets a new key."""
    page = own_pages.get(conversation.kind)
    url = page(conversation) if page else ""
    return url or public_address("contact.own", token=own_token(conversation))


def own_token(conversation: Conversation) -> str:
    """What in the private link says which conversation it is."""
    return str(signer("conversation").dumps(conversation.key))


def read_own(token: str) -> Conversation | None:
    """The conversation of a private link; None when we did not make it, or it was revoked."""
    key = read_signed("conversation", token)
    return db.session.scalar(select(Conversation).where(Conversation.key == key))
