"""A second provider takes over, and no mail goes to both unless the first refused it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import example, given
from hypothesis import strategies as st

from portal.delivery import Erase, breaker, enqueue, ledger
from portal.delivery.models import Outgoing
from portal.extensions import db, now
from portal.providers.errors import Busy, Denied, Refused, Suppressed, TryLater, Uncertain
from portal.providers.values import Receipt
from tests import delivery
from tests.delivery import ADA, Scripted, deliver, go, look, mail, many, provide, saved, states


@pytest.fixture
def first(app):
    provider = provide(app, mail=Scripted())
    provider.name = "first"
    return provider


@pytest.fixture
def second(app, first):
    provider = provide(app, fallback=Scripted())
    provider.name = "second"
    return provider


@pytest.mark.parametrize(
    ("error", "failures"),
    [
        (Denied("no"), 1),
        (Busy("Slow down.", timedelta(minutes=5)), 1),
        (TryLater("could not be reached"), 5),
    ],
)
def test_the_second_takes_over_while_the_first_rests_and_no_longer(
    first, second, clock, error, failures
):
    ids = many(8)
    first.answers = [error] * failures
    deliver(*ids)
    clock.shift(timedelta(seconds=10))
    deliver(*ids)
    clock.shift(breaker.DENIED)
    later = many(2)
    deliver(*later)

    assert states(*ids) == ["accepted"] * 8
    assert {look(row_id).provider for row_id in ids} == {"second"}
    assert {look(row_id).provider for row_id in later} == {"first"}
    assert len(first.calls) == failures + 2


@pytest.mark.parametrize(
    ("one", "other", "ending"),
    [
        (Refused("Not here."), Receipt(), ("accepted", "second", "")),
        (Refused("Not here."), Refused("Nor here."), ("failed", "second", "Nor here.")),
        (Suppressed("It bounced before."), None, ("failed", "first", "It bounced before.")),
    ],
    ids=["the second takes it", "both refuse it", "the address is suppressed"],
)
def test_what_the_first_refuses_the_second_may_have(first, second, one, other, ending):
    row_id = saved(mail())
    first.answers, second.answers = [one], [other]
    deliver(row_id)
    before = look(row_id).reason
    go()

    row = look(row_id)
    assert before == str(one)
    assert (row.state, row.provider, row.reason) == ending
    assert (len(first.calls), len(second.calls)) == (1, 0 if other is None else 1)


@pytest.mark.parametrize(
    ("doubt", "later", "ending"),
    [
        (Uncertain("silence"), None, ("accepted", "first", "")),
        (TryLater("500", left=True), None, ("accepted", "first", "")),
        (TryLater("500", left=True), Refused("Twice."), ("failed", "first", "Twice.")),
    ],
    ids=["silent, then takes it", "broken, then takes it", "broken, then refuses a second copy"],
)
def test_what_the_first_may_have_never_goes_to_the_second(
    first, second, clock, doubt, later, ending
):
    first.key_lasts = timedelta(days=1)
    row_id, *others = many(8)
    first.answers = [doubt, Denied("no"), Denied("no"), Denied("no"), later]
    deliver(row_id, *others)
    go()
    for _ in range(4):
        clock.shift(timedelta(hours=2))
        deliver(row_id)
        go()

    mine = look(row_id)
    assert mine.address not in str(second.calls)
    assert (mine.state, mine.provider, mine.reason) == ending
    assert states(*others) == ["accepted"] * 7


@pytest.mark.usefixtures("second")
def test_bound_mail_waits_for_its_provider_and_nobody_calls_it_overdue(first, clock):
    bound, other, free = many(3)
    first.answers = [TryLater("500", left=True), Denied("no")]
    deliver(bound, other)
    go()
    clock.shift(timedelta(minutes=12))
    overdue = ledger.read().overdue
    db.session.commit()
    delivery.sweep()
    go()

    assert overdue == 0
    assert states(bound, free) == ["waiting", "accepted"]


def test_where_both_rest_all_wait_and_contacts_have_no_second_place(app, first, second):
    keeper = provide(app, audience=Scripted())
    upsert, ids = saved(delivery.contact()), many(5)
    first.answers, second.answers, keeper.answers = ([Denied("no")] for _ in range(3))
    deliver(*ids, upsert)
    go()

    assert {*states(*ids, upsert)} <= {"waiting", "queued"}
    assert [call[0] for call in first.calls + second.calls] == ["send", "send"]


@pytest.mark.parametrize(
    ("may_have_it", "ending"),
    [(False, ("accepted", "first")), (True, ("uncertain", "former"))],
    ids=["it never left", "the former one may have it"],
)
def test_a_mail_bound_to_a_provider_that_is_gone(first, second, may_have_it, ending):
    first.key_lasts = timedelta(days=365)
    row_id = saved(mail())
    values = {"provider": "former", "unsure_since": now() if may_have_it else None}
    db.session.execute(db.update(Outgoing).values(values))
    db.session.commit()
    deliver(row_id)

    assert (look(row_id).state, look(row_id).provider) == ending
    assert len(first.calls + second.calls) == (0 if may_have_it else 1)


@pytest.fixture
def erase(app, first):
    """Erases people where the list is another provider's; gives their addresses at each."""
    keeper = provide(app, audience=Scripted())

    def erase(*addresses):
        for address in addresses:
            enqueue(Erase(address))
            db.session.commit()
            go()
        return [[call[1] for call in calls] for calls in (first.calls, keeper.calls)]

    return erase


