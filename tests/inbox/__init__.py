"""Makes what the tests of the inbox look at."""

from datetime import timedelta

from portal.extensions import db
from portal.inbox.intake import Enquiry, open_conversation
from portal.inbox.models import Conversation, Kind
from portal.ways import Way

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def enquiry(**changes) -> Enquiry:
    """A question by email, with the given changes."""
    values = {
        "kind": Kind.MESSAGE,
        "about": "question",
        "text": "Is the pool warm in winter?\nI get cold fast.",
        "name": "Grace Hopper",
        "email": "grace@example.org",
        "reply_by": Way.EMAIL,
    }
    return Enquiry(**values | changes)


def a_conversation(**changes) -> Conversation:
    """A conversation that somebody has just started, committed."""
    conversation = open_conversation(enquiry(**changes))
    db.session.commit()
    return conversation
