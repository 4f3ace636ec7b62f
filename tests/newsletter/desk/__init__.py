"""Tests of the list in the team's hands, and what they share."""

from portal.extensions import db
from portal.newsletter import services
from portal.newsletter.models import Subscriber, SubscriberState
from tests.newsletter import ADA, a_subscriber

LIST, ADD, HELD = "/newsletter/list/", "/newsletter/list/add", "/newsletter/list/held"
PUT_ON = {"email": ADA, "name": "Ada", "topics": "ideas", "format": "large", "way": "paper"}
KEPT = PUT_ON | {
    "proof": "kept",
    "wording": "Yes, send me the newsletter",
    "said": "1 March 2026",
    "evidence": "The sheet of the open day",
}
BLOCKED = [SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED, SubscriberState.COMPLAINED]


def page_of(subscriber, end="") -> str:
    """The address of the page of somebody on the list, or of what hangs on it."""
    return f"{LIST}{subscriber.id}{end and '/' + end}"


def who_was(state, email=ADA) -> Subscriber:
    """Somebody who said yes once, and stands so now."""
    one = a_subscriber(email, state)
    services.record(one, given=True, wording="I agree", channel="web")
    if state in {SubscriberState.UNSUBSCRIBED, SubscriberState.COMPLAINED}:
        services.record(one, given=False, wording=services.WITHDRAWAL, channel="one-click")
    db.session.commit()
    return one


def on_record(email=ADA) -> list[tuple]:
    """What they agreed to, by yes or no, the way, and who took it."""
    db.session.expire_all()
    one = Subscriber.with_email(email)
    said = [(each.given, each.channel, each.member_id) for each in one.consents] if one else []
    db.session.commit()
    return said


def done_for(email=ADA) -> list[tuple]:
    """What the team did for them, and the way they asked."""
    db.session.expire_all()
    one = Subscriber.with_email(email)
    done = [(each.what, each.way) for each in one.list_changes] if one else []
    db.session.commit()
    return done
