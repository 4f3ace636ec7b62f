"""For whom an issue is: who is on the list now, and chose one of its topics, or none."""

from collections import Counter
from collections.abc import Sequence

from flask import current_app
from sqlalchemy import ColumnElement, func, or_, select

from portal.extensions import db
from portal.issues.mail import rendering
from portal.newsletter.models import Subscriber, SubscriberState


def gets(topics: Sequence[str]) -> ColumnElement[bool]:
    """Whether a `Subscriber` gets an issue for these topics, in SQL. Without any all do.

    Who chose no topic gets a bit of everything.
    """
    is_on = Subscriber.state == SubscriberState.SUBSCRIBED
    return is_on & or_(*map(Subscriber.chose, ("", *topics))) if topics else is_on


def by_format(topics: Sequence[str]) -> dict[str, int]:
    """How many people get it in each of our formats."""
    query = select(Subscriber.format, func.count()).where(gets(topics)).group_by(Subscriber.format)
    numbers: Counter[str] = Counter()
    for wanted, number in db.session.execute(query):
        numbers[rendering.format_for(wanted)] += number
    return {key: numbers[key] for key in current_app.config["FORMATS"]}
