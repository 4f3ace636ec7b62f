"""Lets issues leave, as a test says it: who agreed to what, who is on the list, who sends it."""

from portal.extensions import db
from portal.issues import scheduling
from portal.issues.mail import rendering
from portal.issues.models import Issue, IssueState
from portal.issues.sending import tasks
from portal.issues.sending.report import report
from tests.issues import agree, an_issue
from tests.newsletter import a_subscriber
from tests.stories import an_editor


def an_agreed_issue(*stories, **values):
    """An issue to which two people have agreed, as it would leave now."""
    issue = an_issue(*stories, **values)
    issue.digest = rendering.digest(issue)
    db.session.commit()
    agree(issue)
    issue.state = IssueState.APPROVED
    db.session.commit()
    return issue


def people(number, format_="standard", **values):
    """So many people on the list, who want it in a format."""
    return [
        a_subscriber(email=f"{format_}{each}@example.org", format=format_, **values)
        for each in range(number)
    ]


def let_go(issue, clock):
    """Let it be sent as soon as may be, and do what the worker does in that minute."""
    scheduling.schedule(issue, None, an_editor("Eda"))
    clock.shift(scheduling.GRACE)
    minute()


def minute():
    """Do what the worker does each minute."""
    tasks.keep_going.call_local()


def known(issue):
    """What is known of its people: accepted, waiting, failed, uncertain, cancelled."""
    found = report(db.session.get_one(Issue, issue.id, populate_existing=True))
    assert found.known.balances
    it = found.known
    db.session.commit()
    return it.accepted, it.waiting, it.failed, it.uncertain, it.cancelled
