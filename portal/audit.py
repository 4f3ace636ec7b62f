"""What the team did with people's details: written with the deed itself, and never changed.

`docs/decisions/audit.md` says what is noted and what is not. The page is `portal/team/audit/`.
"""

from datetime import datetime
from enum import StrEnum

from flask import has_request_context
from flask_login import current_user
from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, Moment, db, now


class Deed(StrEnum):
    """What somebody of the team did, as it is shown. A new one needs no migration."""

    LOOKED_UP = "looked a person up"
    GIVEN = "took what is held about a person, to give it to them"
    ERASED = "erased"
    EXPORTED = "exported"
    DOWNLOADED = "downloaded"
    IMPORTED = "imported"
    MATCHED = "brought our list and the provider's together"
    RELEASED = "released"
    DISCARDED = "discarded"
    UNDONE = "took a decision back"
    CONSENT_NOTED = "noted a consent"
    CONSENT_ENDED = "noted that a consent ended"
    ISSUE_SENT = "sent an issue"
    ISSUE_STOPPED = "stopped an issue"
    INVITED = "invited"
    ROLE_CHANGED = "changed a role"
    ACCESS_CHANGED = "changed who can sign in"
    RESTORED = "restored a backup"
    KEY_ROTATED = "rotated a key"


class AuditEntry(Model):
    """One deed. A trigger lets nobody change it, or delete it before a year is over."""

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    member_id: Mapped[int | None] = mapped_column(index=True)
    """Who of the team; None for a command on the server. It outlives the member."""
    deed: Mapped[str] = mapped_column(Text, index=True)
    of: Mapped[str] = mapped_column(Text, index=True)
    """What it was done to, by a kind and a number or digest: it stays when a person is erased."""
    why: Mapped[str] = mapped_column(Text)
    """In words of ours, and never in typed ones, which could name somebody."""


def note(deed: Deed, of: str = "", why: str = "") -> None:
    """Note a deed in the caller's transaction: of the member who is signed in, or of a command.

    `of` is a kind and a number or digest ("conversation 12"), `why` words of ours: neither may
    hold what somebody typed. What people do themselves in a request of theirs is not noted.
    """
    is_command = not has_request_context()
    if is_command or current_user.is_authenticated:
        member_id = None if is_command else current_user.id
        db.session.add(AuditEntry(member_id=member_id, deed=deed, of=of, why=why))
