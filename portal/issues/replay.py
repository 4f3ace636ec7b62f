"""What issues do again of the journal, after a backup was brought back."""

from portal import delivery
from portal.issues import drafts, scheduling
from portal.issues.models import BEFORE, Issue, IssueState
from portal.issues.sending import stopping
from portal.journal import Noted
from portal.transaction import one_transaction
from portal.words import moment

BEGUN = (
    "It began to leave on {at}, after the backup that was brought back. What became of it then is "
    "not known here: sent again, people would get it twice."
)
STOPPED = "It was stopped before the database was brought back from an older backup."


@scheduling.ISSUE_BEGUN.again
@one_transaction
def give_back(issue: Issue, said: Noted) -> None:
    """An issue that began to leave since is a draft that says so, and no old yes counts."""
    if issue.state in BEFORE:
        drafts.begin_again(issue, BEGUN.format(at=moment(said.at)))


@stopping.ISSUE_STOPPED.again
@one_transaction
def stop(issue: Issue, _said: Noted) -> None:
    """An issue that was stopped stays so."""
    if issue.state is IssueState.SENDING:
        with delivery.silence(STOPPED):
            scheduling.halt(issue, STOPPED)
