"""What storytellers were asked about journalists, each with consent to that (migration 0046)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Model, Moment, now, one_of
from portal.inbox.models import Conversation
from portal.team.models import Member


class PressAnswer(StrEnum):
    """What a storyteller says to a question about a journalist."""

    YES = "yes"
    NO = "no"
    TALK = "talk"
    ENDED = "ended"
    """Nobody may ask them any more: they took the consent or the story back."""


class PressQuestion(Model):
    """One storyteller asked about one press enquiry, in the words of the team."""

    id: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id"))
    enquiry_id: Mapped[int] = mapped_column(ForeignKey(Conversation.id), index=True)
    words: Mapped[str] = mapped_column(Text)
    """What it is about. A member wrote it; nothing that the journalist typed is sent on."""
    asked_by_id: Mapped[int] = mapped_column(ForeignKey(Member.id))
    asked_at: Mapped[datetime] = mapped_column(Moment, default=now)
    answer: Mapped[PressAnswer | None] = mapped_column(one_of(PressAnswer, "answer"))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey(Member.id))
    """Who noted what the storyteller told them; none where they said it on their own page."""

    story: Mapped[Any] = relationship("Story", back_populates="press_questions")
    enquiry: Mapped[Conversation] = relationship()
    noted_by: Mapped[Member | None] = relationship(foreign_keys=[noted_by_id])
    __table_args__ = (
        UniqueConstraint("story_id", "enquiry_id"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_at_a_time"),
    )

    @property
    def is_open(self) -> bool:
        """Whether the storyteller can still answer, or answer otherwise."""
        return self.answer is not PressAnswer.ENDED
