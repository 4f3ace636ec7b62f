"""Stopping an issue that is leaving: shut at once, and the rest cancelled step by step."""

from sqlalchemy import select

from portal import journal
from portal.delivery import batches
from portal.delivery.models import SEND, UNFINISHED, Action, Outgoing, OutgoingState
from portal.extensions import db, now
from portal.issues.models import Edition, EditionState, Issue, IssueState
from portal.issues.sending import counting, ending, following, recipients

ISSUE_STOPPED = journal.JournalKind("issue-stopped", Issue)
NOT_KNOWN = "It was stopped while it may have been leaving."


def stop(issue: Issue, why: str) -> None:
    """Let nothing more of an issue leave, in the caller's transaction.

    What a provider has by then, it has: that is noted when it is known.
    """
    ISSUE_STOPPED.note(issue)
    batches.set_open([one.batch_id for one in issue.editions], is_open=False)
    for edition in issue.editions:
        ending.look_at_mails(edition)
        if edition.state in ending.OPEN and not _has_left(edition):
            edition.state, edition.why, edition.finished_at = EditionState.STOPPED, why, now()
    issue.why = why
    if issue.state is IssueState.SENDING:
        issue.state = IssueState.STOPPED
    ending.look(issue)


def _has_left(edition: Edition) -> bool:
    """Whether the provider has taken its campaign."""
    taken = (OutgoingState.ACCEPTED, OutgoingState.DELIVERED)
    return not edition.by_mail and recipients.count(edition.id, *taken) > 0


def clear_some(edition: Edition) -> bool:
    """Cancel some of what is left of a stopped edition, in the caller's transaction.

    Returns whether there may be more.
    """
    if batches.cancel(edition.batch_id, edition.why):
        return True
    sending = _sending(edition)
    if sending is OutgoingState.UNCERTAIN and edition.state is EditionState.STOPPED:
        recipients.become(edition.id, following.NOT_SENT, OutgoingState.UNCERTAIN)
        ending.end(edition, EditionState.UNCERTAIN, NOT_KNOWN)
    elif sending not in UNFINISHED:
        left = (OutgoingState.QUEUED,) if edition.by_mail else following.NOT_SENT
        recipients.become(edition.id, left, OutgoingState.CANCELLED)
    return False


def _sending(edition: Edition) -> OutgoingState | None:
    """Where the last step is that lets a campaign leave."""
    mine = (Outgoing.batch_id == edition.batch_id) & (Outgoing.action == Action.CAMPAIGN)
    query = select(Outgoing.state).where(mine, Outgoing.name == SEND)
    return db.session.scalar(query.order_by(Outgoing.id.desc()).limit(1))


def is_cleared(edition: Edition) -> bool:
    """Whether nothing is left to be cancelled."""
    return not counting.known(edition).waiting
