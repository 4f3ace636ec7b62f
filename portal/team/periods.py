"""How long we keep who was of the team, their browsers, and what they typed when they were out."""

import uuid
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from portal import journal
from portal.audit import AuditEntry
from portal.extensions import db, now, write_rows
from portal.retention import Period
from portal.team import browsers, kept
from portal.team.audit import retention
from portal.team.models import KeptForm, Member, Role

SOMEBODY = "Somebody who left"
MEMBER_FORGOTTEN = journal.JournalKind("member-forgotten", Member)


def staff_over(at: datetime) -> ColumnElement[bool]:
    """Members who left long before a moment, or were invited then and never came."""
    since = at - timedelta(days=current_app.config["STAFF_DAYS"])
    left = and_(Member.active.is_(False), Member.left_at < since)
    unnamed = (Member.name != SOMEBODY) & ~has_deeds(Member.id)
    return and_(or_(left, Member.invited_at < since), or_(Member.email != "", unnamed))


def has_deeds(member_id: int | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether the audit has something that a member did."""
    return exists().where(AuditEntry.member_id == member_id)


def forget(member: Member) -> None:
    """Forget who a member was, in the caller's transaction: what they did stays, and by nobody.

    While the audit has deeds of theirs it needs their name.
    """
    MEMBER_FORGOTTEN.note(member)
    browsers.forget(member)
    write_rows(delete(KeptForm).where(KeptForm.member_id == member.id))
    member.webauthn.clear()
    member.email, member.email_key = "", f"left {member.id}"
    if not member.name or not db.session.scalar(select(has_deeds(member.id))):
        member.name = SOMEBODY
    member.password = member.tf_totp_secret = member.tf_primary_method = None
    member.tf_last_counter = member.mf_recovery_codes = member.last_seen_at = None
    member.active, member.role, member.invited_at = False, Role.READER, None
    member.left_at = member.left_at or now()
    member.fs_uniquifier = uuid.uuid4().hex


PERIODS = (
    Period(
        "staff",
        "People who left the team, or never took up their invitation",
        "their access was stopped, or they were invited",
        "Name, address, password and keys are deleted. What they did stays, by “Somebody who "
        "left”.",
        setting="STAFF_DAYS",
        stays="Whoever can sign in. The name, while the audit has something that they did.",
        counted=("person who left the team", "people who left the team"),
        model=Member,
        due=staff_over,
        end=forget,
    ),
    Period(
        "audit",
        "What the team did with personal details",
        "they did it",
        "It is deleted. Before a year is over the database itself keeps it.",
        setting="AUDIT_DAYS",
        counted=("note of what the team did", "notes of what the team did"),
        model=AuditEntry,
        due=retention.over,
    ),
    Period(
        "browsers",
        "Browsers in which the team signs in",
        "somebody signed in there",
        "The browser is not known any more.",
        lasts=lambda: browsers.KNOWN_FOR,
    ),
    Period(
        "kept forms",
        "What somebody of the team sent after their session was over",
        "they sent it",
        "It is deleted.",
        lasts=lambda: kept.LASTS,
    ),
)
