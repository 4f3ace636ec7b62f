"""An issue leaves once, to the right people, each in their format: as a mail of ours to each."""

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.issues.models import IssueState
from portal.newsletter.models import SubscriberState
from tests.issues.sending import an_agreed_issue, known, let_go, minute, people
from tests.newsletter import a_subscriber
from tests.stories import published

pytestmark = pytest.mark.usefixtures("each_database", "app", "clock")
MINUTE = timedelta(minutes=1)


def state(issue):
    db.session.refresh(issue)
    return issue.state


def news(mails):
    """Who got one."""
    mine = [mail for mail in mails if mail["Subject"] == "News of May"]
    return sorted(mail["To"].partition("@")[0] for mail in mine)


def test_everybody_on_the_list_gets_one_in_their_format_and_nobody_two(mailbox, clock):
    for number, format_ in ((3, "standard"), (2, "large"), (1, "plain"), (1, "of-old")):
        people(number, format_)
    for gone in SubscriberState:
        if gone is not SubscriberState.SUBSCRIBED:
            a_subscriber(email=f"{gone}@example.org", state=gone)
    issue = an_agreed_issue(published())
    let_go(issue, clock)
    first = news(mailbox())
    minute()
    minute()

    assert first == ["large0", "large1", "of-old0", "plain0", "standard0", "standard1", "standard2"]
    assert news(mailbox()) == first
    assert state(issue) is IssueState.SENT
    assert known(issue) == (7, 0, 0, 0, 0)
