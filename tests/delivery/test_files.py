"""The files of mails: in the storage until the mail leaves, and never in the outbox."""

from dataclasses import replace

import pytest

from portal import storage
from portal.delivery import files
from portal.delivery.breaker import FAILURES
from portal.delivery.providers import get_providers
from portal.providers.values import MailFile
from tests.delivery import ADA, Scripted, deliver, look, mail, provide, saved

MB = 1024 * 1024


@pytest.fixture
def sent(provider, monkeypatch):
    """The mails that the provider was given."""
    found = []
    monkeypatch.setattr(provider, "send", lambda email, key: found.append(email) or _taken(email))
    return found


def _taken(email):
    return Scripted().answer(email)


def with_file(place, to=ADA):
    return replace(mail(to=to), attachments=(MailFile("zoë.png", b"", "image/png", place),))


def test_file_is_read_when_the_mail_leaves_and_is_not_in_the_outbox(app, sent):
    row_id = saved(with_file(storage.keep(b"a lake" * MB)))
    assert len(str(look(row_id).payload)) < 1000
    deliver(row_id)

    assert look(row_id).state == "accepted"
    assert sent[0].attachments == (MailFile("zoë.png", b"a lake" * MB, "image/png"),)


def test_mail_whose_file_is_gone_fails_in_words_and_does_not_leave_without_it(app, sent):
    row_id = saved(with_file("aa/gone"))
    deliver(row_id)

    row = look(row_id)
    assert (row.state, sent) == ("failed", [])
    assert row.reason == "The file zoë.png is not there any more, so nothing was sent."


def test_mail_whose_file_cannot_be_read_now_waits_and_keeps_no_other_waiting(
    app, sent, monkeypatch
):
    def away(_place):
        raise storage.Away("The bucket does not answer")

    place = storage.keep(b"a lake")
    with monkeypatch.context() as broken:
        broken.setattr(storage, "read", away)
        people = [f"p{number}@example.org" for number in range(FAILURES + 1)]
        waiting = [saved(with_file(place, to)) for to in people]
        for row_id in waiting:
            deliver(row_id)
        assert {look(row_id).state for row_id in waiting} == {"waiting"}
        other = saved(mail(to="grace@example.org"))
        deliver(other)
        assert look(other).state == "accepted"


@pytest.mark.parametrize(
    ("largest", "ends", "most_mb", "takes_heic"),
    [
        ((10_000_000,), (), 6, True),
        ((40_000_000,), (), 27, True),
        ((40_000_000, 10_000_000), ("png", "heic"), 6, True),
        ((40_000_000,), ("png",), 27, False),
    ],
)
def test_who_takes_least_says_how_much_fits(app, largest, ends, most_mb, takes_heic):
    senders = [Scripted() for _ in largest]
    provide(app, mail=senders[0], fallback=senders[1] if senders[1:] else None)
    for one, size in zip(senders, largest, strict=True):
        one.largest_mail = size
    senders[-1].file_ends = frozenset(ends)

    assert get_providers().senders == senders
    assert files.most_mb() == most_mb
    assert files.are_taken("heic") is takes_heic
