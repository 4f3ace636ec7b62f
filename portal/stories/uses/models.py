"""Where a story was used. The database refuses what its teller does not allow (migration 0044)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import EMPTY, Model, Moment, now, one_of
from portal.team.models import Member


class Channel(StrEnum):
    """By which way a story was used; each needs a consent of its own."""

    SITE = "site"
    NEWSLETTER = "newsletter"
    SOCIAL = "social"
    FUNDERS = "funders"
    PRESS = "press"


class Cleared(StrEnum):
    """What came of cleaning up a place whose consent has ended."""

    GONE = "gone"
    STAYS = "stays"


class Use(Model):
    """Where a story was used, and what came of it: you said, we did."""

    __tablename__ = "story_use"

    id: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id"), index=True)
    channel: Mapped[Channel | None] = mapped_column(one_of(Channel, "channel"))
    """None where it was noted before anybody was asked for it."""
    key: Mapped[str | None] = mapped_column(Text)
    """What it was used in, where that is noted by itself and only once: an issue."""
    text: Mapped[str] = mapped_column(Text)
    link: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    author_id: Mapped[int | None] = mapped_column(ForeignKey(Member.id))
    at: Mapped[datetime] = mapped_column(Moment, default=now)

    # Once it may not be there any more: what was done about it.
    outcome: Mapped[Cleared | None] = mapped_column(one_of(Cleared, "outcome"))
    outcome_words: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """For the storyteller: why it stays, or what else there is to say."""
    cleared_at: Mapped[datetime | None] = mapped_column(Moment)
    cleared_by_id: Mapped[int | None] = mapped_column(ForeignKey(Member.id))
    """Who looked after it; none where it went by itself."""

    cleared_by: Mapped[Member | None] = relationship(foreign_keys=[cleared_by_id])
    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (cleared_at IS NULL)", name="cleared_with_outcome"),
        Index(None, "story_id", "channel", "key", unique=True),
    )
