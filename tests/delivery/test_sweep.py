"""What a queue loses, a worker leaves or a clock gets wrong is found."""

from contextlib import suppress
from datetime import timedelta

import pytest

from portal.delivery import ledger
from portal.extensions import db, huey
from tests.delivery import ADA, deliver, go, mail, saved, states, sweep

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_request_is_answered_and_its_mail_leaves_though_the_queue_is_down(
    visit_plain, provider, monkeypatch
):
    def down(*_):
        raise ConnectionError("the queue is down")

    monkeypatch.setattr(huey.storage, "enqueue", down)
    answer = visit_plain.send("/newsletter/", {"email": ADA})
    go()

    assert (answer.status, answer.heading) == (200, "Check your email")
    assert len(provider.calls) == 1


@pytest.mark.usefixtures("each_database")
def test_claim_that_lasts_longer_than_any_is_taken_back_and_counts_as_overdue(provider, clock):
    """A clock went wrong by two hours while the row was claimed and another one was written."""
    provider.key_lasts, provider.answers = DAY, [KeyboardInterrupt()]
    clock.shift(2 * HOUR)
    first, second = saved(mail(), mail(to="bob@example.org"))
    with suppress(KeyboardInterrupt):
        deliver(first)
    clock.shift(-2 * HOUR)
    overdue = ledger.read().overdue
    db.session.commit()
    sweep()
    clock.shift(MINUTE)
    go()

    assert overdue == 1
    assert states(first, second) == ["accepted"] * 2
