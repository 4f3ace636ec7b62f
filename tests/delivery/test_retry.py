"""What a person sends again, and what must not be."""

from datetime import timedelta

import pytest

from portal.delivery import enqueue, outbox, routing
from portal.delivery.models import Action, Outgoing
from portal.providers.errors import Refused, Uncertain
from tests.delivery import Scripted, deliver, go, look, mail, provide, saved, states

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def ended(provider):
    """Writes a row that has been tried once, with that answer."""

    def end(item, answer=None):
        provider.answers = [answer]
        row_id = saved(item)
        deliver(row_id)
        return row_id

    return end


def test_retry_starts_a_row_afresh_with_the_same_key_though_later_ones_went(ended):
    row_id = ended(mail("1"), Refused("no"))
    ended(mail("2"))
    key = look(row_id).key
    number = outbox.retry(Outgoing.id == row_id)

    row = look(row_id)
    assert (number, row.state, row.attempts, row.finished_at) == (1, "queued", 0, None)
    assert row.key == key
    go()
    assert states(row_id) == ["accepted"]


def test_retry_leaves_alone_what_is_being_sent_or_done(provider, ended):
    tried = []
    done = ended(mail())
    cancelled = enqueue(mail(), cancelled="no")
    sending = saved(mail())
    rows = Outgoing.id.in_([done, sending, cancelled])
    provider.answers = [lambda: tried.extend([outbox.retry(rows), *states(sending)])]
    deliver(sending)

    assert tried == [0, "sending"]
    assert states(done, cancelled) == ["accepted", "cancelled"]


def test_person_decides_about_an_uncertain_mail_but_not_about_one_that_waits(provider, ended):
    """A waiting mail's doubt stays: it still may not go when its key has run out."""
    uncertain = ended(mail(), Uncertain("?"))
    provider.key_lasts = timedelta(minutes=15)
    waiting = ended(mail(to="bob@example.org"), Uncertain("?"))

    assert states(uncertain, waiting) == ["uncertain", "waiting"]
    assert outbox.retry(Outgoing.id.in_([uncertain, waiting])) == 2
    assert look(uncertain).unsure_since is None
    assert look(waiting).unsure_since is not None


class Known(Scripted):
    """Knows mails by their keys."""

    def __init__(self):
        super().__init__()
        self.key_lasts = timedelta(hours=24)


class Batcher(Known):
    """Takes many in one call, too."""

    most_mails, cannot = 3, ()

    def send_many(self, mails):
        return self.answer("many")


def test_mail_that_goes_with_others_is_not_known_by_its_own_key(app):
    provider = provide(app, mail=Batcher())
    alone, among, elsewhere = (
        Outgoing(action=Action.EMAIL, provider=name, batch_id=batch)
        for name, batch in (("", None), ("", 7), ("another", None))
    )

    lasting = [routing.key_lasts(row, provider) for row in (alone, among, elsewhere)]
    assert lasting == [timedelta(hours=24), timedelta(0), timedelta(0)]
    assert routing.key_lasts(Outgoing(batch_id=7, provider=""), Known()) == timedelta(hours=24)
