"""One mail of ours to each person: its row in the outbox, and the mail itself when it leaves."""

import uuid

from sqlalchemy import select

from portal import delivery
from portal.delivery import late
from portal.delivery.models import Action, Late, Outgoing, OutgoingState
from portal.extensions import db, read_only
from portal.issues.mail import personal
from portal.issues.models import Edition, Recipient
from portal.issues.sending import counting, recipients
from portal.newsletter.models import Subscriber, SubscriberState
from portal.providers.values import Email

AT_ONCE = 200  # people: others can write between two such steps
RECIPIENTS = uuid.UUID("5c0b1d8e-7f0a-4f8e-9b1f-2f1f6c1d7a35")
LEFT = "They left the list before it was sent"
EMPTIED = "A story in it may not be sent any more"


def key_of(recipient_id: int, begun: str) -> str:
    """The key of somebody's row in the outbox: who has one gets no second."""
    return str(uuid.uuid5(RECIPIENTS, f"{recipient_id} {begun}"))


def queue_some(edition: Edition) -> int:
    """Queue the mails of some people, in the caller's transaction; how many were looked at."""
    mine = (Recipient.edition_id == edition.id) & (Recipient.state == OutgoingState.QUEUED)
    query = select(Recipient.id, Subscriber.email).outerjoin(
        Subscriber,
        (Subscriber.id == Recipient.subscriber_id)
        & (Subscriber.state == SubscriberState.SUBSCRIBED),
    )
    people = db.session.execute(query.where(mine).order_by(Recipient.id).limit(AT_ONCE)).all()
    begun = f"{edition.issue.started_at}"
    gone: list[int] = []
    queued: list[int] = []
    for number, email in people:
        if email is None:
            gone.append(number)
            continue
        item = Late(Action.EMAIL, personal.NAME, email, {"recipient": number}, edition.batch_id)
        delivery.enqueue(item, key=key_of(number, begun))
        queued.append(number)
    for ids, state in ((gone, OutgoingState.CANCELLED), (queued, counting.WRITTEN)):
        if ids:
            recipients.become(edition.id, (OutgoingState.QUEUED,), state, ids=ids)
    return len(people)


def state_of(recipient: Recipient) -> OutgoingState:
    """What is known of somebody's copy: where it is a mail of ours, its row says it."""
    edition = recipient.edition
    key = key_of(recipient.id, f"{edition.issue.started_at}")
    own = select(Outgoing.state).where(Outgoing.key == key)
    found = db.session.scalar(own) if edition.by_mail else None
    return found or recipient.state


def make(row: Outgoing) -> Email:
    """Somebody's own copy. Raises Unwanted where they left since, or a story that is in it."""
    read_only()
    recipient = db.session.get(Recipient, row.payload["recipient"])
    person = db.session.get(Subscriber, recipient.subscriber_id or 0) if recipient else None
    is_on = person is not None and person.state is SubscriberState.SUBSCRIBED
    mail = personal.copy_for(recipient.edition, person) if is_on else None  # type: ignore[union-attr,arg-type]
    db.session.rollback()
    if mail is None:
        raise late.Unwanted(LEFT)
    if not mail.text:
        raise late.Unwanted(EMPTIED)
    return mail


late.MAILS[personal.NAME] = make
