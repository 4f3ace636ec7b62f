"""What a person does about an edition that failed, or of which nobody knows whether it left."""

from sqlalchemy import select, update

from portal import audit
from portal.audit import Deed
from portal.delivery import batches, claims, outbox
from portal.delivery.models import SEND, Action, Outgoing, OutgoingState
from portal.extensions import db, now, write_rows
from portal.issues import scheduling
from portal.issues.models import Edition, EditionState, IssueState
from portal.issues.sending import ending, following, recipients
from portal.team.models import Member
from portal.transaction import NotPossible, lock, one_transaction

OTHERWISE = "It has gone on in the meantime. Look at it again."
NO_MORE = "A story in it was not to be sent any more. Copy it to make another."
SAID = "{} said that it was not sent."
AT_ONCE = 500


def has_left(edition: Edition) -> None:
    """Who knows it, a person or the provider, says that what was uncertain did leave; commits.

    Raises NotPossible.
    """
    by_mail = edition.by_mail
    _note_sent(edition)
    while by_mail and _learn_some(edition):
        pass


@one_transaction
def _note_sent(edition: Edition) -> None:
    _uncertain(edition)
    if not edition.by_mail:
        _close(edition, OutgoingState.ACCEPTED, "")
        following.sent(edition)
    else:
        ending.end(edition, EditionState.SENT)


@one_transaction
def _learn_some(edition: Edition) -> int:
    """Some of its mails were taken; how many rows it was."""
    mine = (Outgoing.batch_id == edition.batch_id) & (Outgoing.state == OutgoingState.UNCERTAIN)
    rows = db.session.scalars(select(Outgoing).where(mine).limit(AT_ONCE).with_for_update()).all()
    for row in rows:
        claims.learn(row, OutgoingState.ACCEPTED, "", provider=row.provider, message_id="")
    return len(rows)


def send_again(edition: Edition, by: Member) -> None:
    """Let leave what failed, or what a person knows not to have left; commits.

    Who has got a copy gets no second. Raises NotPossible.
    """
    by_mail, mine = edition.by_mail, Outgoing.batch_id == edition.batch_id
    _reopen(edition, by)
    if by_mail:
        outbox.retry(mine & Outgoing.state.in_((OutgoingState.FAILED, OutgoingState.UNCERTAIN)))


@one_transaction
def _reopen(edition: Edition, by: Member) -> None:
    """Open its way again: the database looks anew whether it may leave."""
    lock(issue := edition.issue)
    if edition.state not in {EditionState.UNCERTAIN, EditionState.FAILED}:
        raise NotPossible(OTHERWISE)
    if not edition.text or not scheduling.stands(issue):
        raise NotPossible(NO_MORE)
    audit.note(Deed.ISSUE_SENT, f"issue {issue.id}", f"again, in the format {edition.format}")
    is_doubtful = edition.state is EditionState.UNCERTAIN
    issue.state, issue.finished_at = IssueState.SENDING, None
    db.session.flush()
    batches.set_open([edition.batch_id], is_open=True)
    edition.state, edition.why, edition.finished_at = EditionState.SENDING, "", None
    if edition.by_mail:
        return
    _close(edition, OutgoingState.CANCELLED, SAID.format(by.name))
    if is_doubtful:
        recipients.become(edition.id, (OutgoingState.UNCERTAIN,), OutgoingState.WAITING)
        following.ask(edition, SEND)
    else:
        recipients.become(edition.id, (OutgoingState.FAILED,), OutgoingState.QUEUED)
        following.begin(edition)


def _uncertain(edition: Edition) -> None:
    lock(edition.issue)
    if edition.state is not EditionState.UNCERTAIN:
        raise NotPossible(OTHERWISE)


def _close(edition: Edition, state: OutgoingState, why: str) -> None:
    """End the steps that failed or are uncertain: something else goes on in their place."""
    ended = (OutgoingState.FAILED, OutgoingState.UNCERTAIN)
    mine = (Outgoing.batch_id == edition.batch_id) & (Outgoing.action == Action.CAMPAIGN)
    values = {"state": state, "reason": why, "finished_at": now(), "payload": {}}
    write_rows(update(Outgoing).where(mine, Outgoing.state.in_(ended)).values(values))
