"""The inbox: conversations, what was said in them, and who did what."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import JSON, Computed, ForeignKey, Index, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal.delivery.models import Outgoing
from portal.extensions import EMPTY, Model, Moment, now, one_of
from portal.phones import phone_key
from portal.storage import Place
from portal.team.models import Member
from portal.ways import Way


class Kind(StrEnum):
    """What a conversation is about, as far as the queue cares."""

    MESSAGE = "message"
    PRESS = "press"
    STORY = "story"


class ConversationState(StrEnum):
    """Where a conversation is."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"
    HELD = "held"
    SPAM = "spam"


class Direction(StrEnum):
    """Who a message is from and for. A note is for the team alone and never leaves."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    NOTE = "note"


class Rank(IntEnum):
    """What comes before age in the queue: the lower, the sooner."""

    URGENT = 0
    DEADLINE = 1
    USUAL = 2


# Where a conversation lies: what one view of the list shows, and what its index is made of.
FOLDER = (
    "CASE WHEN merged_into_id IS NOT NULL THEN 'merged' "
    "WHEN state IN ('new', 'open') THEN 'active' ELSE state END"
)
# As it stands, or a database does not see that the index of these rows is meant.
IN_TROUBLE = "trouble <> ''"
IN_DANGER = "danger_at IS NOT NULL"
IS_YOUNG = "young"
UNTOLD = "untold_at IS NOT NULL"
HAS_WORDS = "erased_at IS NULL OR erased_at < changed_at"


def _rare(name: str, condition: str, *columns: str) -> Index:
    """An index of the conversations for which a condition holds, folder by folder."""
    where = text(condition)
    return Index(name, "folder", *columns, sqlite_where=where, postgresql_where=where)


class Conversation(Model):
    """One line of the inbox: somebody, what they want, and what they need from us."""

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    """What the sender's private link stands on. A new key revokes the old link."""
    reference: Mapped[str] = mapped_column(Text, unique=True)
    """What people can read out on the phone."""
    submission: Mapped[str | None] = mapped_column(Text, unique=True)
    """The form that it came by, so that a form that was sent twice counts once."""
    kind: Mapped[Kind] = mapped_column(one_of(Kind, "kind"))
    about: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[ConversationState] = mapped_column(one_of(ConversationState, "state"))
    folder: Mapped[str] = mapped_column(Text, Computed(FOLDER, persisted=True))
    subject: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    email_key: Mapped[str] = mapped_column(Text, default="", index=True)
    phone: Mapped[str] = mapped_column(Text, default="")
    phone_key: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY, index=True)
    postal: Mapped[str] = mapped_column(Text, default="")
    reply_by: Mapped[Way] = mapped_column(one_of(Way, "reply_by"))
    helper: Mapped[str] = mapped_column(Text, default="")
    needs: Mapped[str] = mapped_column(Text, default="")
    """What the person asked us to do so that they can take part, in their words."""
    outlet: Mapped[str] = mapped_column(Text, default="")
    deadline_at: Mapped[datetime | None] = mapped_column(Moment)
    deadline_words: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """The deadline as it was typed, where nobody could be sure what it means."""
    danger_at: Mapped[datetime | None] = mapped_column(Moment)
    """When words came that suggest danger, until a person of the team has looked into it."""
    young: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the person says that they are under 18."""
    rank: Mapped[int] = mapped_column(default=Rank.USUAL)
    due_at: Mapped[datetime] = mapped_column(Moment)
    snoozed_until: Mapped[datetime | None] = mapped_column(Moment)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey(Member.id))
    trouble: Mapped[str] = mapped_column(Text, default="")
    """Why a mail did not reach the person, in words for the team."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    doubts: Mapped[str] = mapped_column(Text, default="")
    """Why it was held for a person to look at."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    alerted_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the team was told that the deadline is near."""
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the team was told of what came, until somebody opened it."""
    untold_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when something stands in it that the team is to be told of with what came elsewhere."""
    erased_at: Mapped[datetime | None] = mapped_column(Moment)
    """When all that was said in it was erased; what came after that is there."""
    notice_id: Mapped[int | None]
    """The first row of the outbox that told of it and of others, if there was one."""
    version: Mapped[int] = mapped_column()

    owner: Mapped[Member | None] = relationship()
    messages: Mapped[list[Message]] = relationship(order_by="Message.id")
    tags: Mapped[list[Tag]] = relationship(order_by="Tag.name", cascade="all, delete-orphan")
    draft: Mapped[Any] = relationship("Draft", uselist=False)
    enclosures: Mapped[list[Attachment]] = relationship(order_by="Attachment.id")
    """The files that are to go with the answer that is being written."""

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - as SQLAlchemy reads it
    __table_args__ = (
        Index(None, "folder", "rank", "due_at", "id"),
        Index(None, "folder", "changed_at", "id"),
        Index(None, "kind", "folder", "rank", "due_at", "id"),
        Index(None, "owner_id", "folder", "rank", "due_at", "id"),
        Index(None, "changed_at", "id"),
        Index(None, "answered_at"),
        Index(None, "created_at"),
        Index(None, "folder", "created_at"),
        Index(None, "folder", "snoozed_until"),
        _rare("ix_conversation_words", HAS_WORDS, "changed_at"),
        _rare("ix_conversation_trouble", IN_TROUBLE),
        _rare("ix_conversation_danger", IN_DANGER),
        _rare("ix_conversation_young", IS_YOUNG),
        _rare("ix_conversation_untold", UNTOLD),
    )

    @validates("phone")
    def _compare_phone(self, _: str, phone: str) -> str:
        self.phone_key = phone_key(phone or "")
        return phone

    @property
    def who(self) -> str:
        """What to call the person in a list."""
        return self.name or self.email or self.phone or "Somebody"

    @property
    def is_late(self) -> bool:
        """Whether the answer should have gone by now."""
        return self.due_at < now()

    @property
    def labels(self) -> list[str]:
        """The names of the tags."""
        return [tag.name for tag in self.tags]


