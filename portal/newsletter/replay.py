"""What the newsletter does again of the journal, after a backup was brought back."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal import delivery
from portal.extensions import db, now
from portal.journal import Noted
from portal.newsletter import services
from portal.newsletter.models import (
    ERASED,
    LEFT,
    STOPPED,
    Erasure,
    Subscriber,
    SubscriberState,
)
from portal.transaction import one_transaction
from portal.ways import Way

WHY = "The journal has it; the database was brought back from an older backup"


@LEFT.again
@one_transaction
def leave(address: str, said: Noted) -> None:
    """Who left has left, unless they have come back since."""
    person = Subscriber.with_email(address, to_change=True)
    if person is None or person.asked_at > said.at or _last_yes(person) > said.at:
        return
    kept: dict[str, Any] = {"at": said.at, "noted_at": now(), "evidence": WHY}
    services.end(person, said.word or Way.WEB, **kept)


def _last_yes(person: Subscriber) -> datetime:
    return max((one.at for one in person.consents if one.given), default=person.created_at)


@one_transaction
def stop(address: str, said: Noted) -> None:
    """No mail goes to an address that came back, or complained, unless that was mended since."""
    person = Subscriber.with_email(address, to_change=True)
    if person is None or person.changed_at > said.at:
        return
    if person.state is SubscriberState.SUBSCRIBED:
        delivery.enqueue(delivery.Unsubscribe(person.email))
    if person.state is not SubscriberState.COMPLAINED:
        person.become(SubscriberState(said.kind), said.at)


for kind in STOPPED.values():
    kind.again(stop)


@ERASED.again
@one_transaction
def erase(address: str | None, said: Noted) -> None:
    """Who was erased is erased; of one who is not here it is remembered, but not who it is."""
    if address:
        services.forget(address, every_mail=True)  # more than the newsletter may have been erased
    elif not db.session.scalar(select(Erasure.id).where(Erasure.digest == said.word)):
        db.session.add(Erasure(digest=said.word, at=said.at))