def test_erasing_reaches_the_mail_provider_too_if_need_be_a_second_time(app, erase, first):
    first.answers = [Refused("Set the token of the account.")]
    erase(ADA)
    before = [look(row_id).reason for row_id in (1, 2)]
    app.test_cli_runner().invoke(args=["delivery", "retry", "--failed"])
    go()

    assert before == ["Set the token of the account.", ""]
    assert erase() == [[ADA, ADA], [ADA]]
    assert [(look(row_id).state, look(row_id).address) for row_id in (1, 2)] == [
        ("accepted", "")
    ] * 2


def test_erasing_waits_for_the_mail_provider_and_is_not_overdue(erase, first, clock):
    first.answers = [Denied("no")]
    asked, _ = erase("ada@example.org", "bob@example.org")
    clock.shift(timedelta(minutes=12))
    book = ledger.read()
    db.session.commit()

    assert asked == ["ada@example.org"]
    assert (book.waiting, book.overdue) == (4, 0)


# What becomes of a call: whether the provider has the mail then, and what the worker sees.
ANSWERS = {
    "taken": (True, Receipt),
    "refused": (False, lambda: Refused("no")),
    "suppressed": (False, lambda: Suppressed("no")),
    "denied": (False, lambda: Denied("no")),
    "busy": (False, lambda: Busy("later", timedelta(minutes=1))),
    "unreachable": (False, lambda: TryLater("later")),
    "broken, and took it": (True, lambda: TryLater("500", left=True)),
    "silent": (False, lambda: Uncertain("?")),
    "silent, and took it": (True, lambda: Uncertain("?")),
}
DOUBTFUL = {"broken, and took it", "silent", "silent, and took it"}


class Careless(Scripted):
    """Answers by a plan, takes no key, and counts which mails it has and which it may have."""

    def __init__(self, name, plan):
        super().__init__()
        self.name, self.plan, self.has, self.doubtful = name, list(plan), [], set()

    def send(self, email, key):
        answer = self.plan.pop(0) if self.plan else "taken"
        takes, make = ANSWERS[answer]
        self.has += [key] * takes
        self.doubtful |= {key} if answer in DOUBTFUL else set()
        result = make()
        if isinstance(result, Exception):
            raise result
        return result


@example(one=["broken, and took it"] * 4 + ["refused"] * 4, other=[], waits=[20, 600, 600])
@given(
    one=st.lists(st.sampled_from(sorted(ANSWERS)), max_size=9),
    other=st.lists(st.sampled_from(sorted(ANSWERS)), max_size=9),
    waits=st.lists(st.sampled_from([1, 20, 600, 4000]), min_size=3, max_size=6),
)
def test_no_mail_goes_to_both_unless_the_first_refused_it(app, one, other, waits):
    first = provide(app, mail=Careless("first", one))
    second = provide(app, fallback=Careless("second", other))
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=UTC), tick=False) as clock:
        breaker.clear()
        ids = many(3)
        for wait in waits:
            deliver(*ids)
            clock.shift(timedelta(seconds=wait))
            go()

    assert not set(first.has) & set(second.has)
    assert not first.doubtful & set(second.has)
    book = ledger.read()
    db.session.commit()
    assert book.balances
