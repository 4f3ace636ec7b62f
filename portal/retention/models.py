"""What is to end of what we keep, or stays because a person says so."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import EMPTY, Model, Moment, now


class Ending(Model):
    """That the team was told when something ends; or that a person keeps it."""

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    """Of `retention.kinds`."""
    row_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    goes_at: Mapped[datetime | None] = mapped_column(Moment)
    """Not before then; None where a person keeps it."""
    reason: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """Why it is kept, in that person's words."""
    member_id: Mapped[int | None]
    """Who keeps it."""
    at: Mapped[datetime] = mapped_column(Moment, default=now)

    __table_args__ = (Index(None, "kind", "goes_at"),)

    @property
    def is_kept(self) -> bool:
        """Whether a person keeps it."""
        return self.goes_at is None
