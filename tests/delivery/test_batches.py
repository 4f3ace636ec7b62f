"""What leaves together: only while its batch is open, behind all else, and cancelled when shut."""

from datetime import timedelta

import pytest

from portal.delivery import batches, enqueue, late, ledger, outbox
from portal.delivery.models import Action, Batch, Late, Outgoing, OutgoingState, Urgency
from portal.extensions import db, huey
from portal.providers.errors import Refused, StillAtWork, TryLater, Uncertain
from portal.providers.values import Receipt
from tests.conftest import deliver_next
from tests.delivery import Scripted, deliver, go, look, mail, provide, saved, states, sweep

pytestmark = pytest.mark.usefixtures("each_database", "app", "clock")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def made_late(monkeypatch):
    """A mail whose row says only to whom, and a step that calls `answer`."""
    monkeypatch.setitem(late.MAILS, "issue", lambda row: mail(row.payload["subject"], row.address))
    for name in ("create", "send"):
        monkeypatch.setitem(late.STEPS, name, lambda row, provider: provider.answer(row.name))


@pytest.fixture
def batch():
    """One that is open, as only an issue that is being sent can open one."""
    made = Batch()
    db.session.add(made)
    db.session.commit()
    return made


def open_(batch):
    """Past the rule that an issue must stand behind it, which has tests of its own."""
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TRIGGER batch_opens_when_agreed")
        batches.set_open([batch.id], is_open=True)
    else:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        batches.set_open([batch.id], is_open=True)
    db.session.commit()


def mails(batch, number, subject="News"):
    ids = [
        enqueue(Late(Action.EMAIL, "issue", f"p{each}@example.org", {"subject": subject}, batch.id))
        for each in range(number)
    ]
    db.session.commit()
    return ids


def test_mail_of_a_batch_is_made_when_it_leaves_and_only_while_that_is_open(provider, batch):
    (row,) = mails(batch, 1)
    go()
    before = states(row)
    open_(batch)
    go()

    assert (before, states(row)) == (["queued"], ["accepted"])
    assert provider.calls == [("send", "p0@example.org", "News")]


def test_all_other_mail_goes_before_the_rows_of_a_batch(provider, batch):
    mails(batch, 2)
    open_(batch)
    enqueue(mail("A question", "ada@example.org"))
    db.session.commit()
    go()

    assert [subject for _, _, subject in provider.calls] == ["A question", "News", "News"]


def test_shut_batch_is_cancelled_and_what_may_have_left_is_uncertain(provider, batch):
    provider.key_lasts, provider.answers = HOUR, [Receipt(), Uncertain("?")]
    rows = mails(batch, 4)
    open_(batch)
    deliver(*rows[:2])
    batches.set_open([batch.id], is_open=False)
    db.session.commit()
    number = batches.cancel(batch.id, "Stopped by Eda")
    db.session.commit()
    counted = batches.counts(batch.id)

    assert number == 3
    assert states(*rows) == ["accepted", "uncertain", "cancelled", "cancelled"]
    assert [look(row).reason for row in rows[1:3]] == ["?", "Stopped by Eda"]
    assert counted == {OutgoingState.ACCEPTED: 1, OutgoingState.UNCERTAIN: 1} | {
        OutgoingState.CANCELLED: 2
    }
    assert ledger.read().balances


def test_mail_that_nobody_wants_any_more_is_cancelled_in_words(provider, batch, monkeypatch):
    def left(row):
        raise late.Unwanted("They left")

    monkeypatch.setitem(late.MAILS, "issue", left)
    (row,) = mails(batch, 1)
    open_(batch)
    go()

    assert (look(row).state, look(row).reason) == (OutgoingState.CANCELLED, "They left")
    assert provider.calls == []


def test_rows_that_wait_for_their_turn_are_overdue_only_when_none_of_them_leaves(
    provider, batch, clock
):
    mails(batch, 3)
    shut = overdue()
    open_(batch)
    clock.shift(HOUR)
    standing = overdue()
    deliver_next(huey.app)
    moving = overdue()

    assert (shut, standing, moving) == (0, 3, 0)


def overdue():
    number = ledger.read().overdue
    db.session.commit()
    return number


# Steps of a campaign


def step(batch, name):
    row = enqueue(
        Late(Action.CAMPAIGN, name, "issue 1 plain", {"edition": 1}, batch.id, "scripted")
    )
    db.session.commit()
    return row


