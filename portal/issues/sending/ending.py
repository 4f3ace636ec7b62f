"""When the way out of an issue is over, and how it ended."""

from sqlalchemy import select

from portal import delivery
from portal.delivery.models import OutgoingState
from portal.extensions import db, now
from portal.issues import signals
from portal.issues.models import Edition, EditionState, Issue, IssueState
from portal.issues.sending import counting, recipients

OPEN = (EditionState.WAITING, EditionState.SENDING)
UNSETTLED = (EditionState.SENDING, EditionState.UNCERTAIN)
# An issue is what the first of these is that one of its editions is.
WORST = (
    EditionState.UNCERTAIN,
    EditionState.FAILED,
    EditionState.STOPPED,
    EditionState.SENT,
)
WRONG = {
    EditionState.UNCERTAIN: "Nobody knows whether a newsletter left",
    EditionState.FAILED: "A newsletter could not be sent",
}


def end(edition: Edition, state: EditionState, why: str = "") -> None:
    """Note how the way out of an edition ended; in the caller's transaction.

    The team hears of what needs a person.
    """
    edition.state, edition.why, edition.finished_at = state, why, now()
    if state in WRONG:
        delivery.alert(WRONG[state], "Sign in to see which, and what to do.")
    look(edition.issue)


def look(issue: Issue) -> None:
    """Note how an issue ended, if all its editions have; in the caller's transaction."""
    db.session.flush()
    query = select(Edition.state).where(Edition.issue_id == issue.id)
    states = set(db.session.scalars(query))
    if not states or states & set(OPEN):
        return
    found = IssueState(next(state for state in WORST if state in states).value)
    if issue.state is not found or issue.finished_at is None:
        issue.state, issue.finished_at = found, now()
        db.session.flush()
        signals.ended.send(issue)


def look_at_mails(edition: Edition) -> None:
    """Note how an edition ended whose mails have all ended; in the caller's transaction."""
    if edition.state not in UNSETTLED or not edition.by_mail:
        return
    if recipients.count(edition.id, OutgoingState.QUEUED):
        return
    found = counting.known(edition)
    if found.waiting:
        return
    if found.uncertain and edition.state is EditionState.UNCERTAIN:
        return
    if found.uncertain:
        end(edition, EditionState.UNCERTAIN, f"Of {found.uncertain} copies nobody knows.")
    elif found.failed and not found.accepted:
        end(edition, EditionState.FAILED, "No copy left. The outbox says why.")
    else:
        end(edition, EditionState.SENT)
