"""Brings an issue on its way, step by step; each is one commit, so it may be killed at any time.

What is done is in the rows. So whoever goes on with it, and however often, begins where the last
one ended.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.delivery import batches
from portal.delivery.models import Batch, OutgoingState
from portal.extensions import db, now
from portal.issues.models import Edition, EditionState, Issue, IssueState
from portal.issues.sending import campaign, ending, following, mails, recipients, stopping
from portal.transaction import one_transaction

LOOKED_AT = timedelta(days=2)
"""For so long an issue that was stopped, or is uncertain, is gone on with."""
ENDED = "A story in it may not be sent any more."


def under_way() -> list[int]:
    """The issues of which something is left to be done."""
    lately = Edition.state.in_((EditionState.STOPPED, EditionState.UNCERTAIN)) & (
        Edition.finished_at > now() - LOOKED_AT
    )
    mine = select(Edition.issue_id).where(Edition.state.in_(ending.OPEN) | lately)
    found = list(db.session.scalars(select(Issue.id).where(Issue.id.in_(mine))))
    db.session.commit()
    return found


def go_on(issue_id: int) -> None:
    """Do all that can be done now."""
    issue = db.session.get_one(Issue, issue_id)
    for step in (_address, _open, _queue, _clear, _finish):
        try:
            while _locked(issue, step):
                pass
        except IntegrityError:  # the database itself says that a story may not leave
            _locked(issue, lambda it: stopping.stop(it, ENDED))


@one_transaction
def _locked(issue: Issue, step: Callable[[Issue], Any]) -> bool:
    """Do one step while nobody else does one; whether there may be more."""
    return bool(step(issue))


def _in(issue: Issue, state: EditionState) -> list[Edition]:
    db.session.expire(issue, ["editions"])
    return [one for one in issue.editions if one.state is state]


def _address(issue: Issue) -> int:
    waiting = _in(issue, EditionState.WAITING)
    if issue.state is not IssueState.SENDING or len(waiting) < len(issue.editions):
        return 0
    return recipients.note_some(issue, issue.editions)


def _open(issue: Issue) -> None:
    """Open the batches once it is settled who is addressed, and begin."""
    waiting = _in(issue, EditionState.WAITING)
    if issue.state is not IssueState.SENDING or not waiting:
        return
    batches.set_open([one.batch_id for one in waiting], is_open=True)
    keeper = campaign.campaigner()
    for edition in waiting:
        edition.people = recipients.count(edition.id, OutgoingState.QUEUED)
        if keeper and edition.people >= keeper.fewest:
            edition.provider = keeper.name
            following.begin(edition)
        else:
            edition.state = EditionState.SENDING


def _queue(issue: Issue) -> int:
    for edition in _in(issue, EditionState.SENDING):
        if edition.by_mail and edition.batch.is_open and (number := mails.queue_some(edition)):
            return number
    return 0


def _clear(issue: Issue) -> bool:
    """Stop an issue whose batches the database has shut, and cancel what was stopped."""
    shut = [one for one in _in(issue, EditionState.SENDING) if not _is_open(one)]
    if shut and issue.state is IssueState.SENDING:
        stopping.stop(issue, ENDED)
    stopped = _in(issue, EditionState.STOPPED)
    return any(stopping.clear_some(one) for one in stopped if not stopping.is_cleared(one))


def _is_open(edition: Edition) -> bool:
    query = select(Batch.is_open).where(Batch.id == edition.batch_id)
    return bool(db.session.scalar(query))


def _finish(issue: Issue) -> None:
    for edition in issue.editions:
        ending.look_at_mails(edition)
