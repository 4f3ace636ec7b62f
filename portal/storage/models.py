"""Files that are still to go."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, Moment, now


class DroppedFile(Model):
    """A file that no row names any more, until it is gone from UPLOADS_URL too."""

    __table_args__ = (Index(None, "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(Text)
    """Where the storage has it."""
    dropped_at: Mapped[datetime] = mapped_column(Moment, default=now)
    due_at: Mapped[datetime] = mapped_column(Moment, default=now)
    """When it is tried, or tried again."""
    tries: Mapped[int] = mapped_column(default=0)


class OrphanFile(Model):
    """A file that no row names, though nobody dropped it: since when that is known."""

    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(Text, unique=True)
    found_at: Mapped[datetime] = mapped_column(Moment, default=now)
