"""The team hears of what was held: one mail for all of it, within the hour, that names nobody."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import func, select

from portal import delivery
from portal.addresses import address_key
from portal.extensions import db, now
from portal.inbox import emails
from portal.inbox.incoming import automatic
from portal.inbox.models import Conversation

PAUSE = timedelta(hours=1)
"""Between two such mails."""
SETTLED = timedelta(minutes=1)  # in which a transaction that began before has long ended
FAR_BACK = timedelta(days=1)


def tell_team() -> None:
    """Mail the team how many were held since the last such mail, if any; commits."""
    moment = now()
    last = delivery.last_sent(
        emails.HELD_NOTICE, current_app.config["TEAM_EMAIL"], moment - FAR_BACK
    )
    if last and last > moment - PAUSE:
        return
    if number := _held_between((last or moment - FAR_BACK) - SETTLED, moment - SETTLED):
        delivery.enqueue_once(emails.held_notice(number), f"held after {last or moment.date()}")
    db.session.commit()


def _held_between(start: datetime, end: datetime) -> int:
    """How many came in that time and are held still."""
    fresh = (Conversation.created_at > start) & (Conversation.created_at <= end)
    # Of our own mails that come back none tells: such a mail would be the next to come back.
    ours = [address_key(current_app.config[name]) for name in automatic.OUR_ADDRESSES]
    query = select(func.count()).where(
        Conversation.folder == "held", fresh, Conversation.email_key.not_in(ours)
    )
    return db.session.scalar(query) or 0
