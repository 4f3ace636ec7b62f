"""What is said once for an occasion or in a while, however many workers come to say it.

The outbox's keys are unique, so the database itself lets only the first one
in. That outlives a restart, and needs no lock of its own.
"""

import uuid
from datetime import timedelta

from sqlalchemy import select

from portal.addresses import mailbox_key
from portal.delivery.models import Outgoing, Urgency
from portal.delivery.outbox import Item, enqueue, recently_sent
from portal.extensions import db, now
from portal.floods import over_limit
from portal.providers.values import Email
from portal.words import HOUR, per

MAIL_PAUSE = timedelta(days=1)
"""Between two mails of one kind to an address that a stranger may have typed."""
TO_ONE_MAILBOX = "5/day"  # of one kind, however it is written
OCCASIONS = uuid.UUID("6c1f0f3e-9f0a-4f5c-8d35-0f4a5a1f7f52")


def enqueue_once(
    item: Item, occasion: str, *, urgency: Urgency | None = None, cancelled: str = ""
) -> int | None:
    """Queue an item in the caller's transaction, unless one was queued for this occasion.

    With `cancelled` it is only noted that the occasion is over, and why.
    Returns the row's id, or None where somebody was here before.
    """
    if happened(occasion):
        return None  # without taking the database's one lock for it
    return enqueue(item, urgency=urgency, cancelled=cancelled, key=key_of(occasion))


def turn(what: str, most: int) -> str:
    """The key with which one more of `what` may be queued in this hour of the clock.

    Empty where there were `most` of it.
    """
    hour = int(now().timestamp() // HOUR.total_seconds())
    keys = [key_of(f"{what} {hour} {number}") for number in range(most)]
    used = set(db.session.scalars(select(Outgoing.key).where(Outgoing.key.in_(keys))))
    return next((key for key in keys if key not in used), "")


def happened(occasion: str) -> bool:
    """Whether something was queued, or noted, for this occasion."""
    query = select(Outgoing.id).where(Outgoing.key == key_of(occasion))
    return db.session.scalar(query) is not None


def too_soon(mail: Email) -> str:
    """Why the mail must not go yet, as one of its kind went to its address; or nothing."""
    recently, often = recently_sent(mail.name, mail.to.email, now() - MAIL_PAUSE), too_often(mail)
    return f"One such mail {per(MAIL_PAUSE)}" if recently else often


def too_often(mail: Email) -> str:
    """Count one more for the mailbox, in whichever spelling; why the mail must not go, or nothing.

    A stranger can spell one mailbox in any number of ways.
    """
    is_so = over_limit(TO_ONE_MAILBOX, "mail", mail.name, mailbox_key(mail.to.email))
    return "Many such mails to one mailbox in a day" if is_so else ""


def key_of(occasion: str) -> str:
    """The key of the row for an occasion."""
    return str(uuid.uuid5(OCCASIONS, occasion))
