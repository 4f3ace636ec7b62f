"""What the inbox does again of the journal, after a backup was brought back."""

from portal import delivery
from portal.inbox.desk import erasing, services
from portal.inbox.models import Conversation, Message
from portal.journal import Noted
from portal.transaction import one_transaction

WHY = "It was done before the database was brought back from an older backup"


@erasing.CONVERSATION_ERASED.again
def erase(conversation: Conversation, _said: Noted) -> None:
    """What was erased is erased, with its files and its words in the search."""
    with delivery.silence(WHY):
        erasing.erase(conversation)


@erasing.MAIL_ERASED.again
@one_transaction
def erase_mail(message: Message, _said: Noted) -> None:
    """So is a mail of somebody who was erased, in another's conversation."""
    erasing.forget_mail(message)


@services.LINK_STOPPED.again
def stop_link(conversation: Conversation, _said: Noted) -> None:
    """A private link that was stopped leads nowhere."""
    services.revoke_link(conversation)
