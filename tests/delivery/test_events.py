"""What providers tell us is kept once, and acted on once, whatever breaks meanwhile."""

from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select
from sqlalchemy.event import listen, remove

from portal.delivery import events, forget, heard, ledger, outbox, tasks
from portal.delivery.models import Event, OutgoingState
from portal.extensions import db, now
from portal.providers.errors import TryLater, Uncertain
from portal.providers.values import Receipt
from tests.delivery import ADA, act, deliver, event, go, hear, look, mail, news, saved, states

both_databases = pytest.mark.usefixtures("each_database")

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def taken(app, provider):
    """A mail to Ada that the provider took."""
    return sent(provider, Receipt("<id@provider>"))


def sent(provider, answer, to=ADA):
    provider.answers = [answer]
    row_id = saved(mail(to=to))
    deliver(row_id)
    return look(row_id)


class Listener:
    """Notes what the features are told, and breaks as often as it is told to."""

    def __init__(self):
        self.heard, self.errors = [], []

    def __call__(self, event):
        self.heard.append(event.event_id)
        if self.errors:
            raise self.errors.pop()


@pytest.fixture
def listener():
    listener = Listener()
    with heard.connected_to(listener):
        yield listener


def act_later(clock, wait=MINUTE):
    """Let time pass, and the worker do what is due then."""
    clock.shift(wait)
    act()


def about(row, kind, event_id, **values):
    return news(kind, event_id, key=row.key, **values)


@pytest.mark.parametrize(
    ("kinds", "state", "reason"),
    [
        (["queued"], "accepted", ""),
        (["deferred", "sent"], "accepted", ""),
        (["sent", "delivered"], "delivered", ""),
        (["delivered", "bounced"], "bounced", "because of 2"),
        (["soft-bounced"], "bounced", "because of 1"),
        (["soft-bounced", "delivered"], "delivered", ""),
        (["sent", "rejected"], "failed", "because of 2"),
        (["delivered", "complained"], "complained", "because of 2"),
        (["complained", "bounced"], "complained", "because of 1"),
        (["unsubscribed"], "accepted", ""),
        (["unknown", "inbound"], "accepted", ""),
    ],
)
def test_mail_becomes_what_the_strongest_event_says(taken, kinds, state, reason):
    for number, kind in enumerate(kinds, 1):
        hear(about(taken, kind, str(number), reason=f"because of {number}"))

    row = look(taken.id)
    assert (row.state, row.reason, row.payload) == (state, reason, {})
    assert ledger.read().balances


@pytest.mark.parametrize("kind", ["sent", "delivered", "bounced", "rejected"])
def test_uncertain_mail_is_settled_by_what_is_told_of_it(app, provider, kind):
    unsure = sent(provider, Uncertain("no answer"))
    hear(about(unsure, kind, "1", message_id="<id@provider>"))

    row = look(unsure.id)
    assert row.state is not OutgoingState.UNCERTAIN
    assert (row.provider, row.message_id, row.payload) == ("scripted", "<id@provider>", {})
    assert outbox.retry(events.Outgoing.id == unsure.id) == 0


@pytest.mark.parametrize(
    ("kind", "teller", "values", "state"),
    [
        ("delivered", "scripted", {"message_id": "<id@provider>", "address": ""}, "delivered"),
        ("bounced", "another", {"message_id": "<id@provider>"}, "accepted"),
        ("rejected", "another", {"key": "ours"}, "accepted"),
    ],
    ids=["its own name for it", "another's name", "another that refused it"],
)
def test_mail_is_found_by_the_name_of_the_provider_that_took_it(taken, kind, teller, values, state):
    if "key" in values:
        values = {"key": taken.key}
    hear(news(kind, "1", **values), provider=teller)

    assert look(taken.id).state == state
    assert event("1").address == ADA


def test_event_that_is_quicker_than_the_answer_waits_for_it(app, provider, clock):
    def overtaken():
        hear(news("bounced", "1", message_id="<id@provider>", reason="gone"))
        return Receipt("<id@provider>")

    row_id = sent(provider, overtaken).id
    act_later(clock)

    assert (look(row_id).state, look(row_id).reason) == ("bounced", "gone")
    assert event("1").applied_at


def test_event_of_a_mail_that_is_not_ours_is_looked_at_twice_and_no_more(app, clock, listener):
    hear(news("bounced", "1", message_id="<campaign@provider>"))
    act()
    for _ in range(2):
        act_later(clock)

    assert event("1").applied_at
    assert listener.heard == ["1", "1"]


@both_databases
def test_event_that_overtakes_the_answer_settles_the_mail_and_lets_the_next_go(app, provider):
    first, second = saved(mail("1"), mail("2"))

    def overtaken():
        hear(news("delivered", "1", key=look(first).key, message_id="<id@provider>"))
        go()
        return Receipt("<id@provider>")

    provider.answers = [overtaken]
    deliver(first)

    assert (look(first).state, look(first).message_id) == ("delivered", "<id@provider>")
    assert states(second) == ["accepted"]


@both_databases
@pytest.mark.parametrize(
    "event_id", ["1", "", "x" * 100_000, "é" * 3000], ids=["usual", "no", "long", "wide"]
)
def test_repeat_is_kept_once_and_heard_once_though_its_id_be_odd(taken, listener, event_id):
    one = about(taken, "delivered", event_id)
    numbers = [events.save("scripted", several) for several in ([one, one], [one], [])]
    numbers.append(events.save("another", [one]))
    act()
    act()

    assert numbers == [1, 0, 0, 1]
    assert len(listener.heard) == 2


