"""The export gives a manager what was asked for, a little at a time, and leaves a trace."""

import csv

import pytest
import time_machine

from portal.extensions import db
from portal.inbox.figures import export
from portal.inbox.models import Change, ConversationState, Kind
from portal.spreadsheets import BOM
from portal.team.models import Role
from tests.conftest import NOON
from tests.inbox import DAY, a_conversation
from tests.team import sign_in

EXPORT = "/inbox/export"
NOTHING_CHOSEN = {"kind": "", "state": "", "since": "", "until": ""}


@pytest.fixture
def manager(app, visit_plain):
    sign_in(visit_plain, app, Role.MANAGER, name="Mary")
    return visit_plain


def traces():
    db.session.commit()
    exported = db.session.query(Change).filter_by(what="exported")
    found = [(one.after, one.member.name) for one in exported]
    db.session.commit()
    return found


@pytest.fixture
def unguarded(app):
    """Without the check of our token, which would refuse a POST before the role does."""
    app.config["WTF_CSRF_ENABLED"] = False


def test_page_says_what_will_be_in_the_file(manager):
    assert "No messages, notes or files" in manager(EXPORT).text


def test_manager_who_signed_in_long_ago_is_asked_again_first(app, visit_plain, unguarded):
    sign_in(visit_plain, app, Role.MANAGER, fresh=False)

    assert visit_plain.post(EXPORT, NOTHING_CHOSEN).heading == "Is it you?"
    assert traces() == []


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ({}, ["message", "press", "message"]),
        ({"kind": "press"}, ["press"]),
        ({"state": "closed"}, ["message"]),
        ({"since": "2030-03-26"}, ["press", "message"]),
        ({"until": "2030-03-26"}, ["message", "press"]),
        ({"since": "2030-03-26", "until": "2030-03-26"}, ["press"]),
        ({"kind": "press", "state": "closed"}, []),
    ],
)
def test_file_has_a_line_for_each_that_was_asked_for_and_it_is_noted_who_asked(
    manager, asked, kinds
):
    for day, changes in enumerate(({}, {"kind": Kind.PRESS}, {"needs": "Large print"}), start=-1):
        with time_machine.travel(NOON + day * DAY):
            last = a_conversation(**changes)
    last.state = ConversationState.CLOSED
    db.session.commit()

    answer = manager.send(EXPORT, NOTHING_CHOSEN | asked)
    found = [*csv.DictReader(answer.response.text.removeprefix(BOM).splitlines())]

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert [row["kind"] for row in found] == kinds
    names = {"since": "from", "until": "to"}
    after = {names.get(name, name): day for name, day in asked.items()} | {"count": len(kinds)}
    assert traces() == [(after, "Mary")]
    if not asked:
        assert (found[2]["reference"], found[2]["needs"]) == (last.reference, "Large print")
        assert found[2]["subject"] == "Is the pool warm in winter?"


def test_cell_is_never_a_formula(manager):
    for start in ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\u200b="):
        a_conversation(subject=f"{start}cmd|' /C calc'!A0", name=f"{start}1+1")

    text = manager.send(EXPORT, NOTHING_CHOSEN).response.text
    made = [*csv.reader(text.split("\r\n", 1)[1].splitlines(keepends=True))]
    assert len(made) == 8
    starts = tuple("=+-@\t\r\uff1d\u200b")
    assert not [cell for row in made for cell in row if cell.startswith(starts)]


@pytest.fixture
def stream(app, client, unguarded, monkeypatch):
    """The lines of a file as they come, with so many in a batch, and what closes it."""

    def begin(at_once, number):
        monkeypatch.setattr(export, "AT_ONCE", at_once)
        sign_in(client, app, Role.MANAGER)
        for _ in range(number):
            a_conversation()
        answer = client.post(EXPORT, data=NOTHING_CHOSEN, buffered=False)
        return answer.iter_encoded(), answer.close

    return begin


@pytest.mark.usefixtures("each_database")
def test_file_is_read_a_little_at_a_time_and_keeps_nobody_from_writing(stream, statements):
    """What is in memory is one batch, however long the file is."""

    def batches():
        return len([one for one in statements if "conversation.id > " in one])

    lines, close = stream(2, 7)
    assert next(lines).decode().startswith(f"{BOM}reference,")
    assert batches() == 0
    assert traces()[0][0] == {"count": 7}

    next(lines)
    assert batches() == 1
    a_conversation()  # waits for nobody
    assert sum(chunk.count(b"\r\n") for chunk in lines) == 6
    assert batches() == 5
    close()


def test_reader_who_goes_away_half_way_leaves_nothing_open(stream):
    lines, close = stream(1, 3)
    next(lines)
    next(lines)
    close()

    assert a_conversation().id == 4
    assert db.engine.pool.checkedout() <= 1
