"""Audiences for tests, and people whom they know or not."""

from datetime import timedelta

from click import unstyle

from portal.delivery.models import Outgoing
from portal.extensions import db, now
from portal.newsletter.models import Subscriber, SubscriberState
from portal.providers.values import KnownContact, Receipt
from tests.newsletter import a_subscriber


def run(app, *options):
    result = app.test_cli_runner().invoke(args=["newsletter", "sync", *options])
    return result.exit_code, unstyle(result.output)


def person(email, state=SubscriberState.SUBSCRIBED, **values):
    """A subscriber of whom the outbox has told the provider all."""
    return a_subscriber(email, state, **{"changed_at": now() - timedelta(days=1)} | values)


def now_is(email):
    db.session.expire_all()
    return Subscriber.with_email(email)


def rows(action):
    query = db.select(Outgoing.address).where(Outgoing.action == action).order_by(Outgoing.id)
    return list(db.session.scalars(query))


class Audience:
    """An audience that can do only what every one can; `kept` are its contacts."""

    name = "scripted"

    def __init__(self, *kept):
        self.kept = {one.email: one for one in kept}
        self.alone, self.left = [], []

    def lookup(self, address):
        return self.kept.get(address)

    def upsert(self, contact):
        self.alone.append(contact.email)
        return self.keep(contact)

    def keep(self, contact):
        self.kept[contact.email] = known(contact.email, **contact.to_json())
        return Receipt()

    def unsubscribe(self, address):
        self.left.append(address)
        return Receipt()

    def erase(self, address):
        self.kept.pop(address, None)
        return Receipt()


class Importer(Audience):
    """One that can be read whole and takes many at once."""

    most_at_once = 3

    def __init__(self, *kept):
        super().__init__(*kept)
        self.batches, self.meanwhile = [], []

    def everyone(self):
        yield from self.kept.values()

    def upsert_many(self, contacts):
        self.batches.append([one.email for one in contacts])
        for one in contacts:
            self.keep(one)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return Receipt()


def known(email, /, *, subscribed=True, stopped=False, **attributes):
    return KnownContact(email, subscribed, attributes, stopped)
