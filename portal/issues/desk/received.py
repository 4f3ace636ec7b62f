"""Which issues somebody was sent, for their page of the list."""

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from portal.delivery.holdings import BECAME
from portal.extensions import db
from portal.issues.models import Edition, Issue, Recipient
from portal.issues.sending import mails
from portal.newsletter.desk.page import NEWEST, SentThing
from portal.newsletter.models import Subscriber
from portal.web import public_address


def received(subscriber: Subscriber) -> list[SentThing]:
    """The newest issues that were addressed to somebody, and what became of their copy."""
    query = (
        select(Recipient)
        .join(Recipient.edition)
        .join(Edition.issue)
        .options(contains_eager(Recipient.edition).contains_eager(Edition.issue))
        .where(Recipient.subscriber_id == subscriber.id)
        .order_by(Recipient.id.desc())
        .limit(NEWEST)
    )
    return [_thing(one.edition.issue, one) for one in db.session.scalars(query)]


def _thing(issue: Issue, copy: Recipient) -> SentThing:
    url = public_address("issue_desk.issue", issue_id=issue.id)
    moment = issue.started_at or issue.changed_at
    return SentThing(f"Newsletter: {issue.title}", moment, BECAME[mails.state_of(copy)], url)
