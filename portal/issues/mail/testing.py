"""Test mails: an issue as somebody of the team gets it in their own mail program."""

from collections.abc import Iterable

from portal import delivery
from portal.issues.mail import personal, rendering
from portal.issues.models import Issue
from portal.team.models import Member
from portal.transaction import NotPossible, one_transaction

AN_HOUR = 20  # mails to one member: every format five times
TOO_MANY = f"You have sent yourself {AN_HOUR} tests in this hour. Wait for the next hour."


@one_transaction
def send(issue: Issue, member: Member, formats: Iterable[str]) -> None:
    """Send a member the issue in these formats, at their own address; commits.

    Raises NotPossible where they had too many in this hour.
    """
    for format_ in formats:
        key = delivery.turn(f"issue test {member.id}", AN_HOUR)
        if not key:
            raise NotPossible(TOO_MANY)
        mail = personal.test_for(rendering.edition(issue, format_), member)
        delivery.enqueue(mail, key=key)
