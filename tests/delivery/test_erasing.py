"""What is dropped when a person is forgotten, and what stays for the ledger."""

from contextlib import suppress
from datetime import timedelta

import pytest

from portal.delivery import Erase, erasing, forget, ledger, outbox
from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.providers.errors import Refused, TryLater
from tests.delivery import ADA, contact, deliver, go, look, mail, saved, states, sweep

pytestmark = pytest.mark.usefixtures("each_database")
NOTHING = ("", "", {})


def traces(row_id):
    row = look(row_id)
    return row.address, row.address_key, row.payload


def forget_ada():
    forget("Ada@Example.org")
    db.session.commit()


def test_what_has_not_left_is_cancelled_and_the_ledger_balances(app, provider):
    provider.answers = [TryLater("down")]
    *mine, other = saved(mail("1"), mail("2"), contact(), mail(to="bob@example.org"))
    deliver(mine[0])
    forget_ada()
    deliver(*mine, other)

    assert states(*mine, other) == [*["cancelled"] * 3, "accepted"]
    assert {look(row_id).reason for row_id in mine} == {erasing.ERASED}
    assert [traces(row_id) for row_id in mine] == [NOTHING] * 3
    assert len(provider.calls) == 2
    assert ledger.read().balances


def test_what_had_left_is_kept_without_the_address(app, provider):
    provider.answers = [Refused("ada@example.org is not an address")]
    failed, taken = saved(mail(), contact())
    deliver(failed, taken)
    forget_ada()

    assert states(failed, taken) == ["failed", "accepted"]
    assert traces(failed) == traces(taken) == NOTHING
    assert (look(failed).reason, look(taken).message_id) == ("", "id-2")


def test_row_that_is_being_sent_keeps_its_place_and_is_dropped_when_it_is_taken(app, provider):
    upsert, meanwhile = saved(contact()), []

    def forgotten():
        forget_ada()
        erase = saved(Erase(ADA))
        deliver(erase)
        meanwhile.extend([erase, *states(erase), traces(upsert)])

    provider.answers = [forgotten]
    deliver(upsert)
    go()

    assert meanwhile[1:] == ["queued", ("", ADA, {})]
    assert traces(upsert) == NOTHING
    assert [call[0] for call in provider.calls] == ["upsert", "erase"]


@pytest.mark.parametrize("answer", [TryLater("down"), KeyboardInterrupt()], ids=["put off", "died"])
@pytest.mark.parametrize("item", [mail(), contact()], ids=["mail", "contact"])
def test_row_that_was_being_sent_and_did_not_arrive_is_not_tried_again(
    app, provider, clock, item, answer
):
    row_id = saved(item)
    provider.answers = [lambda: forget_ada() or answer]
    with suppress(KeyboardInterrupt):
        deliver(row_id)
    erase = saved(Erase(ADA))
    clock.shift(timedelta(minutes=6))
    sweep()
    go()

    is_doubtful = item == mail() and isinstance(answer, KeyboardInterrupt)
    assert states(row_id, erase) == ["uncertain" if is_doubtful else "cancelled", "accepted"]
    assert traces(row_id) == NOTHING
    assert is_doubtful or look(row_id).reason == erasing.ERASED


def test_erasure_that_was_done_takes_the_address_with_it_and_all_before(app, provider):
    before, erase = saved(mail(), Erase(ADA))
    deliver(before, erase)
    after = saved(mail("Welcome back"))

    assert states(before, erase) == ["accepted", "accepted"]
    assert traces(before) == traces(erase) == NOTHING
    assert look(after).address == ADA


@pytest.mark.parametrize(
    ("item", "forgotten", "again"),
    [(Erase(ADA), False, 1), (mail(), True, 0)],
    ids=["the erasure itself", "what was forgotten"],
)
def test_refused_erasure_can_be_tried_again_and_what_was_forgotten_cannot(
    app, provider, item, forgotten, again
):
    provider.answers = [Refused("no")]
    row_id = saved(item)
    deliver(row_id)
    if forgotten:
        forget_ada()

    assert look(row_id).address == ("" if forgotten else ADA)
    assert outbox.retry(Outgoing.id == row_id) == again


def test_address_that_only_looks_alike_is_another_persons(app):
    """ß and ss fold into one when letters are compared without case; mailboxes do not."""
    mine, other = saved(mail(to="strauß@example.org"), mail(to="strauss@example.org"))
    forget("strauß@example.org")
    db.session.commit()

    assert states(mine, other) == ["cancelled", "queued"]
