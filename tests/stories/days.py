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


def mailed(address=ADA):
    """What was mailed to an address, oldest first, by name."""
    query = select(Outgoing.name).where(Outgoing.address_key == address).order_by(Outgoing.id)
    names = [name.removeprefix("story_") for name in db.session.scalars(query)]
    db.session.commit()
    return names


def mails(address=ADA):
    """The same without what every story brings."""
    return [name for name in mailed(address) if name not in {"receipt", "ready", "published"}]


def payload(name):
    query = select(Outgoing.payload).where(Outgoing.name == name).order_by(Outgoing.id.desc())
    found = db.session.scalars(query).first()
    db.session.commit()
    return found
