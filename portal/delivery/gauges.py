"""What a monitoring program sees of the outbox, the queue, the worker and the room for files."""

from collections.abc import Mapping

from sqlalchemy import func, select

from portal import metrics, room
from portal.delivery import brake, heartbeat, ledger
from portal.delivery.models import OPEN, Outgoing
from portal.extensions import db, huey, now
from portal.metrics import Figure, Labels

Numbers = Mapping[Labels, float]


def _rows() -> Numbers:
    return {(state,): number for state, number in ledger.read().states.items()}


def _ages() -> Numbers:
    """Seconds since the oldest row of each open state was saved."""
    oldest = select(Outgoing.state, func.min(Outgoing.created_at)).where(Outgoing.is_in(*OPEN))
    found = db.session.execute(oldest.group_by(Outgoing.state))
    return {(state,): (now() - since).total_seconds() for state, since in found}


def _overdue() -> Numbers:
    return {(): ledger.overdue()}


def _held() -> Numbers:
    return {(): brake.held()}


def _jobs() -> Numbers:
    return {("ready",): huey.pending_count(), ("later",): huey.scheduled_count()}


def _seen() -> Numbers:
    last = heartbeat.newest()
    return {(): last.timestamp()} if last else {}


def _files() -> Numbers:
    return {(name.removesuffix("_MB").lower(),): room.used(name) for name in room.counted}


def register() -> None:
    """Let these be asked for."""
    metrics.GAUGES |= {
        "portal_outbox_rows": Figure("Rows of the outbox", ("state",), _rows),
        "portal_outbox_oldest_seconds": Figure("Age of the oldest open row", ("state",), _ages),
        "portal_outbox_overdue_rows": Figure("Rows that should have left", (), _overdue),
        "portal_outbox_held_rows": Figure("Mails that wait for their hour", (), _held),
        "portal_queue_jobs": Figure("Jobs in the queue", ("when",), _jobs),
        "portal_worker_seen_timestamp_seconds": Figure("When a worker was last seen", (), _seen),
        "portal_files_bytes": Figure("Files that people sent", ("sum",), _files),
    }
