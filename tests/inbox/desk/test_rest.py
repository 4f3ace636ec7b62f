"""While mail cannot go out, the team is told so where it answers."""

from datetime import timedelta

import pytest

from portal.delivery.models import Pause
from portal.extensions import db, now
from tests.delivery import Scripted, provide
from tests.inbox import a_conversation
from tests.inbox.desk import path

pytestmark = pytest.mark.usefixtures("ada")
WORDS = "Mail is not going out at the moment"


def rest(lane):
    until = now() + timedelta(minutes=10)
    db.session.add(Pause(lane=lane, since=now(), until=until, failures=1, reason="no"))
    db.session.commit()


def said(visit_plain):
    """Whether the list and a conversation say it."""
    addresses = "/inbox/", path(a_conversation())
    return [WORDS in visit_plain(address).text for address in addresses]


@pytest.mark.parametrize(
    ("lane", "fallback", "is_said"),
    [
        ("local mail", None, True),
        ("local mail", Scripted(), False),
        ("local contacts", None, False),
        ("another mail", None, False),
    ],
    ids=["ours", "taken over", "contacts", "another"],
)
def test_list_and_conversation_say_that_mail_does_not_go_out(
    app, visit_plain, lane, fallback, is_said
):
    provide(app, fallback=fallback)
    assert said(visit_plain) == [False, False]
    rest(lane)

    assert said(visit_plain) == [is_said, is_said]
