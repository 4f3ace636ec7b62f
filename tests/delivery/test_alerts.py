"""Alerts leave as surely as mail does, tell each thing once, and never say where they go."""

import json
import logging
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.config import ConfigError
from portal.delivery import alert, enqueue, enqueue_once, happened, outbox, tasks
from portal.delivery.models import Action, Outgoing, OutgoingState
from portal.extensions import db
from portal.providers.alerts import Alerts, digest
from portal.providers.errors import Refused, SetupError, TryLater
from portal.providers.values import Receipt
from tests.delivery import (
    alerts,
    deliver,
    go,
    hear,
    look,
    mail,
    many,
    news,
    provide,
    states,
    sweep,
)
from tests.providers.raw_server import RawServer

# Apprise looks for a part of Python that newer ones do not have.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")

SECRET = "hooks-T024-B19-verysecret"
CHAT, PHONE = f"json://127.0.0.1:9/{SECRET}", f"jsons://127.0.0.1:9/{SECRET}/phone"
TITLE, TEXT = "A press deadline is near", "27 March 2030\nhttp://portal.test/inbox/1"


@pytest.fixture
def bell(bell):
    bell.destinations = ("chat", "phone")
    return bell


def ring(**options):
    """Queue an alert and give back its rows' numbers."""
    ids = select(Outgoing.id).order_by(Outgoing.id)
    before = [*db.session.scalars(ids)]
    alert(TITLE, TEXT, **options)
    after = [*db.session.scalars(ids)]
    db.session.commit()
    return after[len(before) :]


@pytest.mark.parametrize(
    ("error", "state"), [(TryLater("chat is down"), "waiting"), (Refused("no"), "failed")]
)
def test_alert_goes_to_each_address_and_later_to_one_that_did_not_take_it(bell, error, state):
    bell.answers = [error]
    ids = ring()
    deliver(*ids)
    before = states(*ids)
    outbox.retry(Outgoing.id == ids[0])
    deliver(ids[0])

    assert bell.calls == [(to, TITLE, TEXT) for to in ("chat", "phone", "chat")]
    assert (before, states(*ids)) == ([state, "accepted"], ["accepted"] * 2)
    assert [look(row_id).payload for row_id in ids] == [{}, {}]


def test_worker_that_died_with_an_alert_lets_it_ring_twice_rather_than_never(bell, clock):
    bell.answers = [KeyboardInterrupt()]
    first, _ = ring()
    with pytest.raises(KeyboardInterrupt):
        deliver(first)
    clock.shift(timedelta(minutes=6))
    sweep()
    clock.shift(timedelta(days=7))
    deliver(first)

    assert states(first) == ["accepted"]


@pytest.mark.usefixtures("each_database")
def test_what_was_queued_beside_an_occasion_that_is_over_still_leaves(provider):
    assert enqueue_once(mail(), "monday")
    db.session.commit()
    enqueue(mail(to="bob@example.org"))
    assert enqueue_once(mail(), "monday") is None
    enqueue(mail(to="eve@example.org"))
    db.session.commit()
    go()

    assert [call[1][:3] for call in provider.calls] == ["ada", "bob", "eve"]
    assert happened("monday")
    assert not happened("tuesday")


@pytest.mark.usefixtures("each_database")
def test_books_that_need_a_person_ring_at_most_once_in_a_quarter_of_a_day(bell, clock):
    rung = []
    enqueue(mail())
    db.session.commit()
    for minutes in (0, 6, 0, 0, 6 * 60):
        clock.shift(timedelta(minutes=minutes))
        tasks.watch_ledger.call_local()
        rung.append(len(alerts()))

    assert rung == [0, 2, 2, 2, 4]


@pytest.mark.parametrize("by", ["refusal", "news"])
def test_many_mails_that_fail_together_ring_though_each_fails_by_itself(provider, bell, clock, by):
    ids = many(tasks.MANY)
    provider.answers = [Refused("no")] * len(ids) * (by == "refusal")
    deliver(*ids)
    told = [news("rejected", str(one), key=look(one).key, reason="DMARC") for one in ids]
    rung = []
    for hours in (0, 0, 1):
        hear(*(told[:-1] if not rung else told) * (by == "news"))
        clock.shift(timedelta(hours=hours, minutes=5))
        tasks.watch_ledger.call_local()
        rung.append(len(alerts()))

    assert states(*ids) == ["failed"] * len(ids)
    assert rung == ([2, 2, 2] if by == "refusal" else [0, 2, 2])
    assert f"failed in the last hour: {tasks.MANY}" in alerts()[0]["text"]


