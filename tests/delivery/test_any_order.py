"""Whatever providers answer and whenever workers die: the promises of the outbox hold."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import time_machine
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from portal.delivery import Erase, Unsubscribe, claims, enqueue, forget, ledger, outbox, tasks
from portal.delivery.models import TAKEN, UNFINISHED, Outgoing
from portal.extensions import db
from portal.providers.errors import Refused, TryLater, Uncertain
from portal.providers.values import Receipt
from tests.delivery import Scripted, contact, mail, provide, sweep

KEY_LASTS = timedelta(minutes=15)
# What becomes of a call: whether the provider acts on it, and what the worker then sees.
ANSWERS = {
    "taken": (True, Receipt),
    "later": (False, lambda: TryLater("later")),
    "much later": (False, lambda: TryLater("later", timedelta(minutes=20))),
    "refused": (False, lambda: Refused("no")),
    "lost answer": (True, lambda: Uncertain("?")),
    "lost request": (False, lambda: Uncertain("?")),
    "broken": (True, ZeroDivisionError),
    "killed before": (False, KeyboardInterrupt),
    "killed after": (True, KeyboardInterrupt),
    # So late that the worker is taken for dead, and others go on.
    "slow": (True, Receipt),
    "slow, later": (False, lambda: TryLater("later")),
    "slow, lost answer": (True, lambda: Uncertain("?")),
}
PLAN = st.lists(st.sampled_from(sorted(ANSWERS)), min_size=1, max_size=6)
WAIT = st.sampled_from([0, 0.1, 1, 4, 6, 14, 16, 60, 800])  # minutes
RETRY = st.sampled_from([["failed"], ["waiting"], ["uncertain"]])
ITEMS = (lambda to: mail(to=to), lambda to: contact(email=to), Unsubscribe, Erase)
TOLD = st.lists(st.tuples(st.sampled_from(["ada", "bob"]), st.sampled_from(ITEMS)), max_size=3)


class Provider(Scripted):
    """Notes what it acted on, and which mails it said to have taken."""

    def __init__(self, world, key_lasts):
        super().__init__()
        self.world, self.key_lasts = world, key_lasts
        self.mails, self.keys, self.receipts, self.changes = Counter(), {}, set(), {}
        self.plan, self.row_id = [], None

    def send(self, email, key):
        receipt = self.meet(lambda: self.take(key))
        self.receipts.add(key)
        return receipt

    def upsert(self, who):
        return self.meet(lambda: self.change(who.email))

    def unsubscribe(self, address):
        return self.meet(lambda: self.change(address))

    erase = unsubscribe

    def change(self, address):
        self.changes.setdefault(address, []).append(self.row_id)

    def take(self, key):
        present = datetime.now(UTC)
        known = self.key_lasts and key in self.keys and present - self.keys[key] <= self.key_lasts
        if not known:
            self.mails[key] += 1
            self.keys[key] = present

    def meet(self, act):
        name = self.plan.pop(0) if self.plan else "taken"
        acts, answer = ANSWERS[name]
        if acts:
            act()
        if name.startswith("slow"):
            self.world.clock.shift(timedelta(minutes=6))
            sweep()
            self.world.work(self.plan)
        answer = answer()
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Delivery(RuleBasedStateMachine):
    """Anybody writes, workers deliver and die, time passes, the sweep sweeps, people retry."""

    app = key_lasts = None
    numbers = count()

    def __init__(self):
        super().__init__()
        start = datetime(2030, 1, 1, 12, tzinfo=UTC)
        self.traveller = time_machine.travel(start, tick=False)
        self.clock = self.traveller.start()
        self.provider = Provider(self, self.key_lasts)
        provide(self.app, mail=self.provider, audience=self.provider)
        self.example, self.decided = next(self.numbers), Counter()
        self.rows = {}

    def teardown(self):
        try:
            for _ in range(20):
                self.clock.shift(timedelta(hours=13))
                sweep()
                self.work()
                if not self.unfinished():
                    break
            assert not self.unfinished()
            self.nothing_was_doubled()
            self.what_was_taken_is_accepted()
            self.last_change_stands()
        finally:
            self.traveller.stop()

    # What can happen

    @rule(told=TOLD, what=WAIT | RETRY, plan=PLAN)
    def step(self, told, what, plan):
        """One rule alone: of several, Hypothesis leaves some out of most examples."""
        for who, make in told:
            self.write(make, f"{who}-{self.example}@example.org")
        if isinstance(what, list):
            self.retry(what)
        else:
            self.clock.shift(timedelta(minutes=what))
            sweep()
        self.work(plan)

    def write(self, make, address):
        with self.app.app_context():
            if make is Erase:
                forget(address)
            self.rows[enqueue(make(address))] = address
            db.session.commit()

    def retry(self, states):
        """A retry of a mail that is uncertain, or that failed, allows one more."""
        with self.app.app_context():
            chosen = Outgoing.state.in_(states) & Outgoing.id.in_(self.rows)
            if states != ["waiting"]:
                self.decided.update(db.session.scalars(select(Outgoing.key).where(chosen)))
            outbox.retry(chosen)

    def work(self, plan=()):
        """Let workers do what there is to do, with these answers."""
        self.provider.plan = [*plan]
        with suppress(KeyboardInterrupt):  # the process is gone
            while self.deliver():
                pass

    def deliver(self):
        with self.app.app_context():
            if job := claims.take():
                self.provider.row_id = job[0].id
                tasks.deliver(*job)
                db.session.commit()
        return job

    # What must hold

    @invariant()
    def ledger_balances(self):
        with self.app.app_context():
            assert ledger.read().balances

    def unfinished(self):
        with self.app.app_context():
            left = select(Outgoing.id, Outgoing.state).where(Outgoing.state.in_(UNFINISHED))
            return db.session.execute(left).all()

    def nothing_was_doubled(self):
        for key, number in self.provider.mails.items():
            assert number <= 1 + self.decided[key]

    def what_was_taken_is_accepted(self):
        with self.app.app_context():
            query = select(Outgoing.state).where(Outgoing.key.in_(self.provider.receipts))
            assert set(db.session.scalars(query)) <= {*TAKEN}

    def last_change_stands(self):
        """No change that was taken is undone by an earlier one that was made after it."""
        taken = Outgoing.state.in_(TAKEN) & (Outgoing.action != "email")
        with self.app.app_context():
            query = select(Outgoing.id).where(taken, Outgoing.id.in_(self.rows))
            for row_id in db.session.scalars(query):
                made = self.provider.changes[self.rows[row_id]]
                assert row_id in made
                assert made[-1] >= row_id


@pytest.mark.parametrize("key_lasts", [None, KEY_LASTS], ids=["no key", "key"])
def test_promises_hold_in_any_order_of_events(app, monkeypatch, caplog, key_lasts):
    monkeypatch.setattr(Delivery, "app", app)
    monkeypatch.setattr(Delivery, "key_lasts", key_lasts)
    half = settings.default.max_examples // 2  # each is as long as many tests
    run_state_machine_as_test(
        Delivery, settings=settings(max_examples=half, stateful_step_count=25)
    )
