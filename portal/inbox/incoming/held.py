"""The team hears of what was held: one mail for all of it, within the hour, that names nobody."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import select, text

from portal import delivery
from portal.addresses import address_key
from portal.extensions import db, now
from portal.inbox import emails, news
from portal.inbox.incoming import automatic
from portal.inbox.models import UNTOLD, Conversation

PAUSE = timedelta(hours=1)
"""Between two such mails."""


def tell_team() -> None:
    """Mail the team how many were held since the last such mail, if any; commits."""
    last = delivery.last_sent(emails.HELD_NOTICE, current_app.config["TEAM_EMAIL"], now() - PAUSE)
    held = select(Conversation.id, Conversation.email_key).where(Conversation.folder == "held")
    fresh = dict(db.session.execute(held.where(text(UNTOLD)).order_by(Conversation.id)).all())
    if fresh and not last:
        # Of our own mails that come back none tells: such a mail would be the next to come back.
        ours = {address_key(current_app.config[name]) for name in automatic.OUR_ADDRESSES}
        if number := sum(email_key not in ours for email_key in fresh.values()):
            delivery.enqueue_once(emails.held_notice(number), f"held {min(fresh)} {max(fresh)}")
        news.told(list(fresh))
    db.session.commit()