def try_again(row, clock, wait=timedelta(minutes=2)):
    clock.shift(wait)
    sweep()
    deliver(row)


def test_steps_of_one_campaign_go_one_after_the_other(provider, batch, clock):
    provider.answers = [TryLater("busy")]
    first, second = step(batch, "create"), step(batch, "send")
    open_(batch)
    go()
    between = states(first, second)
    clock.shift(HOUR)
    go()

    assert (between, states(first, second)) == (["waiting", "queued"], ["accepted"] * 2)
    assert provider.calls == [("create",), ("create",), ("send",)]


@pytest.mark.parametrize(("name", "after"), [("create", "accepted"), ("send", "uncertain")])
def test_sending_of_unknown_fate_is_looked_up_for_an_hour_and_then_a_person_decides(
    provider, batch, clock, name, after
):
    provider.answers = [Uncertain("silent"), Uncertain("silent"), StillAtWork("a draft")]
    row = step(batch, name)
    open_(batch)
    deliver(row)
    try_again(row, clock)
    try_again(row, clock)
    early = states(row)
    try_again(row, clock, 2 * HOUR)

    assert (early, states(row)) == (["waiting"], [after])


def test_provider_that_still_works_does_not_rest(provider, batch, clock):
    provider.answers = [StillAtWork("counting")] * 8
    row = step(batch, "create")
    open_(batch)
    for _ in range(8):
        try_again(row, clock, HOUR * 7)
    assert ledger.read().resting == ()


def test_steps_are_sent_again_by_hand_with_what_they_hold(provider, batch):
    provider.answers = [Uncertain("silent")]
    row = step(batch, "send")
    open_(batch)
    deliver(row)
    write_state(row, "uncertain")
    outbox.retry(Outgoing.id == row)
    go()
    assert states(row) == ["accepted"]


def write_state(row, state):
    db.session.get_one(Outgoing, row).state = state
    db.session.commit()


def test_other_provider_of_contacts_takes_none_of_anothers_steps(app, batch):
    row = step(batch, "create")
    open_(batch)
    other = Scripted()
    other.name = "other"
    provide(app, mail=other, audience=other)
    go()

    assert (states(row), other.calls) == (["cancelled"], [])
    assert look(row).urgency == Urgency.BULK


# Many mails in one call


class Batcher(Scripted):
    """Takes three mails at once; answers with a list of fates."""

    most_mails, cannot = 3, ()

    def send_many(self, mails):
        return self.answer("many", [email.to.email for email, _ in mails])


def test_mails_of_a_batch_go_together_and_each_has_its_own_fate(app, batch):
    many = provide(app, mail=Batcher())
    many.answers = [[Receipt("1"), Refused("no"), TryLater("full")], [Receipt("4")]]
    rows = mails(batch, 4)
    open_(batch)
    go()

    assert [len(call[1]) for call in many.calls] == [3, 1]
    assert states(*rows) == ["accepted", "failed", "waiting", "accepted"]
    assert look(rows[0]).message_id == "1"


def test_of_a_refused_call_each_mail_is_tried_alone(app, batch):
    many = provide(app, mail=Batcher())
    many.answers = [Refused("one of them"), [Receipt()], [Refused("mine")], [Receipt()]]
    rows = mails(batch, 3)
    open_(batch)
    go()

    assert [len(call[1]) for call in many.calls] == [3, 1, 1, 1]
    assert sorted(states(*rows)) == ["accepted", "accepted", "failed"]


@pytest.mark.parametrize("answer", [Uncertain("?"), ZeroDivisionError()])
def test_of_a_call_without_an_answer_every_mail_is_uncertain(app, batch, answer):
    many = provide(app, mail=Batcher())
    many.answers = [answer]
    rows = mails(batch, 2)
    open_(batch)
    go()

    assert (len(many.calls), states(*rows)) == (1, ["uncertain"] * 2)


def test_other_mail_is_never_among_them(app, batch):
    many = provide(app, mail=Batcher())
    mails(batch, 1)
    open_(batch)
    saved(mail("A note"))
    many.answers = [Receipt(), [Receipt()]]
    go()

    assert [call[0] for call in many.calls] == ["send", "many"]


def test_row_of_a_shut_batch_is_not_sent_again_by_hand(provider, batch):
    provider.answers = [Refused("no")]
    (row,) = mails(batch, 1)
    open_(batch)
    go()
    batches.set_open([batch.id], is_open=False)
    outbox.retry(Outgoing.id == row)

    assert states(row) == ["failed"]
