"""The export gives a manager what was asked for, a little at a time, and leaves a trace."""

import csv
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import event

from portal.extensions import db
from portal.inbox.figures import export
from portal.inbox.models import Change, ConversationState, Kind
from portal.team.models import Role
from tests.inbox import a_conversation
from tests.team import sign_in

EXPORT = "/inbox/export"
NOTHING_CHOSEN = {"kind": "", "state": "", "since": "", "until": ""}


@pytest.fixture
def manager(app, visit_plain):
    sign_in(visit_plain, app, Role.MANAGER, name="Mary")
    return visit_plain


def rows(answer):
    """The lines of a file by their columns."""
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return [*csv.DictReader(answer.response.text.splitlines())]


def traces():
    db.session.commit()
    found = [
        (one.after, one.member.name) for one in db.session.query(Change) if one.what == "exported"
    ]
    db.session.commit()
    return found


def test_page_says_what_will_be_in_the_file(manager):
    answer = manager(EXPORT)

    assert answer.heading == "Export"
    assert "No messages, notes or files" in answer.text
    assert traces() == []


@pytest.mark.parametrize("role", [Role.READER, Role.EDITOR])
def test_others_get_no_file_and_no_page(app, visit_plain, role):
    sign_in(visit_plain, app, role)
    app.config["WTF_CSRF_ENABLED"] = False  # it would refuse the POST before the role does
    a_conversation()

    assert visit_plain(EXPORT).status == 403
    assert visit_plain.post(EXPORT, NOTHING_CHOSEN).status == 403
    assert traces() == []


def test_manager_who_signed_in_long_ago_is_asked_again_first(app, visit_plain):
    sign_in(visit_plain, app, Role.MANAGER, fresh=False)
    app.config["WTF_CSRF_ENABLED"] = False

    answer = visit_plain.post(EXPORT, NOTHING_CHOSEN)
    assert answer.status < 500
    assert answer.response.mimetype == "text/html"
    assert traces() == []


def test_file_has_a_line_for_each_conversation(manager):
    first = a_conversation(needs="Large print", name="Grace")
    a_conversation(kind=Kind.PRESS)

    found = rows(manager.send(EXPORT, NOTHING_CHOSEN))
    assert [row["kind"] for row in found] == ["message", "press"]
    assert found[0]["reference"] == first.reference
    assert found[0]["needs"] == "Large print"
    assert found[0]["subject"] == "Is the pool warm in winter?"


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({}, 3),
        ({"kind": "press"}, 1),
        ({"state": "closed"}, 1),
        ({"since": "2030-03-26"}, 2),
        ({"until": "2030-03-26"}, 2),
        ({"since": "2030-03-26", "until": "2030-03-26"}, 1),
        ({"kind": "press", "state": "closed"}, 0),
    ],
)
def test_filters_choose_and_are_noted_with_the_number(manager, asked, number):
    for day, changes in enumerate(({}, {"kind": Kind.PRESS}, {}), start=25):
        with time_machine.travel(datetime(2030, 3, day, 12, tzinfo=UTC)):
            last = a_conversation(**changes)
    last.state = ConversationState.CLOSED
    db.session.commit()

    assert len(rows(manager.send(EXPORT, NOTHING_CHOSEN | asked))) == number
    ((after, by),) = traces()
    names = {"since": "from", "until": "to"}
    assert after == {names.get(k, k): v for k, v in asked.items()} | {"count": number}
    assert by == "Mary"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_cell_is_never_a_formula(manager, start):
    a_conversation(subject=f"{start}cmd|' /C calc'!A0", name=f"{start}1+1")

    (row,) = csv.reader(
        manager.send(EXPORT, NOTHING_CHOSEN)
        .response.text.split("\r\n", 1)[1]
        .splitlines(keepends=True)
    )
    assert not [cell for cell in row if cell.startswith((start, *"=+@"))]


@pytest.mark.usefixtures("each_database")
def test_file_is_read_a_little_at_a_time_and_keeps_nobody_from_writing(app, client, monkeypatch):
    """What is in memory is one batch, however long the file is."""
    monkeypatch.setattr(export, "AT_ONCE", 2)
    sign_in(client, app, Role.MANAGER)
    app.config["WTF_CSRF_ENABLED"] = False
    for _ in range(7):
        a_conversation()
    batches = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(connection, cursor, statement, *rest):
        if "conversation.id > " in statement:
            batches.append(statement)

    answer = client.post(EXPORT, data=NOTHING_CHOSEN, buffered=False)
    lines = answer.iter_encoded()
    assert next(lines).startswith(b"reference,")
    assert batches == []
    assert traces()[0][0] == {"count": 7}

    next(lines)
    assert len(batches) == 1
    a_conversation()  # waits for nobody
    assert sum(chunk.count(b"\r\n") for chunk in lines) == 6
    assert len(batches) == 5
    answer.close()


def test_reader_who_goes_away_half_way_leaves_nothing_open(app, client, monkeypatch):
    monkeypatch.setattr(export, "AT_ONCE", 1)
    sign_in(client, app, Role.MANAGER)
    app.config["WTF_CSRF_ENABLED"] = False
    for _ in range(3):
        a_conversation()
    answer = client.post(EXPORT, data=NOTHING_CHOSEN, buffered=False)
    lines = answer.iter_encoded()
    next(lines)
    next(lines)
    answer.close()

    assert a_conversation().created_at - datetime.now(UTC) < timedelta(minutes=1)
    assert db.engine.pool.checkedout() <= 1