def test_a_mail_that_its_provider_keeps_back_is_accepted_and_rings(provider, bell):
    provider.answers = [Receipt(one, "monthly-limit-reached") for one in "ab"]
    ids = many(2)
    deliver(*ids)

    assert states(*ids) == ["accepted"] * 2
    assert {look(one).reason for one in ids} == {"monthly-limit-reached"}
    assert [one["title"] for one in alerts()] == ["scripted keeps mail back"] * 2


def test_address_is_in_no_row_reason_or_log(make_app, caplog):
    caplog.set_level(logging.DEBUG)
    app = make_app(ALERT_URLS=f"{CHAT} {PHONE}")
    with app.app_context():
        ids = ring()
        deliver(*ids)
        kept = [str(vars(look(row_id))) for row_id in ids]
        status = app.test_cli_runner().invoke(args=["delivery", "status"]).output

    assert len(ids) == 2
    assert "json:// in ALERT_URLS did not take the alert" in status
    assert "to the team" in status
    assert SECRET not in "".join([*kept, status, caplog.text])


def test_alert_for_an_address_that_was_taken_out_fails_and_says_so(make_app):
    app = make_app(ALERT_URLS=CHAT)
    with app.app_context():
        (row_id,) = ring()
        provide(app, alerts=Alerts([PHONE]))
        deliver(row_id)

        assert look(row_id).state == "failed"
        assert look(row_id).reason == "This alert's address is no longer in ALERT_URLS."


def test_addresses_that_lead_nowhere_stop_the_start_and_are_not_said(make_app, tmp_path):
    with pytest.raises(ConfigError, match="ALERT_URLS: address number 2") as start:
        make_app(ALERT_URLS=f"{CHAT} {SECRET}")
    with pytest.raises(SetupError, match="ALERT_URLS: address number 2") as check:
        Alerts([CHAT, f"nosuchservice://{SECRET}"]).check()
    queue = f"sqlite:///{tmp_path / 'queue.db'}"
    app = make_app(ALERT_URLS=f"nosuchservice://{SECRET}", QUEUE_URL=queue)
    worker = app.test_cli_runner().invoke(args=["worker"])

    assert worker.exit_code == 1
    assert "ALERT_URLS: address number 1 is none that Apprise knows" in worker.output
    assert SECRET not in f"{start.value} {check.value} {worker.output}"


def test_service_that_breaks_is_tried_later_and_its_words_are_not_kept(monkeypatch):
    def broken(address):
        raise RuntimeError(f"cannot reach {address}")

    monkeypatch.setattr("portal.providers.alerts._open", broken)
    with pytest.raises(TryLater) as error:
        Alerts([CHAT]).send(digest(CHAT), TITLE, TEXT)

    assert str(error.value) == "json:// in ALERT_URLS broke: RuntimeError"


@pytest.mark.parametrize(
    ("urls", "code", "words", "number"),
    [(f"{CHAT} {PHONE}", 0, "2 alerts queued.", 2), ("", 1, "ALERT_URLS is empty", 0)],
    ids=["two addresses", "none"],
)
def test_test_alert_is_queued_for_each_address(make_app, urls, code, words, number):
    app = make_app(ALERT_URLS=urls)
    with app.app_context():
        result = app.test_cli_runner().invoke(args=["delivery", "alert-test"])

        assert (result.exit_code, words in result.output) == (code, True)
        assert [*db.session.scalars(db.select(Outgoing.action))] == [Action.ALERT] * number


@pytest.mark.services
@pytest.mark.enable_socket
def test_real_service_gets_the_words_as_they_are(make_app):
    server = RawServer()
    server.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    try:
        app = make_app(ALERT_URLS=f"{server.url.replace('http', 'json', 1)}/{SECRET}")
        with app.app_context():
            (row_id,) = ring()
            deliver(row_id)
            assert states(row_id) == [OutgoingState.ACCEPTED]
    finally:
        server.stop()

    (request,) = server.requests
    body = json.loads(request.partition(b"\r\n\r\n")[2])
    assert (body["title"], body["message"]) == (TITLE, TEXT)
