"""The outbox keeps what it is given, and rows for one person go one after the other."""

from datetime import timedelta

import pytest

from portal.delivery import Erase, Unsubscribe, enqueue, history, recently_sent
from portal.extensions import db, now
from portal.providers.errors import Refused, TryLater, Uncertain
from portal.providers.values import Receipt
from tests.at_once import at_once
from tests.delivery import ADA, contact, deliver, go, look, mail, many, saved, states

pytestmark = pytest.mark.usefixtures("each_database")

WORKERS = 8


def test_only_what_is_committed_leaves(app, provider):
    enqueue(mail("Undone"))
    db.session.rollback()
    enqueue(mail("Kept"))
    savepoint = db.session.begin_nested()
    enqueue(mail("Undone, too", to="bob@example.org"))
    savepoint.rollback()
    with db.session.begin_nested():
        enqueue(mail("Kept, too", to="eve@example.org"))
    db.session.commit()
    go()

    assert [call[2] for call in provider.calls] == ["Kept", "Kept, too"]


def test_cancelled_row_is_recorded_without_its_content(app, provider):
    row_id = enqueue(mail(), cancelled="One such mail a day")
    db.session.commit()
    deliver(row_id)

    kept = look(row_id)
    assert (kept.state, kept.reason, kept.payload) == ("cancelled", "One such mail a day", {})
    assert provider.calls == []


def test_without_an_audience_provider_only_what_concerns_who_sends_mail_is_written(make_app):
    with make_app(AUDIENCE_PROVIDER="none").app_context():
        items = [contact(), Unsubscribe(ADA), Erase(ADA), mail()]
        assert [enqueue(item) is not None for item in items] == [False, False, True, True]
        db.session.commit()


def test_only_mails_that_went_or_will_go_count_as_recently_sent(app):
    enqueue(mail(), cancelled="One such mail a day")
    unsent = recently_sent("confirm_signup", ADA, now() - timedelta(days=1))
    enqueue(mail())
    db.session.commit()

    assert not unsent
    assert recently_sent("confirm_signup", "ADA@Example.org", now() - timedelta(days=1))
    assert not recently_sent("confirm_signup", ADA, now() + timedelta(seconds=1))
    assert not recently_sent("welcome", ADA, now() - timedelta(days=1))


def test_history_tells_a_person_what_was_sent_and_its_content_is_gone(app, provider):
    first, _ = saved(mail(), contact())
    deliver(first)

    row = look(first)
    told_to_ada = [(one.name or one.action, one.state) for one in history("Ada@example.org")]
    assert told_to_ada == [("confirm_signup", "accepted"), ("upsert", "queued")]
    assert (row.provider, row.message_id, row.payload) == ("scripted", "id-1", {})


# Many workers


def race(app, work):
    """Run `work` in many threads at the same moment."""
    assert at_once(app, *[work] * WORKERS) == [None] * WORKERS


def test_of_many_workers_exactly_one_sends_a_row(app, provider):
    ids = many(5)
    race(app, lambda: deliver(*ids, 999_999))

    assert len(provider.calls) == len({call[1] for call in provider.calls}) == 5
    assert {look(row_id).attempts for row_id in ids} == {1}


def test_of_many_workers_none_sends_a_row_out_of_its_turn(app, provider):
    """All race for one address's rows, so each row is refused often and comes again."""
    ids = saved(*(contact(str(number)) for number in range(10)))
    race(app, lambda: deliver(*reversed(ids), *ids))
    go()

    assert [call[2] for call in provider.calls] == [str(number) for number in range(10)]
    assert set(states(*ids)) == {"accepted"}


# Order


@pytest.mark.parametrize(
    ("first", "second", "waits"),
    [
        (mail(), mail(), True),
        (contact(), Unsubscribe("Ada@Example.ORG"), True),
        (mail(), contact(), False),
        (mail(), mail(to="bob@example.org"), False),
        (mail(), mail(name="reply"), False),
        (mail(name="reply"), mail(name="reply"), True),
        (mail(name="team_notice"), mail(name="team_notice"), False),
    ],
    ids=[
        *("one person's mails", "one person's changes", "a mail and a change"),
        *("two people's mails", "a receipt and an answer", "two answers", "two notes to the team"),
    ],
)
def test_row_waits_for_the_one_before_it_to_the_same_person(app, provider, first, second, waits):
    provider.answers = [TryLater("down")]
    one, other = saved(first, second)
    deliver(one, other)

    assert states(one, other) == ["waiting", "queued" if waits else "accepted"]


@pytest.mark.parametrize("answer", [Receipt(), Refused("no"), Uncertain("?")])
def test_row_goes_at_once_when_the_one_before_it_has_ended(app, provider, answer):
    provider.answers = [answer]
    first, *others = saved(mail("1"), mail("2"), mail("3"))
    deliver(first)
    go()

    assert [call[2] for call in provider.calls] == ["1", "2", "3"]
    assert states(*others) == ["accepted"] * 2


def test_row_goes_at_once_though_another_machines_clock_is_fast(app, provider, clock):
    row_id = saved(mail())
    clock.shift(timedelta(seconds=-3))
    deliver(row_id)

    assert states(row_id) == ["accepted"]
