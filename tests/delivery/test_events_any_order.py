"""Any order and repetition of any set of events ends in the same place."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.delivery import Event, enqueue, events, ledger
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db
from portal.newsletter.models import Consent, Subscriber, SubscriberState
from portal.providers.values import EventKind, ProviderEvent
from tests.delivery import act, mail

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
YES_AT = NOON - HOUR + 2 * MINUTE  # among the moments that the events tell of
KINDS = st.sampled_from([kind for kind in EventKind if kind is not EventKind.INBOUND])
# What is told: what, in which minute, and of the first or the second mail or of none that we know.
TOLD = st.lists(st.tuples(KINDS, st.integers(0, 5), st.sampled_from([0, 1, None])), max_size=7)
STANDINGS = [SubscriberState.SUBSCRIBED, SubscriberState.PENDING, SubscriberState.UNSUBSCRIBED]
STATES = [OutgoingState(name) for name in ("accepted", "uncertain", "sending", "failed")]
numbers = count(1)


class World:
    """Somebody with two mails, of whom things are told."""

    def __init__(self, standing, state):
        self.number = next(numbers)
        self.address = f"ada-{self.number}@example.org"
        person = Subscriber.new(self.address, standing)
        if standing is not SubscriberState.PENDING:
            self.say(person, YES_AT, given=True)
        if standing is SubscriberState.UNSUBSCRIBED:
            self.say(person, YES_AT + MINUTE, given=False)
        db.session.add(person)
        self.keys = [f"{self.number}-{place}" for place in range(2)]
        for key in self.keys:
            self.mail(key, state)
        db.session.commit()

    @staticmethod
    def say(person, at, *, given):
        words = {"purpose": "newsletter", "wording": "Yes", "channel": "web"}
        person.consents.append(Consent(given=given, at=at, **words))

    def mail(self, key, state):
        row = db.session.get_one(Outgoing, enqueue(mail(to=self.address)))
        row.key, row.state = key, state
        if state is OutgoingState.SENDING:
            row.claimed_until = NOON + MINUTE
        else:
            row.finished_at = NOON
        if state in {OutgoingState.ACCEPTED, OutgoingState.FAILED}:
            row.payload = {}

    def event(self, number, told):
        kind, minute, place = told
        key = "" if place is None else self.keys[place]
        when = {"at": NOON - HOUR + minute * MINUTE, "reason": f"reason {number}"}
        return ProviderEvent(f"{self.number}-{number}", kind, self.address, key=key, **when)

    def hear(self, told, order, *, at_once):
        """Let things be told in that order, one by one or all before the first is acted on."""
        for number in order:
            events.save("brevo", [self.event(number, told[number])])
            if not at_once:
                act()
        act()

    def outcome(self):
        """Where it has all led to, and what this world alone would say of it."""
        rows = select(Outgoing).where(Outgoing.key.in_(self.keys)).order_by(Outgoing.key)
        person = Subscriber.with_email(self.address)
        left = select(Outgoing).where(Outgoing.address_key == self.address)
        left = db.session.scalars(left.where(Outgoing.name == "unsubscribe")).all()
        found = {
            "mails": [
                (row.state, row.reason, bool(row.payload)) for row in db.session.scalars(rows)
            ],
            "standing": person.state,
            "yes": person.has_agreed,
            "provider was told": bool(left) or person.state is not SubscriberState.SUBSCRIBED,
        }
        db.session.commit()
        return found


def rebuilt(told):
    """What the rules say of the person, put down here a second time and in another way."""
    kinds = [kind for kind, _, _ in told]
    if EventKind.COMPLAINED in kinds:
        return "complained"
    line = "".join(
        {EventKind.SOFT_BOUNCED: "s", EventKind.DELIVERED: "d"}.get(kind, "")
        for _, (kind, _, _) in sorted(enumerate(told), key=lambda one: (one[1][1], one[0]))
    )
    if EventKind.BOUNCED in kinds or "sss" in line:
        return "bounced"
    left = any(kind is EventKind.UNSUBSCRIBED and minute >= 2 for kind, minute, _ in told)
    return "unsubscribed" if left else "subscribed"


S, D, U = EventKind.SOFT_BOUNCED, EventKind.DELIVERED, EventKind.UNSUBSCRIBED
THREE = [(S, 0, None), (S, 1, None), (S, 3, None)]


def test_any_order_and_repetition_of_events_ends_in_the_same_place(app):
    @given(st.sampled_from(STANDINGS), st.sampled_from(STATES), TOLD, st.data())
    def check(standing, state, told, data):
        first, second = World(standing, state), World(standing, state)
        places = range(len(told))
        repeats = data.draw(st.lists(st.sampled_from(places))) if told else []
        order = data.draw(st.permutations([*places, *repeats]))
        first.hear(told, places, at_once=data.draw(st.booleans()))
        second.hear(told, order, at_once=data.draw(st.booleans()))

        assert first.outcome() == second.outcome()
        if standing is SubscriberState.SUBSCRIBED:
            assert second.outcome()["standing"] == rebuilt(told)
        assert ledger.read().balances
        assert set(db.session.scalars(select(Event.applied_at.is_(None)))) <= {False}

    with time_machine.travel(NOON, tick=False):
        check()


@pytest.mark.parametrize(
    ("told", "order", "standing"),
    [
        (THREE, [2, 1, 0], "bounced"),
        ([*THREE, (D, 2, None)], [0, 1, 2, 3], "subscribed"),
        ([*THREE, (D, 2, None), (U, 4, None)], [0, 1, 2, 4, 3], "unsubscribed"),
        ([*THREE, (D, 4, None)], [0, 1, 2, 3], "bounced"),
        ([*THREE[:2], (D, 2, None), THREE[2]], [0, 0, 1, 1, 3, 3, 2], "subscribed"),
        ([(U, 1, None)], [0], "subscribed"),
    ],
)
def test_three_soft_bounces_in_a_row_count_by_when_they_happened(app, told, order, standing):
    with time_machine.travel(NOON, tick=False):
        for at_once in (True, False):
            world = World(SubscriberState.SUBSCRIBED, OutgoingState.ACCEPTED)
            world.hear(told, order, at_once=at_once)

            assert world.outcome()["standing"] == standing
