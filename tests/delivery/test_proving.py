"""Uncertain mails are asked after, where the provider can be asked."""

from datetime import timedelta

import pytest

from portal.delivery import uncertain
from portal.delivery.models import OutgoingState
from portal.extensions import db
from portal.providers.errors import TryLater, Uncertain
from portal.providers.values import Receipt
from tests.delivery import ADA, Scripted, deliver, hear, look, mail, news, provide, saved, states

pytestmark = pytest.mark.usefixtures("each_database")


class Finder(Scripted):
    """A provider that can be asked; it knows the mails in `known`."""

    def __init__(self):
        super().__init__()
        self.known, self.asked, self.error = {}, [], None

    def find(self, key, address):
        self.asked.append((key, address, db.session().in_transaction()))
        if self.error:
            raise self.error
        return self.known.get(key)


@pytest.fixture
def finder(app):
    return provide(app, mail=Finder())


def unsure(finder, to=ADA):
    """A mail of which nobody knows whether the provider has it."""
    finder.answers = [Uncertain("no answer")]
    row_id = saved(mail(to=to))
    deliver(row_id)
    return look(row_id)


ask = uncertain.prove.call_local


def test_mail_that_the_provider_knows_is_settled(finder):
    row = unsure(finder)
    finder.known[row.key] = Receipt("<found>")
    ask()

    settled = look(row.id)
    assert finder.asked == [(row.key, ADA, False)]
    assert (settled.state, settled.message_id, settled.payload) == ("accepted", "<found>", {})


@pytest.mark.parametrize(
    ("days", "can_be_asked"), [(0, True), (2.1, True), (0, False)], ids=["new", "old", "no way"]
)
def test_mail_that_is_not_known_or_not_asked_for_stays_for_a_person(
    app, finder, clock, days, can_be_asked
):
    row = unsure(finder)
    if not can_be_asked:
        provide(app, mail=Scripted())
    clock.shift(timedelta(days=days))
    ask()

    assert len(finder.asked) == (days == 0 and can_be_asked)
    assert look(row.id).state is OutgoingState.UNCERTAIN
    assert look(row.id).payload


def test_provider_that_does_not_answer_is_asked_once_in_a_round(finder, caplog):
    ids = [unsure(finder, f"{number}@example.org").id for number in range(3)]
    finder.error = TryLater("down")
    ask()

    assert len(finder.asked) == 1
    assert states(*ids) == ["uncertain"] * 3
    assert "could not be asked for: down" in caplog.text


def test_event_that_comes_while_it_is_asked_is_not_undone(finder):
    row = unsure(finder)

    def slow(key, address):
        hear(news("bounced", "1", key=key, reason="gone"))
        return Receipt("<found>")

    finder.find = slow
    ask()

    assert (look(row.id).state, look(row.id).reason) == ("bounced", "gone")
