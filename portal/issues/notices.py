"""Who makes an issue hears what becomes of it; the team hears that a second yes is asked for."""

from flask import current_app

from portal import delivery
from portal.extensions import db
from portal.issues import signals
from portal.issues.models import Issue
from portal.providers.values import Address, Email
from portal.team.models import Member
from portal.web import public_address


def notice(to: Address, issue: Issue, news: str, by: Member | None = None) -> Email:
    """Say that a yes is `asked` for, that it is `agreed`, `reopened`, or `returned` by itself.

    Or how it ended, by the word of its state.
    """
    url = public_address("issue_desk.issue", issue_id=issue.id)
    return delivery.compose("issue_notice", to, issue=issue, news=news, by=by, url=url)


def tell_team(issue: Issue, by: Member) -> None:
    """Ask the team for a second yes, in the caller's transaction."""
    team = Address(current_app.config["TEAM_EMAIL"])
    delivery.enqueue(notice(team, issue, "asked", by))


def tell_makers(issue: Issue, news: str, by: Member | None = None) -> None:
    """Tell all who had a part in it but who did this, in the caller's transaction."""
    makers = {issue.author_id, issue.changed_by_id, issue.asked_by_id}
    for said in issue.approvals:
        if said.digest == issue.digest:
            makers |= {said.asked_by_id, said.member_id}
    for number in sorted(one for one in makers if one and not (by and one == by.id)):
        member = db.session.get_one(Member, number)
        if member.active:
            delivery.enqueue(notice(Address(member.email, member.name), issue, news, by))


@signals.returned.connect
def tell_returned(issue: Issue, why: str) -> None:
    """It cannot leave as it was agreed to: its makers are to look at it again."""
    tell_makers(issue, "returned")


@signals.ended.connect
def tell_ended(issue: Issue) -> None:
    """It was sent, or not: its makers hear how it ended."""
    tell_makers(issue, issue.state)
