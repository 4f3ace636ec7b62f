"""What follows a step of a campaign: the next one, in the transaction that settles it."""

from typing import Any

from portal import delivery
from portal.delivery import batches
from portal.delivery.models import SEND, Action, Late, Outgoing, OutgoingState
from portal.extensions import db
from portal.issues.models import Edition, EditionState
from portal.issues.sending import counting, ending, recipients, steps
from portal.transaction import lock

NOT_SENT = (OutgoingState.QUEUED, counting.WRITTEN)
FORGOT = "The provider of contacts is another by now, so nothing more is asked of the old one."

NOBODY = "{} has none of these people. Compare the lists first."


def begin(edition: Edition) -> None:
    """Queue the first step, in the caller's transaction. What is there already is found."""
    edition.state, edition.why = EditionState.SENDING, ""
    ask(edition, steps.AUDIENCE)


def ask(edition: Edition, step: str) -> None:
    """Queue a step, in the caller's transaction. One that only looks may go when all is shut."""
    db.session.flush()
    batch_id = None if step == steps.STATUS else edition.batch_id
    about = f"issue {edition.issue_id} {edition.format}"
    payload = {"edition": edition.id}
    item = Late(Action.CAMPAIGN, step, about, payload, batch_id, edition.provider)
    delivery.enqueue(item)


@delivery.settled.connect
def follow(row: Outgoing, state: OutgoingState, reason: str) -> None:
    """Note what came of a step, and queue what follows."""
    if row.action is not Action.CAMPAIGN or state is OutgoingState.WAITING:
        return
    edition = db.session.get(Edition, row.payload.get("edition", 0))
    if edition is None:
        return
    for one in (edition.issue, edition):  # in the order in which all others lock them
        lock(one)
    if state is OutgoingState.ACCEPTED:
        DONE[row.name](edition, row.payload)
    elif row.name in {SEND, steps.STATUS}:
        _doubt(edition, row, state, reason)
    elif edition.state is EditionState.SENDING:
        fail(edition, FORGOT if state is OutgoingState.CANCELLED else reason)


def fail(edition: Edition, why: str) -> None:
    """Nothing of it left, and nothing will by itself."""
    batches.set_open([edition.batch_id], is_open=False)
    recipients.become(edition.id, NOT_SENT, OutgoingState.FAILED)
    ending.end(edition, EditionState.FAILED, why)


def _doubt(edition: Edition, row: Outgoing, state: OutgoingState, why: str) -> None:
    """It was not sent, or that is not known; or the provider stopped it afterwards."""
    if row.name == SEND and state is not OutgoingState.UNCERTAIN:
        if edition.state is EditionState.SENDING:
            fail(edition, why or FORGOT)
        return
    known = (*NOT_SENT, OutgoingState.ACCEPTED)
    recipients.become(edition.id, known, OutgoingState.UNCERTAIN)
    ending.end(edition, EditionState.UNCERTAIN, why)


def sent(edition: Edition) -> None:
    """The provider has it, though the issue may have been stopped meanwhile: that is the truth."""
    left = (*NOT_SENT, OutgoingState.UNCERTAIN)
    recipients.become(edition.id, left, OutgoingState.ACCEPTED)
    edition.state, edition.why, edition.finished_at = EditionState.SENDING, "", None
    ask(edition, steps.STATUS)


def _next(edition: Edition, step: str) -> None:
    if edition.state is EditionState.SENDING:
        ask(edition, step)


def _has_audience(edition: Edition, found: dict[str, Any]) -> None:
    edition.audience = found["made"]
    _next(edition, steps.ADD)


def _added(edition: Edition, found: dict[str, Any]) -> None:
    queued = (OutgoingState.QUEUED,)
    for name, state in (("refused", OutgoingState.FAILED), ("gone", OutgoingState.CANCELLED)):
        if found[name]:
            recipients.become(edition.id, queued, state, ids=found[name])
    if edition.state is not EditionState.SENDING:
        return
    recipients.become(edition.id, queued, counting.WRITTEN, up_to=found["last"])
    if recipients.count(edition.id, *queued):
        ask(edition, steps.ADD)
    elif recipients.count(edition.id, counting.WRITTEN):
        ask(edition, steps.COUNT)
    elif recipients.count(edition.id, OutgoingState.FAILED):
        fail(edition, NOBODY.format(edition.provider))
    else:
        ending.end(edition, EditionState.SENT, "All whom it was for have left the list.")


def _counted(edition: Edition, found: dict[str, Any]) -> None:
    """Who is not in the audience gets nothing, and is counted as such."""
    if missing := found.get("refused"):
        recipients.become(edition.id, (counting.WRITTEN,), OutgoingState.FAILED, ids=missing)
    if edition.state is EditionState.SENDING and not recipients.count(edition.id, counting.WRITTEN):
        fail(edition, NOBODY.format(edition.provider))
    _next(edition, steps.CREATE)


def _has_campaign(edition: Edition, found: dict[str, Any]) -> None:
    edition.campaign = found["made"]
    _next(edition, steps.FILL)


def _checked(edition: Edition, found: dict[str, Any]) -> None:
    if found["left"]:  # by somebody at the provider's own site
        sent(edition)
    else:
        _next(edition, SEND)


def _over(edition: Edition, found: dict[str, Any]) -> None:
    edition.told = found["counts"]
    ending.end(edition, EditionState.SENT)


DONE = {
    steps.AUDIENCE: _has_audience,
    steps.ADD: _added,
    steps.COUNT: _counted,
    steps.CREATE: _has_campaign,
    steps.FILL: lambda edition, _: _next(edition, steps.CHECK),
    steps.CHECK: _checked,
    SEND: lambda edition, _: sent(edition),
    steps.STATUS: _over,
}
