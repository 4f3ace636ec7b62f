"""So many mails an hour go to addresses that nobody has proved; nothing else waits for them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.delivery import brake, ledger
from portal.delivery.models import Outgoing, OutgoingState, Permit
from portal.extensions import db
from portal.providers.errors import TryLater, Uncertain
from tests.at_once import at_once
from tests.delivery import contact, go, look, mail, many, saved, states, sweep

pytestmark = pytest.mark.usefixtures("each_database")

HOUR = timedelta(hours=1)
SENT = "/newsletter/preferences/sent"
LATE = ledger.OVERDUE + timedelta(seconds=1)


@pytest.fixture
def app(app):
    app.config["UNPROVED_MAILS_PER_HOUR"] = 3
    return app


def sent(provider):
    return [call[2] for call in provider.calls if call[0] == "send"]


def read():
    book = ledger.read()
    db.session.commit()  # what was read holds SQLite's lock
    return book


def numbered(*numbers):
    return saved(*(mail(str(one), to=f"{one}@example.org") for one in numbers))


def test_so_many_leave_in_any_hour_the_oldest_first_and_all_in_the_end(app, provider, clock):
    numbered(*range(2))
    go()
    clock.shift(HOUR / 2)
    numbered(*range(2, 8))
    left = []
    for _ in range(5):
        go()
        sweep()
        left.append(len(sent(provider)))
        clock.shift(HOUR / 2)

    assert left == [3, 5, 6, 8, 8]
    assert sent(provider) == [str(number) for number in range(8)]
    assert read().balances


def test_what_goes_to_people_whom_we_know_waits_for_none_of_it(app, provider, bell):
    numbered(*range(5))
    others = [mail("Answer", name="reply", to="4@example.org"), mail("Note", name="team_notice")]
    saved(*others, contact(email="4@example.org"))
    go()

    assert sent(provider) == ["Answer", "Note", "0", "1", "2"]
    assert provider.calls[-1][0] == "upsert"


@pytest.mark.parametrize("error", [TryLater("down"), Uncertain("no answer"), RuntimeError("?")])
def test_each_try_counts_that_may_have_reached_somebody(app, provider, clock, error):
    provider.answers = [error] * 3
    numbered(*range(4))
    go()
    clock.shift(HOUR - timedelta(seconds=1))
    go()

    assert len(provider.calls) == 3


def test_of_many_workers_none_lets_more_out(app, provider):
    app.config["UNPROVED_MAILS_PER_HOUR"] = 7
    many(40)
    assert at_once(app, *[go] * 8) == [None] * 8

    assert len(provider.calls) == 7
    assert db.session.scalar(select(func.count()).select_from(Permit)) == 7
    assert db.session.scalar(select(func.max(Outgoing.attempts))) == 1
    assert read().waiting == 33


def test_team_reads_why_and_is_told_once_while_it_lasts(app, provider, bell, clock):
    ids = numbered(*range(8))
    for _ in range(2):
        for _ in range(2):
            go()
            sweep()
        go()
        clock.shift(HOUR)
        book = read()

        assert not book.overdue
    assert [call[1] for call in bell.calls] == ["Many mails to people who have not confirmed"]
    assert (look(ids[-1]).state, look(ids[-1]).reason) == (OutgoingState.WAITING, brake.WHY)
    assert book.braked == 2
    assert any("flask delivery held" in trouble for trouble in book.troubles())
    status = app.test_cli_runner().invoke(args=["delivery", "status"]).output
    assert "flask delivery held" in status
    assert brake.WHY not in status  # no row of those needs a person: they would hide those that do


def test_what_may_go_and_does_not_is_overdue(app, provider, clock):
    numbered(*range(5))
    clock.shift(LATE)
    assert read().overdue == 5
    go()
    clock.shift(HOUR)
    assert read().overdue == 0  # this very moment they may go
    clock.shift(LATE)
    assert read().overdue == 2


@pytest.mark.parametrize(
    ("arguments", "after", "leave"),
    [
        (["--release"], ["accepted"] * 2, 5),
        (["--release", "--mail", "reply"], ["waiting"] * 2, 3),
        (["--drop"], ["cancelled"] * 2, 3),
        ([], ["waiting"] * 2, 3),
    ],
    ids=["release", "release others", "drop", "look"],
)
def test_by_one_command_all_goes_now_or_never(app, provider, arguments, after, leave):
    ids = numbered(*range(5))
    go()
    sweep()
    result = app.test_cli_runner().invoke(args=["delivery", "held", *arguments])
    db.session.commit()
    go()

    assert result.exit_code == 0, result.output
    assert len(sent(provider)) == leave
    assert states(*ids[3:]) == after
    assert read().balances
    gone = after[0] == "cancelled"
    assert [bool(look(one).address) for one in ids[3:]] == [not gone] * 2


def test_with_another_number_other_permits_count(app, provider):
    numbered(*range(9))
    for most, left in ((3, 3), (5, 5), (1, 5), (6, 6)):
        app.config["UNPROVED_MAILS_PER_HOUR"] = most
        go()

        assert len(sent(provider)) == left


@pytest.mark.parametrize(
    ("asked", "words"), [(3, "up to 1 hour"), (8, "up to 2 hours"), (90, "up to 2 days")]
)
def test_pages_say_how_long_a_mail_takes(app, visit_plain, provider, asked, words):
    assert "It can take a few minutes to arrive" in visit_plain(SENT).text
    numbered(*range(asked))
    go()
    sweep()
    before = visit_plain(SENT).text
    numbered(*range(asked, asked + 3))  # which shows nothing of these

    assert f"It can take {words} to arrive" in before
    assert visit_plain(SENT).text == before
