"""The second yes: who asked for it, and who said it, to exactly what would be sent.

Who asks has read it, and that is the first yes. So whoever wrote it may say the second, as long as
it is not the same person. Any change ends both.
"""

from flask import current_app

from portal.extensions import db, now
from portal.issues import checks, drafts, notices
from portal.issues.mail import rendering
from portal.issues.models import Issue, IssueApproval, IssueState
from portal.team import services as team
from portal.team.models import Member
from portal.transaction import NotPossible, one_transaction

WORDING = "I have read this issue in each format. It may go out exactly like this, to these people."
NOBODY_ASKED = "Nobody asks for a yes to it now."
OWN = "You asked for the yes yourself. Somebody else has to say it."
NOT_EDITOR = "Only who may edit can say yes."
OTHER = "It is not what was asked about any more. Change it, or ask again."


def may_be_alone() -> bool:
    """Whether one person may send alone: for a team of one."""
    return not current_app.config["ISSUE_SECOND_YES"]


def others(by: Member) -> list[Member]:
    """Who else can say yes."""
    return [one for one in team.editors() if one.id != by.id]


def why_not(issue: Issue, member: Member) -> str:
    """Why a member cannot say yes to it; empty where they can."""
    if issue.state is not IssueState.DRAFT or not issue.asked_by_id:
        return NOBODY_ASKED
    if not member.can_own:
        return NOT_EDITOR
    return OWN if issue.asked_by_id == member.id and not may_be_alone() else ""


@one_transaction
def ask(issue: Issue, by: Member) -> None:
    """Ask for a second yes to the issue as it is; commits. Raises NotPossible."""
    if reason := drafts.why_not(issue):
        raise NotPossible(reason)
    _must_be_ready(issue)
    issue.asked_by_id, issue.asked_at, issue.why = by.id, now(), ""
    issue.asked_digest = rendering.digest(issue)
    if not may_be_alone():
        notices.tell_team(issue, by)


@one_transaction
def approve(issue: Issue, by: Member, digest: str) -> None:
    """Say yes to what the page showed (`digest`); commits. Raises NotPossible."""
    if reason := why_not(issue, by):
        raise NotPossible(reason)
    if not digest == issue.asked_digest == rendering.digest(issue):
        raise NotPossible(OTHER)
    _must_be_ready(issue)
    said = IssueApproval(
        digest=digest,
        wording=WORDING,
        asked_by_id=issue.asked_by_id,
        member_id=by.id,
        alone=issue.asked_by_id == by.id,
    )
    issue.approvals.append(said)
    issue.digest = digest
    db.session.flush()  # the database looks for the yes before it lets the issue on
    issue.state = IssueState.APPROVED
    notices.tell_makers(issue, "agreed", by)


def _must_be_ready(issue: Issue) -> None:
    if found := checks.stops(issue):
        raise NotPossible(" ".join(one.words for one in found))


@one_transaction
def reopen(issue: Issue, by: Member) -> None:
    """Make it a draft that can be changed: the asking and the yes are over; commits."""
    if issue.state is IssueState.SCHEDULED:
        raise NotPossible(drafts.ABOUT_TO_LEAVE)
    if not drafts.why_not(issue):
        return  # a colleague was quicker
    if issue.state not in {IssueState.DRAFT, IssueState.APPROVED}:
        raise NotPossible(drafts.GONE)
    notices.tell_makers(issue, "reopened", by)
    drafts.begin_again(issue)


def standing(issue: Issue) -> IssueApproval | None:
    """The yes that stands."""
    said = [one for one in issue.approvals if one.digest == issue.digest and not one.voided_at]
    return said[-1] if said else None
