"""What the public can do here. One call is one transaction and one commit."""

from datetime import timedelta

from sqlalchemy import select

from portal import delivery
from portal.addresses import address_key
from portal.contact import emails
from portal.extensions import db, now
from portal.inbox import emails as inbox_emails
from portal.inbox import intake, sender_page
from portal.inbox.desk import erasing
from portal.inbox.intake import Enquiry
from portal.inbox.models import Conversation, ConversationState
from portal.transaction import one_transaction

LINKS_MONTHS = 12
LINKS_MOST = 10


@one_transaction
def send_message(enquiry: Enquiry) -> Conversation:
    """Save what somebody sent, tell the team, and queue a receipt. A form counts once."""
    if enquiry.submission and (known := intake.find_submission(enquiry.submission)):
        return known
    conversation = intake.open_conversation(enquiry)
    if conversation.email:
        mail = inbox_emails.receipt(conversation)
        intake.send_receipt(conversation, mail, "A person looks at the message first")
    return conversation


write_back = one_transaction(sender_page.write_back)


@one_transaction
def send_links(email: str) -> None:
    """Mail somebody the links to what they sent, if anything. The same from outside if not."""
    theirs = Conversation.email_key == address_key(email)
    query = (
        select(Conversation)
        .where(theirs, Conversation.state != ConversationState.SPAM)
        .where(Conversation.created_at > now() - timedelta(days=LINKS_MONTHS * 365 / 12))
        .order_by(Conversation.id.desc())
        .limit(LINKS_MOST)
    )
    found = list(db.session.scalars(query))
    mail = emails.lost_links(email, found)
    reason = delivery.too_soon(mail)  # asked for every address: the work shows nothing either
    delivery.enqueue(mail, cancelled=reason if found else "There is nobody to send it to")


@erasing.erased.connect
def forget_links(talk: Conversation) -> list[str]:
    """Let the outbox forget whom links were sent to, in the same transaction."""
    delivery.forget_mails(talk.email, ["contact_link"])
    return []
