"""What the newsletter makes of what providers tell us: to some addresses no mail may go.

Where a subscriber stands is worked out from all that was told since their last
yes, so neither the order of events nor a repeat of one makes a difference.
"""

from collections.abc import Sequence

from sqlalchemy import select

from portal import delivery
from portal.delivery.providers import get_providers
from portal.extensions import db, now
from portal.newsletter import retention, services
from portal.newsletter.models import PROVIDER, SUPPRESSED, Subscriber, SubscriberState
from portal.providers.values import EventKind

WEIGHED = (
    EventKind.COMPLAINED,
    EventKind.BOUNCED,
    EventKind.SOFT_BOUNCED,
    EventKind.DELIVERED,
    EventKind.UNSUBSCRIBED,
)
COMPLAINT = "Marked an email of ours as spam"
IN_A_ROW = 3  # soft bounces, with nothing delivered between them


@delivery.heard.connect
def note(event: delivery.Event) -> None:
    """Bring the subscriber up to date, in the transaction that acts on the event."""
    if not event.address_key:
        return
    subscriber = Subscriber.with_email(event.address, to_change=event.kind in WEIGHED)
    if subscriber is None:
        if retention.erased(event.address):
            delivery.strip(delivery.Event.id == event.id)
    elif event.kind is EventKind.UNSUBSCRIBED:
        _leave(subscriber, event)
    elif event.kind in WEIGHED:
        _weigh(subscriber, event)


def _leave(subscriber: Subscriber, event: delivery.Event) -> None:
    """Note that somebody left through a link of the provider's, unless they have come back since.

    Who never confirmed has nothing to leave: that ends by itself.
    """
    yes_at = subscriber.own_yes_at
    if yes_at and event.at < yes_at:
        return
    is_news = services.withdraw(subscriber, PROVIDER)
    audience = get_providers().audience
    if is_news and audience and audience.name != event.provider:
        delivery.enqueue(delivery.Unsubscribe(subscriber.email))


def _weigh(subscriber: Subscriber, event: delivery.Event) -> None:
    before, news = subscriber.state, _told(subscriber)
    state = verdict([one.kind for one in news])
    if state and event.kind is not EventKind.DELIVERED:
        if state is SubscriberState.COMPLAINED:
            services.withdraw(subscriber, PROVIDER, COMPLAINT)
        if before is not SubscriberState.COMPLAINED:
            subscriber.become(state)  # also once more, so that a month begins anew
        if before is SubscriberState.SUBSCRIBED:
            delivery.enqueue(delivery.Unsubscribe(subscriber.email))
    elif state is None and before is SubscriberState.BOUNCED and _was_soft(subscriber, news):
        restore(subscriber)  # something was delivered between, as we hear only now


def _told(subscriber: Subscriber) -> Sequence[delivery.Event]:
    """What was told of the address since its owner last said yes, in the order that it happened."""
    mine = (delivery.Event.address_key == subscriber.email_key) & delivery.Event.kind.in_(WEIGHED)
    if yes_at := subscriber.own_yes_at:
        mine &= delivery.Event.received_at >= yes_at
    query = select(delivery.Event).where(mine)
    return db.session.scalars(query.order_by(delivery.Event.at, delivery.Event.event_id)).all()


def verdict(kinds: Sequence[EventKind]) -> SubscriberState | None:
    """Why no mail may go to an address of which these things were told, in their order."""
    if EventKind.COMPLAINED in kinds:
        return SubscriberState.COMPLAINED
    in_a_row = longest = 0
    for kind in kinds:
        in_a_row = in_a_row + 1 if kind is EventKind.SOFT_BOUNCED else in_a_row
        in_a_row = 0 if kind is EventKind.DELIVERED else in_a_row
        longest = max(longest, in_a_row)
    return SubscriberState.BOUNCED if EventKind.BOUNCED in kinds or longest >= IN_A_ROW else None


def _was_soft(subscriber: Subscriber, news: Sequence[delivery.Event]) -> bool:
    """Whether the address was taken for dead because of soft bounces that are still here."""
    soft = [one.received_at for one in news if one.kind is EventKind.SOFT_BOUNCED]
    return len(soft) >= IN_A_ROW and min(soft) <= subscriber.changed_at


def allow(subscriber: Subscriber) -> None:
    """Let mail go again to an address that bounced or complained, as its owner asked us to.

    In the caller's transaction.

    Who had said yes before the bounce is back. Who complained has said no by
    that: they sign up, and confirm, as anybody does.
    """
    delivery.forget_told(subscriber.email)  # or the next event would bring the old ones up again
    if subscriber.state in SUPPRESSED:
        restore(subscriber)


def restore(subscriber: Subscriber) -> None:
    """Let all be as it was before mail came back, in the caller's transaction."""
    if subscriber.has_agreed:
        subscriber.become(SubscriberState.SUBSCRIBED)
        delivery.enqueue(services.contact(subscriber))
    else:
        subscriber.become(
            SubscriberState.UNSUBSCRIBED if subscriber.consents else SubscriberState.PENDING
        )
        subscriber.asked_at = now()
