"""A provider that fails again and again rests; its rows wait, and nobody has to help them."""

import threading
from datetime import timedelta

import pytest

from portal import checks
from portal.delivery import Erase, breaker, enqueue, late, ledger, worker
from portal.delivery.alerts import AGAIN
from portal.delivery.models import KINDS, Action, Late, Outgoing, Pause, Urgency
from portal.extensions import db, now
from portal.providers.errors import Busy, Denied, Refused, TryLater, Uncertain, UsedUp
from portal.providers.values import Receipt
from tests.at_once import at_once
from tests.delivery import ADA, alerts, contact, deliver, go, look, mail, many, saved, states

MINUTE = timedelta(minutes=1)
REST = breaker.SHORTEST
pytestmark = pytest.mark.usefixtures("bell")


def rests():
    """Which lanes rest, and for how long from now."""
    db.session.expire_all()
    found = {one.lane: one.until - now() for one in db.session.scalars(db.select(Pause))}
    db.session.commit()
    return found


def test_a_wrong_key_stops_all_rows_fails_none_and_is_one_alert(app, provider, clock):
    ids, upsert = many(50), saved(contact())
    provider.answers = [Denied("brevo answered 401. Check BREVO_API_KEY.")] * 50
    deliver(*ids, upsert)

    rows = [look(row_id) for row_id in ids]
    assert [call[0] for call in provider.calls] == ["send", "upsert"]
    assert {(str(row.state), row.attempts) for row in rows} == {("waiting", 0), ("queued", 0)}
    assert rows[0].reason == "brevo answered 401. Check BREVO_API_KEY."
    assert rests() == dict.fromkeys(["scripted contacts", "scripted mail"], breaker.DENIED)
    (alert,) = alerts()
    assert alert["title"] == "The portal cannot hand mail or contacts to scripted"

    clock.shift(AGAIN)
    provider.answers = [Denied("no")]
    deliver(ids[0])
    assert len(alerts()) == 2


def test_a_provider_that_is_busy_is_left_alone_for_as_long_as_it_asks(app, provider, clock):
    ids = many(3)
    provider.answers = [Busy("Slow down.", 7 * MINUTE)]
    deliver(*ids)
    clock.shift(6 * MINUTE)
    deliver(*ids)
    calls = len(provider.calls)
    clock.shift(MINUTE)
    deliver(*ids)

    assert calls == 1
    assert states(*ids) == ["accepted"] * 3
    assert [look(row_id).attempts for row_id in ids] == [1, 1, 1]
    assert alerts() == []


DOWN, SILENT, NO = TryLater("down"), Uncertain("silence"), Refused("bad address")
PAGE = Uncertain("504. That was a web page.")
PAGE.rests = True


@pytest.mark.parametrize(
    ("answers", "is_rest"),
    [
        ([DOWN] * 5, True),
        ([DOWN] * 4 + [Receipt()] + [DOWN] * 4, False),
        ([DOWN] * 4 + [NO, DOWN], True),
        ([SILENT] * 4 + [NO, SILENT], True),
        ([NO] * 9, False),
        ([PAGE, DOWN], True),
    ],
    ids=["five", "four, and four", "a no ends none", "of silence", "nor is one", "a page"],
)
def test_five_failures_in_a_row_are_a_rest_and_one_alert(provider, clock, answers, is_rest):
    provider.answers = list(answers)
    deliver(*many(len(answers)))

    assert rests() == ({"scripted mail": REST} if is_rest else {})
    assert len(alerts()) == is_rest


def test_after_a_rest_one_row_tries_and_all_others_follow(app, provider, clock):
    ids = many(30)
    provider.answers = [TryLater("down")] * 5
    deliver(*ids)
    calls = len(provider.calls)
    clock.shift(REST)
    go()

    assert calls == 5
    assert set(states(*ids)) == {"accepted"}
    assert rests() == {}


