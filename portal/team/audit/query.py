"""What the audit page shows, and what its address asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from sqlalchemy import ColumnElement, select

from portal.audit import AuditEntry, Deed
from portal.extensions import db, now
from portal.people import Person
from portal.web import AddressView, number_in

PAGE = 50
COMMAND = "command"  # stands for whoever may give commands on the server
PERIODS = {
    "1": "The last day",
    "7": "The last 7 days",
    "31": "The last month",
    "92": "The last 3 months",
    "366": "The last year",
}


@dataclass(frozen=True)
class AuditView(AddressView):
    """Which deeds: done to what, whose, what, and in how many days up to now."""

    q: str = ""
    member: str = ""
    deed: str = ""
    days: str = ""
    after: str = ""

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Self:
        """The view that an address asks for; what is no choice is left out."""
        view = cls.typed(args)
        deed = view.deed if view.deed in set(Deed) else ""
        return replace(view, deed=deed, days=view.days if view.days in PERIODS else "")

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows it."""
        return any((self.q, self.member, self.deed, self.days))


def show(view: AuditView) -> tuple[Sequence[AuditEntry], str]:
    """The deeds of a view, the newest first, and what `after` must be for the next page."""
    query = select(AuditEntry).where(*_conditions(view)).order_by(AuditEntry.id.desc())
    if (last := number_in(view.after)) is not None:
        query = query.where(AuditEntry.id < last)
    rows = db.session.scalars(query.limit(PAGE + 1)).all()
    return rows[:PAGE], str(rows[PAGE - 1].id) if len(rows) > PAGE else ""


def _is_of(typed: str) -> ColumnElement[bool]:
    """What begins as it was typed; or is a person's, where it is an address or a number."""
    theirs = AuditEntry.of.in_(Person.of([typed], [typed]).traces())
    return theirs | AuditEntry.of.startswith(typed.lower(), autoescape=True)


def _conditions(view: AuditView) -> list[ColumnElement[bool]]:
    wanted = []
    if view.q:
        wanted.append(_is_of(view.q))
    if view.member:
        by = None if view.member == COMMAND else number_in(view.member) or 0
        wanted.append(AuditEntry.member_id == by)
    if view.deed:
        wanted.append(AuditEntry.deed == view.deed)
    if view.days:
        wanted.append(AuditEntry.at >= now() - timedelta(days=int(view.days)))
    return wanted
