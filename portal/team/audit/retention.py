"""How long the team's deeds are kept."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, delete, select

from portal.audit import AuditEntry
from portal.extensions import db, now, write_rows

AT_ONCE = 500  # rows in one commit


def over(at: datetime) -> ColumnElement[bool]:
    """Deeds that are older than AUDIT_DAYS at a moment."""
    return AuditEntry.at < at - timedelta(days=current_app.config["AUDIT_DAYS"])


def purge() -> int:
    """Delete what is older than AUDIT_DAYS, some in each commit. Returns how many."""
    some = select(AuditEntry.id).where(over(now())).limit(AT_ONCE)
    number = 0
    while gone := write_rows(delete(AuditEntry).where(AuditEntry.id.in_(some))).rowcount:
        db.session.commit()
        number += gone
    db.session.commit()
    return number
