"""Tests of the delivery, and what they share."""

from dataclasses import replace
from itertools import count

from sqlalchemy import select

from portal.delivery import enqueue, events, tasks
from portal.delivery.models import Action, Event, Outgoing
from portal.extensions import db, huey
from portal.providers.values import Address, Contact, Email, EventKind, ProviderEvent, Receipt
from tests.conftest import act_next, deliver_next

ADA = "ada@example.org"
PEOPLE = count()


def provide(app, **chosen):
    """Put providers in place of those that the app has (`Providers`); returns the last."""
    app.extensions["providers"] = replace(app.extensions["providers"], **chosen)
    return [*chosen.values()][-1]


class Scripted:
    """Answers calls with `answers` in turn, and takes everything when there are none left.

    An answer is a receipt, an exception to raise, or a function to call.
    """

    name = "scripted"
    largest_mail, file_ends = 10_000_000, frozenset()

    def __init__(self):
        self.key_lasts = None
        self.answers, self.calls = [], []

    def answer(self, *call):
        self.calls.append(call)
        answer = self.answers.pop(0) if self.answers else Receipt(f"id-{len(self.calls)}")
        if callable(answer):
            answer = answer()
        if isinstance(answer, BaseException):
            raise answer
        return answer or Receipt()

    def send(self, email, key):
        return self.answer("send", email.to.email, email.subject)

    def upsert(self, contact):
        return self.answer("upsert", contact.email, contact.name)

    def unsubscribe(self, address):
        return self.answer("unsubscribe", address)

    def erase(self, address):
        return self.answer("erase", address)


class Bell(Scripted):
    """Where alerts would go."""

    name = "bell"

    def __init__(self):
        super().__init__()
        self.destinations = ("chat",)

    def check(self):
        pass

    def send(self, to, title, text):
        return self.answer(to, title, text)


def alerts():
    """The words of the alerts that wait to be sent."""
    query = select(Outgoing).where(Outgoing.action == Action.ALERT)
    found = [row.payload for row in db.session.scalars(query) if row.payload]
    db.session.commit()
    return found


def mail(subject="Hello", to=ADA, name="confirm_signup"):
    sender = Address("hello@example.com")
    return Email(name, Address(to), sender, subject, "Hello", "<p>Hello</p>")


def contact(name="Ada", email=ADA):
    return Contact(email=email, name=name)


def saved(*items):
    """Put items in the outbox, in one commit; returns the row's number, or all their numbers."""
    ids = [enqueue(item) for item in items]
    db.session.commit()
    return ids if len(ids) > 1 else ids[0]


def many(number):
    """Put so many mails in the outbox, each to somebody else; returns the rows' numbers."""
    return saved(*(mail(to=f"{next(PEOPLE)}@example.org") for _ in range(number)))


def look(row_id):
    """The row as it is in the database, free of any transaction."""
    row = db.session.get(Outgoing, row_id, populate_existing=True)
    db.session.expunge(row)
    db.session.commit()
    return row


def states(*ids):
    return [str(look(row_id).state) for row_id in ids]


def deliver(*ids):
    """Do what a worker does with these rows, where they may go now."""
    for row_id in ids:
        deliver_next(huey.app, only=Outgoing.id == row_id)


def go():
    """Let a worker do all that can be done now."""
    while deliver_next(huey.app):
        pass


def sweep():
    with huey.app.app_context():
        tasks.sweep.call_local()


def news(kind, event_id, **values):
    """One thing that the provider tells; of Ada, if nothing else is said."""
    return ProviderEvent(event_id, EventKind(kind), **{"address": ADA} | values)


def hear(*told, provider="scripted"):
    """Keep what the provider tells, and act on all that is due, in that order."""
    events.save(provider, told)
    act()


def act():
    """Do what the worker does with events."""
    while act_next(huey.app):
        pass


def event(event_id):
    """An event as it is in the database, free of any transaction."""
    found = db.session.scalar(select(Event).where(Event.event_id == event_id))
    db.session.refresh(found)
    db.session.expunge(found)
    db.session.commit()
    return found
