"""Signs of life of the workers: a row of each process, so that everybody knows if one works."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Text, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, Moment, db, insert_into, now, write_rows

KEPT = timedelta(days=1)  # after its last sign a worker that ended is forgotten


class Heartbeat(Model):
    """The newest sign of life of one worker process."""

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    """Made up when the process starts: it names no machine."""
    started_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)


def beat(process: str) -> None:
    """Say that this process lives, and forget those that ended long ago; commits."""
    moment = now()
    write_rows(delete(Heartbeat).where(Heartbeat.seen_at < moment - KEPT, Heartbeat.id != process))
    new = insert_into(Heartbeat, db.engine.dialect.name)
    new = new.values(id=process, started_at=moment, seen_at=moment)
    again = {"seen_at": moment}
    write_rows(new.on_conflict_do_update(index_elements=["id"], set_=again))
    db.session.commit()


def newest() -> datetime | None:
    """When a worker was last seen; None where none has ever run."""
    return db.session.scalar(select(func.max(Heartbeat.seen_at)))


def is_late() -> bool:
    """Whether no worker was seen for too long (WORKER_SILENT_SECONDS)."""
    last = newest()
    return last is None or last < now() - silence()


def silence() -> timedelta:
    """For how long a worker may be silent."""
    return timedelta(seconds=current_app.config["WORKER_SILENT_SECONDS"])
