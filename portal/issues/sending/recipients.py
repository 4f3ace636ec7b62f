"""To whom an issue is addressed: everybody on the list whom it is for, each once, as it begins."""

from collections.abc import Sequence

from sqlalchemy import case, func, literal, select, update

from portal.delivery.models import OutgoingState
from portal.extensions import db, insert_into, write_rows
from portal.issues import audience
from portal.issues.mail import rendering
from portal.issues.models import Edition, Issue, Recipient
from portal.newsletter.models import Subscriber

AT_ONCE = 2000  # people: others can write between two such steps


def note_some(issue: Issue, editions: Sequence[Edition]) -> int:
    """Address it to some more people, in the caller's transaction; to how many.

    Whoever comes onto the list meanwhile gets it; nobody can be in it twice.
    """
    last = select(func.coalesce(func.max(Recipient.subscriber_id), 0))
    after = last.where(Recipient.issue_id == issue.id).scalar_subquery()
    ids = {one.format: one.id for one in editions}
    usual = ids.get(rendering.format_for(""), editions[0].id)
    edition_id = case(ids, value=Subscriber.format, else_=usual)
    people = (
        select(literal(issue.id), edition_id, Subscriber.id, literal(OutgoingState.QUEUED.value))
        .where(audience.gets(issue.topics), Subscriber.id > after)
        .order_by(Subscriber.id)
        .limit(AT_ONCE)
    )
    new = insert_into(Recipient, db.session.connection().dialect.name)
    columns = ["issue_id", "edition_id", "subscriber_id", "state"]
    noted = new.from_select(columns, people).on_conflict_do_nothing()
    return write_rows(noted.execution_options(preserve_rowcount=True)).rowcount


def count(edition_id: int, *states: OutgoingState) -> int:
    """How many people of an edition are in these states."""
    mine = (Recipient.edition_id == edition_id) & Recipient.state.in_(states)
    return db.session.scalar(select(func.count()).where(mine)) or 0


def become(
    edition_id: int,
    before: Sequence[OutgoingState],
    state: OutgoingState,
    *,
    ids: Sequence[int] = (),
    up_to: int | None = None,
) -> int:
    """Let people of an edition pass from some states to another; how many did.

    Only those with these `ids`, or up to one, where that is said. In the caller's transaction.
    """
    mine = (Recipient.edition_id == edition_id) & Recipient.state.in_(before)
    if ids:
        mine &= Recipient.id.in_(ids)
    if up_to is not None:
        mine &= Recipient.id <= up_to
    return write_rows(update(Recipient).where(mine).values(state=state)).rowcount
