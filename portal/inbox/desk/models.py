"""What the desk keeps beside the conversations: who has one open, drafts, and frequent answers."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship, synonym

from portal.extensions import EMPTY, Model, Moment
from portal.inbox.models import Attachment, Conversation
from portal.team.models import Member


class Seen(Model):
    """Who has something open, and who is writing in it."""

    __abstract__ = True

    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    wrote_at: Mapped[datetime | None] = mapped_column(Moment)

    if TYPE_CHECKING:
        place_id: Mapped[int]
        """What is open."""

    @declared_attr
    def member(self) -> Mapped[Member]:
        """Who it is."""
        return relationship(Member)


class Presence(Seen):
    """Who has a conversation open, and who is writing in it."""

    conversation_id: Mapped[int] = mapped_column(ForeignKey(Conversation.id), primary_key=True)
    place_id: Mapped[int] = synonym("conversation_id")


class NoteDraft(Model):
    """A note that is being written. It is its writer's alone until it is saved."""

    conversation_id: Mapped[int] = mapped_column(ForeignKey(Conversation.id), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(Moment)


class SavedReply(Model):
    """An answer that is given often. `{name}` in it becomes the person's name."""

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column()

    enclosures: Mapped[list[Attachment]] = relationship(
        order_by=Attachment.id, cascade="all, delete-orphan"
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - as SQLAlchemy reads it
    __table_args__ = (UniqueConstraint("title"),)


class Draft(Model):
    """The answer that is being written: one for each conversation, shared by the team."""

    conversation_id: Mapped[int] = mapped_column(ForeignKey(Conversation.id), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    also_to: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id))
    saved_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int] = mapped_column()

    member: Mapped[Member] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - as SQLAlchemy reads it
