"""A mail that a provider only tells us of is fetched, and then it is a mail like any other."""

from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.delivery import events
from portal.extensions import db
from portal.inbox.incoming import services
from portal.inbox.models import Message
from portal.providers.errors import Busy, Refused, TryLater
from portal.providers.values import Address, InboundEmail
from tests.delivery import Scripted, act, event, hear, news, provide
from tests.inbox import HOUR
from tests.inbox.mails import reply_address


class Keeper(Scripted):
    """A provider that keeps mails; when its answers are over it gives the mail itself."""

    name = "keeper"
    mail = InboundEmail(Address("grace@example.org"), text="Yes please.", message_id="<a@b>")

    def fetch_mail(self, message_id):
        self.answer(message_id, db.session().in_transaction())
        return self.mail


@pytest.fixture
def keeper(app):
    keeper = Keeper()
    provide(app, callers={keeper.name: keeper})
    return keeper


def tell(event_id="1", provider="keeper"):
    hear(news("inbound", event_id, message_id="mail-7", address=""), provider=provider)


def texts():
    found = db.session.scalars(select(Message.text).order_by(Message.id)).all()
    db.session.commit()
    return found


@pytest.mark.usefixtures("each_database")
def test_mail_that_was_told_of_is_a_message_in_its_conversation(app, keeper, conversation):
    keeper.mail = replace(keeper.mail, recipients=(reply_address(conversation),))
    tell()

    assert [message.text for message in conversation.messages][1:] == ["Yes please."]
    assert keeper.calls == [("mail-7", False)]
    assert event("1").applied_at


def test_the_same_mail_told_twice_is_one_message(app, keeper):
    tell("1")
    tell("1")
    tell("2")

    assert texts() == ["Yes please."]
    assert len(keeper.calls) == 2


@pytest.mark.parametrize("error", [TryLater("down"), Busy("slow down", HOUR / 6)])
def test_mail_that_cannot_be_fetched_now_is_fetched_later(app, keeper, clock, error):
    keeper.answers = [error, error]
    tell()
    waits = event("1")
    for _ in range(3):
        clock.shift(HOUR / 3)
        act()

    assert (waits.applied_at, waits.attempts) == (None, 1)
    assert texts() == ["Yes please."]
    assert len(keeper.calls) == 3


@pytest.mark.parametrize(
    ("provider", "words"),
    [("keeper", "There is no such mail."), ("local", "local tells of mail that came in")],
)
def test_mail_that_is_never_given_ends_with_a_line_in_the_log(keeper, caplog, provider, words):
    keeper.answers = [Refused("There is no such mail.")]
    for _ in range(2):
        tell(provider=provider)

    assert texts() == []
    assert len(keeper.calls) == (provider == "keeper")
    assert event("1").applied_at
    assert words in caplog.text


@pytest.mark.parametrize(
    ("place", "name", "error", "kept"),
    [
        (events, "_share", KeyboardInterrupt, ["Yes please."]),  # as if the worker were killed
        (services, "receive", RuntimeError, []),
    ],
    ids=["killed once it was kept", "a fault of ours"],
)
def test_mail_that_was_not_done_with_is_tried_again_and_not_doubled(
    app, keeper, clock, monkeypatch, place, name, error, kept
):
    def broken(*_):
        raise error

    with monkeypatch.context() as faulty, suppress(KeyboardInterrupt):
        faulty.setattr(place, name, broken)
        tell()
    db.session.rollback()
    assert (texts(), event("1").applied_at) == (kept, None)
    clock.shift(HOUR)
    tell()

    assert texts() == ["Yes please."]
    assert event("1").applied_at
