"""What the team did: noted with the deed, kept by the database, read by managers."""

from datetime import timedelta

import pytest

from portal import audit
from portal.audit import AuditEntry
from portal.extensions import db, now
from portal.team import tasks
from portal.team.audit.query import PAGE
from portal.team.models import Role
from tests.team import a_member, sign_in

AUDIT = "/team/audit/"


def entry(deed=audit.Deed.EXPORTED, of="inbox", days=0, member_id=None):
    """A deed of some days ago."""
    at = now() - timedelta(days=days)
    db.session.add(AuditEntry(deed=deed, of=of, why="", member_id=member_id, at=at))
    db.session.commit()


def rows(answer):
    """What stands in each line of the page."""
    return [row.to_text() for row in answer.page.query(".row")]


@pytest.fixture
def manager(app, visit):
    return sign_in(visit, app, Role.MANAGER)


def test_a_command_is_noted_with_the_deed_and_goes_with_it_where_that_fails(app):
    audit.note(audit.Deed.EXPORTED, "the list")
    db.session.rollback()
    assert db.session.query(AuditEntry).count() == 0

    audit.note(audit.Deed.EXPORTED, "the list", "to move")
    db.session.commit()
    (kept,) = db.session.query(AuditEntry)
    assert (kept.member_id, kept.deed, kept.of, kept.why) == (
        None,
        "exported",
        "the list",
        "to move",
    )


def test_managers_read_who_did_what_when_and_find_it(visit, manager):
    eve = a_member(name="Eve").id
    entry(of="conversation 12", member_id=manager.id)
    entry(audit.Deed.ERASED, "conversation 1", days=3, member_id=eve)
    entry(audit.Deed.RELEASED, "sign-up 7", days=40)

    shown = visit(AUDIT)
    assert len(rows(shown)) == 3
    assert shown.has('.row a[href="/inbox/12"]')
    assert "A command on the server" in shown.text
    found = {
        "member=command": "sign-up 7",
        f"member={eve}": "conversation 1",
        "deed=exported": "conversation 12",
        "days=1": "conversation 12",
        "days=7&deed=erased": "conversation 1",
        "q=sign-up+7": "sign-up 7",
        "q=conversation+12": "conversation 12",
    }
    for query, of in found.items():
        (row,) = rows(visit(f"{AUDIT}?{query}"))
        assert of in row, query
    assert "Nothing fits." in visit(f"{AUDIT}?member=99").text


@pytest.mark.usefixtures("manager")
def test_it_is_read_a_page_at_a_time(visit):
    for number in range(PAGE + 1):
        entry(of=f"conversation {number}")
    first = visit(AUDIT)
    last = db.session.query(AuditEntry.id).order_by(AuditEntry.id.desc())[PAGE - 1].id
    db.session.commit()

    assert len(rows(first)) == PAGE
    assert len(rows(visit(f"{AUDIT}?after={last}"))) == 1


@pytest.mark.usefixtures("each_database")
def test_it_goes_when_its_time_is_over_and_not_before(app):
    app.config["AUDIT_DAYS"] = 400
    for days in (399, 401, 900):
        entry(days=days)
    tasks.tidy.call_local()

    assert [one.at.date() for one in db.session.query(AuditEntry)] == [
        (now() - timedelta(days=399)).date()
    ]