class Tag(Model):
    """A word of the team's on a conversation."""

    __tablename__ = "conversation_tag"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey(Conversation.id), primary_key=True, index=True
    )


class Message(Model):
    """One entry in a conversation."""

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey(Conversation.id), index=True)
    direction: Mapped[Direction] = mapped_column(one_of(Direction, "direction"))
    way: Mapped[Way] = mapped_column(one_of(Way, "way"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey(Member.id))
    sender: Mapped[str] = mapped_column(Text, default="")
    """Who an incoming message says that it is from; whom a question to somebody outside asks."""
    text: Mapped[str] = mapped_column(Text)
    also_to: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """Who else got an answer: addresses with commas between."""
    quoted: Mapped[str] = mapped_column(Text, default="")
    """What a mail repeats of earlier ones: kept, and folded away."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why an answer went another way than the person asked for."""
    mail_id: Mapped[str | None] = mapped_column(Text, unique=True)
    """The Message-ID of an incoming mail: the same mail twice is one message."""
    automatic: Mapped[bool] = mapped_column(default=False)
    """Whether a machine wrote it: an out-of-office note, a bounce."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    taken_back_at: Mapped[datetime | None] = mapped_column(Moment)
    corrections: Mapped[int | None]
    """How often the team put its words right. None where nobody can: they are not ours, or left."""

    author: Mapped[Member | None] = relationship()
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.id")
    original: Mapped[Original | None] = relationship(viewonly=True)
    sending: Mapped[Sending | None] = relationship(foreign_keys="Sending.message_id")
    copies: Mapped[list[Sending]] = relationship(foreign_keys="Sending.copy_of_id")
    __table_args__ = ({"sqlite_autoincrement": True},)


class Original(Model):
    """The whole mail as it came, beside the words and files that are shown."""

    message_id: Mapped[int] = mapped_column(ForeignKey(Message.id), primary_key=True)
    place: Mapped[str] = mapped_column(Place, default="")
    """Where the storage has it."""
    size: Mapped[int] = mapped_column(default=0)
    address: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """Where it came from."""
    address_key: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY, index=True)
    reply_to: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """Where it asks for answers, if that is elsewhere."""
    content: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the provider told of a mail that came before the whole was kept."""


class Keeping(StrEnum):
    """What became of an attachment."""

    FETCHING = "fetching"
    KEPT = "kept"
    REFUSED = "refused"


class Attachment(Model):
    """A file of a message, or of a conversation's next answer, or of a saved reply: of one."""

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey(Message.id), index=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey(Conversation.id), index=True)
    saved_reply_id: Mapped[int | None] = mapped_column(ForeignKey("saved_reply.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text, default="")
    """What its content says that it is, whatever its name says."""
    size: Mapped[int] = mapped_column(default=0)
    state: Mapped[Keeping] = mapped_column(one_of(Keeping, "state"), index=True)
    place: Mapped[str] = mapped_column(Place, default="")
    """Where the storage has it; while it is being fetched, the provider's name for it."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was refused, or that it has a password."""
    alt: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """What a picture of ours shows, in words."""

    @property
    def is_picture(self) -> bool:
        """Whether who cannot see has to be told what it shows."""
        return self.content_type.startswith("image/")


class Sending(Model):
    """A mail of a conversation: joins an outbox row to what it is part of."""

    outgoing_id: Mapped[int] = mapped_column(ForeignKey(Outgoing.id), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey(Conversation.id), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey(Message.id), index=True)
    copy_of_id: Mapped[int | None] = mapped_column(ForeignKey(Message.id), index=True)
    """The answer that this mail is a copy of, to somebody else."""

    outgoing: Mapped[Outgoing] = relationship()


class Change(Model):
    """Who did what, and when. Only ever added."""

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey(Conversation.id))
    member_id: Mapped[int | None] = mapped_column(ForeignKey(Member.id))
    """Who did it; nobody, where the portal did it by itself or the sender did."""
    what: Mapped[str] = mapped_column(Text)
    before: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    after: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    batch: Mapped[str | None] = mapped_column(Text, index=True)
    """What was done to many at once shares a batch, and is undone together."""
    at: Mapped[datetime] = mapped_column(Moment, default=now)

    member: Mapped[Member | None] = relationship()
    __table_args__ = (Index(None, "conversation_id", "id"), {"sqlite_autoincrement": True})
