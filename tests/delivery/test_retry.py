"""What a person sends again, and what must not be."""

from __future__ import annotations

import pytest

from portal.delivery import Unsubscribe, claims, enqueue, outbox
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db, now
from tests.delivery import ADA, contact, deliver, look, mail, saved, states, told

pytestmark = pytest.mark.usefixtures("each_database")


def ended(item, state, **values):
    row = claims.claim(saved(item))
    claims.settle(row, state, **values)
    return row.id


def test_retry_starts_a_row_afresh_with_the_same_key(app):
    row_id = ended(mail(), OutgoingState.FAILED, reason="no")
    key = look(row_id).key

    number = outbox.retry(Outgoing.id == row_id)

    row = look(row_id)
    assert (number, told()) == (1, [row_id])
    assert (row.state, row.attempts, row.finished_at, row.key) == ("queued", 0, None, key)


def test_retry_leaves_alone_what_is_being_sent_or_done(app):
    done = ended(mail(), OutgoingState.ACCEPTED)
    sending = claims.claim(saved(mail())).id
    cancelled = enqueue(mail(), cancelled="no").id
    db.session.commit()

    assert outbox.retry(Outgoing.id.in_([done, sending, cancelled])) == 0
    assert states(done, sending, cancelled) == ["accepted", "sending", "cancelled"]


def test_person_decides_about_an_uncertain_mail_but_not_about_one_that_waits(app):
    """A waiting mail's doubt stays: it still may not go when its key has run out."""
    uncertain = ended(mail(), OutgoingState.UNCERTAIN, unsure_since=now())
    waiting = ended(
        mail(to="bob@example.org"), OutgoingState.WAITING, unsure_since=now(), due_at=now()
    )

    assert outbox.retry(Outgoing.id.in_([uncertain, waiting])) == 2
    assert look(uncertain).unsure_since is None
    assert look(waiting).unsure_since is not None


def test_old_contact_is_not_sent_again_after_the_person_has_left(app, provider):
    upsert = ended(contact(), OutgoingState.FAILED, reason="no")
    unsubscribe = saved(Unsubscribe(ADA))
    deliver(unsubscribe)

    assert outbox.retry(Outgoing.state == OutgoingState.FAILED) == 0
    assert states(upsert, unsubscribe) == ["cancelled", "accepted"]
    assert look(upsert).reason == "A later change replaced it"


def test_failed_changes_are_sent_again_in_their_order(app, provider):
    upsert = ended(contact(), OutgoingState.FAILED)
    unsubscribe = ended(Unsubscribe(ADA), OutgoingState.FAILED)

    assert outbox.retry(Outgoing.state == OutgoingState.FAILED) == 2
    assert told() == [upsert, unsubscribe]
    assert claims.claim(unsubscribe) is None
    assert claims.claim(upsert)


def test_mail_that_failed_goes_again_though_later_ones_went(app):
    first = ended(mail("1"), OutgoingState.FAILED)
    ended(mail("2"), OutgoingState.ACCEPTED)

    assert outbox.retry(Outgoing.id == first) == 1
