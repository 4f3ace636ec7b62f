"""Where an issue stands, in words for the team."""

from portal.issues.models import BEFORE, Issue, IssueState
from portal.words import near

STATES = {
    IssueState.DRAFT: "Being written",
    IssueState.APPROVED: "Agreed, not sent",
    IssueState.SCHEDULED: "Leaves",
    IssueState.SENDING: "Is being sent",
    IssueState.SENT: "Sent",
    IssueState.STOPPED: "Stopped",
    IssueState.FAILED: "Not sent",
    IssueState.UNCERTAIN: "We do not know if it was sent",
}
ASKED = "Waits for a second yes"
OPEN = (*BEFORE, IssueState.SENDING)


def status_of(issue: Issue) -> str:
    """Where it stands."""
    if issue.state is IssueState.DRAFT and issue.asked_by_id:
        return ASKED
    words = STATES[issue.state]
    if issue.state is IssueState.SCHEDULED and issue.send_at:
        return f"{words} {near(issue.send_at)}"
    return words
