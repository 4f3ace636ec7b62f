"""The brake: so many mails an hour go from the whole site to addresses that nobody has proved.

Each of UNPROVED_MAILS_PER_HOUR permits lets one mail leave, and is good again an hour later. It
is used in the transaction that claims the row: so neither many workers nor those that are killed
let more out, and a try whose fate nobody knows counts. What finds none waits, oldest first; it
holds up nothing else.
"""

from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    Integer,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from portal import audit, words
from portal.audit import Deed
from portal.delivery.alerts import alert_again
from portal.delivery.models import TO_DO, Outgoing, OutgoingState, Permit, Urgency
from portal.extensions import Moment, db, insert_into, now, read_only, write_rows

HOUR = timedelta(hours=1)
AT_ONCE = 16  # tries: more workers never want the same permit in one moment
DAY = 24  # hours
WHY = (
    "As many mails as UNPROVED_MAILS_PER_HOUR allows left in the last hour to people who have not "
    "confirmed. It goes in its turn"
)
DROPPED = "Dropped by hand while it waited for its hour"


def _most() -> int:
    most: int = current_app.config["UNPROVED_MAILS_PER_HOUR"]
    return most


# Read when a statement runs, for it is built once.
MOST = bindparam("permits", callable_=_most, type_=Integer)


def _good(free_for: timedelta = timedelta(0)) -> ColumnElement[bool]:
    moment = bindparam(f"used_{free_for}", callable_=lambda: now() - HOUR - free_for, type_=Moment)
    return (Permit.number <= MOST) & (Permit.used_at <= moment)


def lets_go(free_for: timedelta = timedelta(0)) -> ColumnElement[bool]:
    """In SQL: whether a permit is good, and has been for so long; it is asked once for all rows."""
    are_all_made = exists().where(Permit.number >= MOST)
    return or_(exists().where(_good(free_for)), ~are_all_made)


def concerns() -> ColumnElement[bool]:
    """In SQL: whether a row needs a permit."""
    return Outgoing.urgency == Urgency.UNPROVED


def use() -> bool:
    """Use a permit, in the caller's transaction, which is to end soon; whether there was one."""
    connection, values = db.session.connection(), {"moment": now()}
    for _ in range(AT_ONCE):  # each time another worker may have been quicker
        for statement in (USE, MAKE[connection.dialect.name]):
            if connection.execute(statement, values).first():
                return True
    return False


def _use() -> ReturningUpdate[Any]:
    oldest = select(Permit.number).where(_good()).order_by(Permit.used_at).limit(1)
    mine = Permit.number == oldest.with_for_update(skip_locked=True).scalar_subquery()
    used = update(Permit).where(mine).values(used_at=bindparam("moment"))
    return used.returning(Permit.number)


def _make(dialect: str) -> Any:
    """One more permit, which is used at once, where there are fewer than there may be."""
    last = select(func.coalesce(func.max(Permit.number), 0).label("number")).subquery()
    moment = bindparam("moment", type_=Moment)
    row = select(last.c.number + 1, moment).where(last.c.number < MOST)
    new = insert_into(Permit, dialect).from_select(["number", "used_at"], row)
    return new.on_conflict_do_nothing().returning(Permit.number)


USE = _use()
MAKE = {dialect: _make(dialect) for dialect in ("sqlite", "postgresql")}


def note() -> None:
    """Say of what the brake keeps why it waits, and tell the team when that begins; commits."""
    is_first = held() == 0
    new = Outgoing.is_in(*TO_DO) & (Outgoing.state == OutgoingState.QUEUED) & concerns()
    kept = update(Outgoing).where(new, ~lets_go())
    number = write_rows(kept.values(state=OutgoingState.WAITING, reason=WHY)).rowcount
    if number and is_first:
        alert_again(
            "Many mails to people who have not confirmed",
            f"More than {_most():,} in an hour were asked for. The rest wait and go out in the "
            "next hours, oldest first. Answers, and mail to people whom we know, go on. On the "
            "server, “flask delivery held” shows what waits, and lets it go or drops it.",
            about="brake",
        )
    db.session.commit()


def held() -> int:
    """How many mails the brake keeps now."""
    return db.session.scalar(select(func.count()).where(is_held())) or 0


def is_held() -> ColumnElement[bool]:
    """In SQL: whether the brake keeps a row."""
    waits = Outgoing.is_in(*TO_DO) & (Outgoing.state == OutgoingState.WAITING)
    return waits & concerns() & (Outgoing.reason == WHY)


def kinds() -> list[tuple[str, int, datetime]]:
    """Of what is kept, each kind of mail: its name, how many, and since when the oldest waits."""
    query = select(Outgoing.name, func.count(), func.min(Outgoing.created_at)).where(is_held())
    found = db.session.execute(query.group_by(Outgoing.name))
    return [(name, number, since) for name, number, since in found]


def release(name: str = "") -> int:
    """Let what is kept go now, all or the mails of that name; commits. Returns how many."""
    return _change(
        name, Deed.RELEASED, urgency=Urgency.PERSON, state=OutgoingState.QUEUED, reason=""
    )


def drop(name: str = "") -> int:
    """Cancel what is kept and forget for whom it was; commits. Returns how many."""
    state = {"state": OutgoingState.CANCELLED, "finished_at": now(), "reason": DROPPED}
    return _change(name, Deed.DISCARDED, address="", address_key="", payload={}, **state)


def _change(name: str, deed: Deed, **values: object) -> int:
    which = is_held() & (Outgoing.name == name) if name else is_held()
    number = write_rows(update(Outgoing).where(which).values(values)).rowcount
    audit.note(deed, "mails that waited for their hour", words.count(number, "mail"))
    db.session.commit()
    return number


def slow() -> str:
    """How long a mail that is asked for now may take at most, in words; nothing while it goes now.

    The newest rows do not count: it shows nothing of what any of them is.
    """
    if not db.session().in_transaction():  # a page that answers a form takes no turn to write
        read_only()
    if db.session.scalar(select(lets_go())):
        return ""
    hours = held() // _most() + 1
    return words.count(hours, "hour") if hours <= DAY else words.count(-(-hours // DAY), "day")
