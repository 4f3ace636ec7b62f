"""The page on which managers decide what leaves after a backup was brought back."""

import pytest

from portal.delivery import enqueue, restored
from portal.delivery.models import Outgoing
from portal.delivery.restored import Restoration
from portal.extensions import db, now
from portal.team.models import Role
from tests.delivery import mail
from tests.team import sign_in

PAGE = "/team/restored/"


def brought_back():
    """As after a restore: a mail waits."""
    row_id = enqueue(mail())
    restored.hold()
    db.session.add(Restoration(backup_at=now(), at=now()))
    db.session.commit()
    return row_id


def test_page_says_that_there_is_nothing_where_nothing_was_brought_back(app, visit):
    sign_in(visit, app, Role.MANAGER)

    assert "nothing to decide" in visit(PAGE).text


@pytest.mark.parametrize(("do", "state"), [("go", "accepted"), ("drop", "cancelled")])
def test_manager_decides_once_what_becomes_of_it(app, visit, work, do, state):
    sign_in(visit, app, Role.MANAGER)
    row_id = brought_back()
    work()
    page = visit(PAGE)
    assert "1 email" in page.text
    assert "brought back from a backup" in visit("/inbox/").text
    after = visit.send(PAGE, {"do": do})
    work()

    assert db.session.get(Outgoing, row_id, populate_existing=True).state == state
    assert "Nothing waits any more" in after.text
    assert "brought back from a backup" not in visit("/inbox/").text


def test_editor_is_told_that_a_manager_decides(app, visit_plain):
    sign_in(visit_plain, app)
    brought_back()

    assert "until a manager decides" in visit_plain("/inbox/").text
