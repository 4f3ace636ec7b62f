"""What somebody of the team has found in a text, and about which word of its teller."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, Moment, now
from portal.team.models import Member


class ShownCheck(Model):
    """An editor's answer: whether a text shows this. The last one counts; rows are only added."""

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    purpose: Mapped[str] = mapped_column(Text)
    """A key of `stories.consents.PURPOSES`."""
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("story_consent.id"))
    """What the storyteller had said last about it; none where they said nothing."""
    shows: Mapped[bool]
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id))
    at: Mapped[datetime] = mapped_column(Moment, default=now)

    __table_args__ = (Index(None, "revision_id", "purpose"),)
