"""What the inbox does again of the journal, after a backup was brought back."""

from portal import delivery
from portal.inbox.desk import erasing, services
from portal.inbox.models import Conversation
from portal.journal import Noted

WHY = "It was done before the database was brought back from an older backup"


@erasing.CONVERSATION_ERASED.again
def erase(conversation: Conversation, _said: Noted) -> None:
    """What was erased is erased, with its files and its words in the search."""
    with delivery.silence(WHY):
        erasing.erase(conversation)


@services.LINK_STOPPED.again
def stop_link(conversation: Conversation, _said: Noted) -> None:
    """A private link that was stopped leads nowhere."""
    services.revoke_link(conversation)
