"""When an issue leaves: never at once, so that for a while it can be stopped without a trace.

The time lies with us: no provider hears of it before that is over.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from portal import audit, delivery, journal
from portal.audit import Deed
from portal.delivery.models import Batch
from portal.extensions import db, now, read_only
from portal.issues import allowed, drafts, signals
from portal.issues.mail import rendering
from portal.issues.mail.rendering import RenderedEdition
from portal.issues.models import Edition, Issue, IssueState, PartKind
from portal.issues.sending import stopping
from portal.stories import slugs
from portal.team.models import Member
from portal.transaction import NotPossible, one_transaction
from portal.words import moment

GRACE = timedelta(minutes=15)
ISSUE_BEGUN = journal.JournalKind("issue-begun", Issue)
NOT_AGREED = "Two people must agree to it first."
TOO_SOON = "Choose a time that is at least 15 minutes from now. In that time it can be stopped."
OVER = "It has left already. There is nothing to stop any more."
OTHER = (
    "It would not be what you agreed to any more: a story in it, or how our mails look, has "
    "changed."
)


@one_transaction
def schedule(issue: Issue, at: datetime | None, by: Member) -> None:
    """Let an approved issue leave at a time, or as soon as may be; commits. Raises NotPossible."""
    if issue.state not in {IssueState.APPROVED, IssueState.SCHEDULED}:
        raise NotPossible(NOT_AGREED)
    first = now() + GRACE
    if at and at < first - timedelta(minutes=1):  # whoever types a time types no seconds
        raise NotPossible(TOO_SOON)
    if not stands(issue):
        raise NotPossible(OTHER)
    issue.state, issue.send_at, issue.why = IssueState.SCHEDULED, max(at or first, first), ""
    audit.note(Deed.ISSUE_SENT, f"issue {issue.id}", f"to leave {moment(issue.send_at)}")


@one_transaction
def stop(issue: Issue, by: Member) -> None:
    """Stop an issue: before it leaves as if nothing had been, then what has not left; commits.

    Raises NotPossible where nothing is left to stop.
    """
    if issue.state is IssueState.SCHEDULED:
        if not stands(issue):  # a consent ended while it was in other hands
            _give_back(issue, OTHER)
        else:
            issue.state, issue.send_at = IssueState.APPROVED, None
    elif issue.state is IssueState.SENDING:
        stopping.stop(issue, f"{by.name} stopped it.")
    else:
        raise NotPossible(OVER)
    audit.note(Deed.ISSUE_STOPPED, f"issue {issue.id}")


def halt(issue: Issue, why: str) -> None:
    """Let an issue not leave as it is, or nothing more of it; in the caller's transaction.

    What has not begun to leave is a draft again, and nobody is asked for a yes to it.
    """
    is_asked = issue.state is IssueState.DRAFT and issue.asked_by_id
    if is_asked or issue.state in {IssueState.APPROVED, IssueState.SCHEDULED}:
        _give_back(issue, why)
    elif issue.state is IssueState.SENDING:
        stopping.stop(issue, why)


def due() -> list[int]:
    """The issues whose time has come."""
    is_due = (Issue.state == IssueState.SCHEDULED) & (Issue.send_at <= now())
    found = list(db.session.scalars(select(Issue.id).where(is_due).order_by(Issue.send_at)))
    db.session.commit()
    return found


def start(issue_id: int) -> bool:
    """Let an issue whose time has come begin to leave, as it was agreed to; whether it did."""
    read_only()
    issue = db.session.get_one(Issue, issue_id)
    made, digest = rendering.editions(issue), rendering.digest(issue)
    db.session.rollback()
    return _start(issue, made, digest)


@one_transaction
def _start(issue: Issue, made: list[RenderedEdition], digest: str) -> bool:
    if issue.state is not IssueState.SCHEDULED or (issue.send_at or now()) > now():
        return False  # another worker was quicker, or it was stopped this very moment
    if digest != issue.digest or not stands(issue):
        _give_back(issue, OTHER)
        return False
    for one in made:
        mail = {"format": one.format, "subject": one.subject, "html": one.html, "text": one.text}
        db.session.add(Edition(issue=issue, batch=Batch(), **mail))
    issue.slug = issue.slug or _slug(issue)
    issue.state, issue.started_at = IssueState.SENDING, now()
    ISSUE_BEGUN.note(issue)
    db.session.flush()
    signals.started.send(issue)
    return True


def stands(issue: Issue) -> bool:
    """Whether the database would let it leave: each story in it is public, and allowed there."""
    return all(allowed.stands(part) for part in issue.parts if part.kind is PartKind.STORY)


def _slug(issue: Issue) -> str:
    wanted = slugs.make(issue.subject)
    taken = db.session.scalars(select(Issue.slug).where(Issue.slug.startswith(wanted)))
    return slugs.free(wanted, {slug for slug in taken if slug})


def _give_back(issue: Issue, why: str) -> None:
    """Make it a draft again, whose yes is void; its makers hear of that."""
    drafts.begin_again(issue, why)
    db.session.flush()
    delivery.alert("A newsletter was stopped before it left", "Sign in to see why.")
    signals.returned.send(issue, why=why)
