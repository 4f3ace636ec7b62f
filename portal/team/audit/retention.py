"""How long the team's deeds are kept."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, select

from portal.extensions import db, now, write_rows
from portal.team.audit.models import AuditEntry

AT_ONCE = 500  # rows in one commit


def purge() -> int:
    """Delete what is older than AUDIT_DAYS, some in each commit. Returns how many."""
    ends = now() - timedelta(days=current_app.config["AUDIT_DAYS"])
    some = select(AuditEntry.id).where(AuditEntry.at < ends).limit(AT_ONCE)
    number = 0
    while gone := write_rows(delete(AuditEntry).where(AuditEntry.id.in_(some))).rowcount:
        db.session.commit()
        number += gone
    db.session.commit()
    return number
