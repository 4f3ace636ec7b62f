"""Lets days pass for stories, and looks at what was said meanwhile."""

from datetime import timedelta

from sqlalchemy import select

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.stories import tasks
from tests.stories import ADA

DAY = timedelta(days=1)
PHONE = {"email": "", "phone": "0161 496 0000"}


def work():
    db.session.commit()
    tasks.keep_time.call_local()
    db.session.expire_all()


def mails(address=ADA):
    """What was mailed to an address, oldest first, by name. What every story brings is left out."""
    query = select(Outgoing.name).where(Outgoing.address_key == address).order_by(Outgoing.id)
    names = list(db.session.scalars(query))
    db.session.commit()
    common = {"story_receipt", "story_ready", "story_published"}
    return [name.removeprefix("story_") for name in names if name not in common]


def payload(name):
    query = select(Outgoing.payload).where(Outgoing.name == name).order_by(Outgoing.id.desc())
    found = db.session.scalars(query).first()
    db.session.commit()
    return found