@both_databases
def test_very_many_events_in_one_call_are_all_kept_and_acted_on(app, listener):
    hear(*(news("delivered", str(number), address="") for number in range(45)))

    assert len(listener.heard) == 45


def test_what_happens_in_the_future_happened_now(app, clock):
    hear(news("delivered", "1", at=now() + DAY), news("delivered", "2"))

    assert event("1").at == event("2").at == now()


# Whatever breaks


def test_event_that_breaks_a_feature_is_tried_again_and_stops_no_other(taken, clock, listener):
    listener.errors = [RuntimeError("a fault of ours")]
    hear(about(taken, "bounced", "1"), about(taken, "complained", "2"))
    broken = event("1")
    act_later(clock)

    assert (broken.applied_at, broken.attempts, broken.due_at) == (None, 1, now() - 30 * SECOND)
    assert listener.heard == ["1", "2", "1"]
    assert event("1").applied_at
    assert event("2").applied_at


def test_event_that_always_breaks_is_shown_and_given_up(app, clock, listener):
    listener.errors = [RuntimeError("a fault of ours")] * 100
    hear(news("bounced", "1"))
    quiet = ledger.read().unheard
    clock.shift(6 * MINUTE)
    late = ledger.read().unheard
    db.session.commit()
    for _ in range(20):
        act_later(clock, DAY)
    said = app.test_cli_runner().invoke(args=["delivery", "status"]).output

    assert len(listener.heard) == 14
    assert (quiet, late) == (0, 1)
    assert "News from providers that was not acted on: 1. The log says why." in said
    assert "News from scripted, 14 tries: bounced 1" in said


@contextmanager
def dying_at(number):
    """The worker dies at this statement of what it does; yields a list that is filled if it did."""
    statements, died = count(), []

    def die(*_):
        if next(statements) == number:
            died.append(number)
            raise KeyboardInterrupt

    listen(db.engine, "before_cursor_execute", die)
    try:
        yield died
    except KeyboardInterrupt:
        db.session.rollback()
    finally:
        remove(db.engine, "before_cursor_execute", die)


@both_databases
def test_worker_that_is_killed_anywhere_leaves_nothing_half_done(app, provider, clock, listener):
    for number in count():
        row = sent(provider, Receipt(), f"{number}@example.org")
        bounce = about(row, "bounced", str(number), address="")
        events.save("scripted", [bounce])
        with dying_at(number) as died:
            act()
        act_later(clock)

        assert look(row.id).state is OutgoingState.BOUNCED
        assert event(bounce.id).applied_at
        assert listener.heard[-1] == bounce.id
        if not died:
            break
    assert number > 5


def test_what_has_to_be_fetched_is_fetched_with_no_transaction_open_and_later_if_it_must(
    app, clock
):
    calls = []

    def fetch(event):
        calls.append((event.message_id, db.session().in_transaction()))
        if len(calls) == 1:
            raise TryLater("busy", 10 * MINUTE)

    with events.arriving.connected_to(fetch):
        hear(news("inbound", "1", message_id="mail-7"))
        put_off = event("1")
        act_later(clock, 10 * MINUTE)

    assert calls == [("mail-7", False)] * 2
    assert (put_off.applied_at, put_off.due_at) == (None, now())
    assert event("1").applied_at


# Whose person was forgotten

NOTHING = ("", "", "", {})


def traces(event_id):
    one = event(event_id)
    return one.address, one.address_key, one.reason, one.original


@both_databases
def test_forgetting_a_person_takes_what_was_told_of_them(taken):
    words = {"reason": f"{ADA} is gone", "original": {"email": ADA}}
    of_ada = news("unknown", "1", **words), about(taken, "bounced", "2", **words, address="")
    hear(*of_ada, news("bounced", "3", address="bob@example.org", reason="gone"))
    forget(ADA)
    db.session.commit()

    assert traces("1") == traces("2") == NOTHING
    assert event("3").address == "bob@example.org"
    assert events.told(ADA) == []


@pytest.mark.parametrize("is_answered", [True, False], ids=["sent before", "being sent then"])
def test_what_is_told_of_a_forgotten_person_afterwards_leaves_no_trace(app, provider, is_answered):
    def told():
        forget(ADA)
        db.session.commit()
        words = {"reason": f"{ADA} is gone", "original": {"email": ADA}}
        hear(about(look(row_id), "bounced", "1", **words))

    row_id = saved(mail())
    provider.answers = [Receipt() if is_answered else told]
    deliver(row_id)
    if is_answered:
        told()

    row = look(row_id)
    assert traces("1") == NOTHING
    assert (row.state, row.address, row.address_key, row.reason) == ("bounced", "", "", "")
    assert ledger.read().balances


def test_what_was_told_and_addresses_are_gone_after_ninety_days(clock, taken):
    hear(about(taken, "delivered", "1"), news("unknown", "2", address=""))
    unfinished = saved(mail())
    clock.shift(89 * DAY)
    tasks.forget_old.call_local()
    kept = len(db.session.scalars(select(Event)).all()), look(taken.id).address
    clock.shift(2 * DAY)
    tasks.forget_old.call_local()

    assert kept == (2, ADA)
    assert db.session.scalars(select(Event)).all() == []
    assert (look(taken.id).state, look(taken.id).address) == ("delivered", "")
    assert look(unfinished).address == ADA
