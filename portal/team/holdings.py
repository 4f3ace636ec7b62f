"""What the team's own pages hold about a person: an account, what was done, what was typed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, false, select

from portal import people
from portal.audit import AuditEntry
from portal.extensions import db
from portal.people import Holding, Person
from portal.team import kept, periods
from portal.team.models import Browser, KeptForm, Member


def _is_member(person: Person) -> ColumnElement[bool]:
    return Member.email_key.in_(person.addresses) if person.hears else false()


def _find_members(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    return [_member(one) for one in people.newest(Member, _is_member(person), most, before)]


def _member(member: Member) -> Holding:
    browsers = select(Browser).where(Browser.member_id == member.id).order_by(Browser.id)
    return Holding(
        id=member.id,
        title="An account of our team",
        at=member.created_at,
        tell=lambda: {
            "Name": member.name,
            "Email address": member.email,
            "May": f"do what a {member.role} may",
            "Can sign in": "yes" if member.active else "no",
            "Invited": member.invited_at,
            "Last here": member.last_seen_at,
            "Left": member.left_at,
            "Passkeys": [one.name for one in member.webauthn],
            "Browsers": [
                {"What": one.device, "Since": one.began_at} for one in db.session.scalars(browsers)
            ],
        },
        address=member.email,
    )


def _erase_members(person: Person) -> None:
    """Those who left. Who works here is told that a manager stops their access first."""
    theirs = Member.email_key.in_(person.addresses)
    for member in db.session.scalars(select(Member).where(theirs)):
        if not member.active:
            periods.forget(member)


def _forms(person: Person) -> list[KeptForm]:
    """What members typed when their session was over, and names them."""
    if not person.whole:
        return []
    rows = db.session.scalars(select(KeptForm).order_by(KeptForm.id.desc()))
    return [one for one in rows if kept.names(one, person)]


def _find_forms(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    found = [one for one in _forms(person) if before is None or one.id < before]
    return [_form(one) for one in found[:most]]


def _form(one: KeptForm) -> Holding:
    told: dict[str, Any] = {name: words for name, words in one.fields if name != "csrf_token"}
    return Holding(one.id, "A form that was not sent", one.kept_at, lambda: told)


def _erase_forms(person: Person) -> None:
    for one in db.session.scalars(select(KeptForm)):
        if kept.names(one, person):
            db.session.delete(one)


def _is_noted(person: Person) -> ColumnElement[bool]:
    """What managers alone read, and whom it is about."""
    return AuditEntry.of.in_(person.traces()) if person.hears else false()


def _find_deeds(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    return [_deed(one) for one in people.newest(AuditEntry, _is_noted(person), most, before)]


def _deed(one: AuditEntry) -> Holding:
    told = {"What": f"Somebody of our team {one.deed}", "Why": one.why}
    return Holding(one.id, f"Our team {one.deed}", one.at, lambda: told)


HOLDERS = (
    people.Holder(
        "staff",
        "In our team",
        lambda person: people.count(Member, _is_member(person)),
        _find_members,
        _erase_members,
        is_trace=True,
        goes="Your account in our team, if your access was stopped.",
        kept=(
            "An account in our team that is in use: a manager stops it first. "
            "Your name, where you did something that we must be able to answer for."
        ),
    ),
    people.Holder(
        "typed",
        "Forms of our team that were not sent",
        lambda person: len(_forms(person)),
        _find_forms,
        _erase_forms,
        is_trace=True,
        goes="What somebody of our team typed about you and has not sent.",
    ),
    people.Holder(
        "audit",
        "What our team did with your details",
        lambda person: people.count(AuditEntry, _is_noted(person)),
        _find_deeds,
        lambda person: None,
        is_trace=True,
        kept=(
            "That somebody of our team looked at what we keep about you, took it or erased it, and "
            "when. It stands beside a code in place of your name."
        ),
    ),
)
