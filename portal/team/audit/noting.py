"""Notes what the team does."""

from flask import has_request_context
from flask_login import current_user

from portal.extensions import db
from portal.team.audit.models import AuditEntry, Deed


def note(deed: Deed, of: str = "", why: str = "") -> None:
    """Note a deed in the caller's transaction: of the member who is signed in, or of a command.

    `of` is a kind and a number or digest ("conversation 12"), `why` words of ours: neither may
    hold what somebody typed. What people do themselves in a request of theirs is not noted.
    """
    is_command = not has_request_context()
    if is_command or current_user.is_authenticated:
        member_id = None if is_command else current_user.id
        db.session.add(AuditEntry(member_id=member_id, deed=deed, of=of, why=why))
