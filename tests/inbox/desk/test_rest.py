"""While mail cannot go out, the team is told so where it answers."""

from datetime import timedelta

import pytest

from portal.delivery.models import Pause
from portal.extensions import db, now
from tests.delivery import Scripted, provide
from tests.inbox import a_conversation
from tests.inbox.desk import path
from tests.team import sign_in

WORDS = "Mail is not going out at the moment"


@pytest.fixture(autouse=True)
def ada(app, visit_plain):
    return sign_in(visit_plain, app)


def rest(lane, minutes=10):
    moment = now()
    until = moment + timedelta(minutes=minutes)
    db.session.add(Pause(lane=lane, since=moment, until=until, failures=1, reason="no"))
    db.session.commit()


def said(visit_plain):
    """Whether the list and a conversation say it."""
    conversation = a_conversation()
    return [WORDS in visit_plain("/inbox/").text, WORDS in visit_plain(path(conversation)).text]


def test_list_and_conversation_say_that_mail_does_not_go_out(visit_plain):
    rest("local mail")

    assert said(visit_plain) == [True, True]


@pytest.mark.parametrize("lane", ["local contacts", "another mail"])
def test_other_lanes_are_no_matter_of_the_team(visit_plain, lane):
    rest(lane)

    assert said(visit_plain) == [False, False]


def test_usually_nothing_is_said(visit_plain):
    assert said(visit_plain) == [False, False]


def test_nothing_is_said_while_another_provider_takes_over(app, visit_plain):
    provide(app, fallback=Scripted())
    rest("local mail")

    assert said(visit_plain) == [False, False]