def test_a_try_that_fails_makes_the_rest_longer_each_time(app, provider, clock):
    provider.answers = [TryLater("down")] * 20
    deliver(*many(5))
    found = [rests()["scripted mail"]]
    for _ in range(7):
        clock.shift(found[-1])
        deliver(*many(2))
        found.append(rests()["scripted mail"])

    assert found[:4] == [REST, 2 * REST, 4 * REST, 8 * REST]
    assert found[-1] == breaker.LONGEST
    assert len(provider.calls) == 5 + 7


ROWS = {
    "mail": lambda to: enqueue(mail(to=to)),
    "contacts": lambda to: enqueue(contact(email=to)),
    "imports": lambda to: enqueue(contact(email=to), urgency=Urgency.BULK),
    "erasures": lambda to: enqueue(Erase(to)),
    "campaigns": lambda to: enqueue(Late(Action.CAMPAIGN, "create", to, {"edition": 1})),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_row_rests_by_itself(app, provider, clock, monkeypatch, kind):
    monkeypatch.setitem(late.STEPS, "create", lambda row, it: it.answer(row.name))
    made = {it: [ROWS[it](f"{it}{n}@example.org") for n in (1, 2)] for it in KINDS}
    db.session.commit()
    provider.answers = [Busy("No more this hour.", 60 * MINUTE)]
    deliver(made[kind][0])
    go()

    assert rests() == {f"scripted {kind}": 60 * MINUTE}
    assert {it for it in made if states(*made[it]) == ["accepted"] * 2} == {*made} - {kind}
    assert states(*made[kind]) == ["waiting", "queued"]
    clock.shift(60 * MINUTE)
    go()
    assert states(*made[kind]) == ["accepted"] * 2


def test_an_alert_rests_never(app, provider, bell, clock):
    provider.answers, bell.answers = [Denied("no")], [TryLater("The chat is down.")] * 7
    deliver(saved(mail()))
    (alert,) = db.session.scalars(db.select(Outgoing.id).where(Outgoing.action == Action.ALERT))
    db.session.commit()
    for _ in range(8):
        deliver(alert)
        clock.shift(timedelta(days=1))

    assert (list(rests()), states(alert)) == (["scripted mail"], ["accepted"])


@pytest.mark.parametrize(
    ("command", "kept"), [("delivery retry --waiting", "accepted"), ("worker", "waiting")]
)
def test_whoever_has_mended_something_is_not_kept_waiting(
    app, provider, clock, monkeypatch, command, kept
):
    """The rest ends and what was held up goes, though either would have waited for a while yet."""
    ids = many(3)
    later = enqueue(mail("Later"), wait=MINUTE)  # who wrote it may still take it back
    db.session.commit()
    provider.answers = [TryLater("down", 60 * MINUTE), Denied("no")]
    deliver(*ids)
    before = list(rests())
    monkeypatch.setattr(worker.Worker, "run", lambda _: None)
    monkeypatch.setattr(checks, "must_start", lambda: None)  # the tests' queue is no worker's
    result = app.test_cli_runner().invoke(args=command.split())
    after = result.exit_code, rests()
    go()

    assert (before, after) == (["scripted mail"], (0, {}))
    assert states(*ids, later) == [*["accepted"] * 3, kept]


@pytest.mark.parametrize(
    ("error", "is_over"),
    [(Denied("no"), True), (UsedUp("no"), True), (PAGE, True), (Busy("Slow.", 7 * MINUTE), False)],
)
def test_a_row_that_was_under_way_may_show_that_its_provider_works(
    app, provider, clock, error, is_over
):
    ids = many(3)

    def meanwhile():
        deliver(ids[1])
        before.extend(rests())

    before, provider.answers = [], [meanwhile, error]
    deliver(ids[0])
    go()

    assert (before, bool(rests())) == (["scripted mail"], not is_over)
    assert states(ids[0], ids[2]) == ["accepted", "accepted" if is_over else "queued"]


def status(app):
    words = app.test_cli_runner().invoke(args=["delivery", "status"]).output
    db.session.commit()
    return words


@pytest.mark.parametrize(
    ("after", "alerted", "until"),
    [
        (
            timedelta(days=9),
            "renewed (on 4 April 2030 at 13:00) or",
            ", until 4 April 2030 at 15:00",
        ),
        (None, "renewed or you buy more", ""),
    ],
)
def test_what_is_used_up_is_for_a_person_and_goes_by_itself_once_there_is_more(
    app, provider, bell, clock, after, alerted, until
):
    provider.answers = [UsedUp("monthly_quota_exceeded", after)] * 9
    ids = many(9)
    for _ in range(9):
        go()
        clock.shift(breaker.DENIED)
    words = status(app)
    clock.shift(timedelta(days=10))
    late = status(app)
    go()

    ((_, title, text), *others) = bell.calls
    assert (title, others) == ("What our plan with scripted allows is used up", [])
    assert alerted in text
    said = "Our plan for scripted mail has been used up since 26 March 2030 at 12:00"
    assert f"{said}{until}; what waits is kept. monthly_quota" in words
    assert f"{said}; what waits is kept." in late
    assert {(str(row.state), row.attempts) for row in map(look, ids)} == {("accepted", 1)}
    assert len(provider.calls) == 9 + 9


def test_the_status_says_it_in_words_and_calls_nothing_overdue(app, provider, clock):
    app.extensions["providers"].alerts.destinations = ()
    provider.answers = [Denied("scripted answered 401. Check SCRIPTED_API_KEY.")]
    deliver(*many(9))
    clock.shift(10 * MINUTE)
    book = ledger.read()
    db.session.commit()
    words = status(app)
    clock.shift(10 * MINUTE)

    assert (book.overdue, book.balances) == (0, True)
    assert "Nothing goes to scripted mail until 12:15; what waits is kept." in words
    assert "Check SCRIPTED_API_KEY." in words
    assert "Is “flask worker” running?" not in words
    assert "Nothing goes to scripted mail before one row has tried" in status(app)


def test_a_rest_that_ends_tomorrow_says_so_and_rings(app, provider, clock):
    provider.answers = [Busy("Slow down.", 13 * 60 * MINUTE)]
    deliver(*many(2))

    assert "until 27 March 2030 at 01:00; what" in status(app)
    assert len(alerts()) == 1


@pytest.mark.usefixtures("each_database")
def test_of_two_workers_one_tries_and_one_says_that_it_rests(app, provider):
    ids, gate, calls = many(6), threading.Barrier(2), []

    def denied_together():
        gate.wait(10)
        raise Denied("no")

    provider.answers = [denied_together] * 2
    refused = at_once(app, lambda: deliver(ids[0]), lambda: deliver(ids[1]))
    first = list(rests())
    db.session.execute(db.update(Pause).values(until=now() - MINUTE))
    db.session.commit()

    def slow():
        deliver(*ids[3:])  # as others would meanwhile
        calls.append(len(provider.calls))

    provider.answers = [slow]
    deliver(ids[2])

    assert (refused, first) == ([None, None], ["scripted mail"])
    assert calls == [3]
    assert (states(ids[2]), rests()) == (["accepted"], {})


@pytest.mark.parametrize("is_behind", [True, False], ids=["cannot go yet", "ends without a call"])
def test_a_row_that_is_not_sent_does_not_use_up_the_try(app, provider, clock, is_behind):
    """The first to try is one that stands behind another, or whose key has run out."""
    provider.answers = [Denied("no")]
    other, row = saved(mail(), mail("Later", to=ADA if is_behind else "bob@example.org"))
    if not is_behind:
        unsure = db.update(Outgoing).where(Outgoing.id == row).values(unsure_since=now())
        db.session.execute(unsure.values(provider="scripted"))
        db.session.commit()
    deliver(other)
    clock.shift(breaker.DENIED)
    deliver(row, other)

    assert states(row, other) == ["queued" if is_behind else "uncertain", "accepted"]
