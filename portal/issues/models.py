"""Newsletter issues, what two people agreed to, and who gets them in which format.

The database itself refuses (migration 0041): an issue that goes out without a yes to exactly its
digest, or with a story whose newsletter consent does not stand; a change after the yes; and a
second copy for one person. When such a consent ends, it shuts the issue's batches by itself.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.delivery.models import Batch, OutgoingState
from portal.extensions import EMPTY, Model, Moment, now, one_of
from portal.newsletter.models import Subscriber
from portal.stories.models import Revision, Story
from portal.team.models import Member


class IssueState(StrEnum):
    """Where an issue stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    STOPPED = "stopped"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


KNOWN = text("subscriber_id IS NOT NULL")
BEFORE = (IssueState.DRAFT, IssueState.APPROVED, IssueState.SCHEDULED)
"""Nothing of it has left."""
LEFT = (IssueState.SENDING, IssueState.SENT, IssueState.UNCERTAIN)
"""It may be in mailboxes, whole: readers find it in the archive."""


class EditionState(StrEnum):
    """Where the mail in one format stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    STOPPED = "stopped"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class PartKind(StrEnum):
    """What a part of an issue is."""

    WORDS = "words"
    STORY = "story"


class Issue(Model):
    """One newsletter, from its first word to what became of it. Only a draft can be changed."""

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[IssueState] = mapped_column(one_of(IssueState, "state"), default=IssueState.DRAFT)
    slug: Mapped[str | None] = mapped_column(Text, unique=True)
    """Its address in the archive; none before it goes out."""
    subject: Mapped[str] = mapped_column(Text, default="")
    preview: Mapped[str] = mapped_column(Text, default="")
    """The line that mail programs show beside the subject."""
    opening: Mapped[str] = mapped_column(Text, default="")
    """Markdown."""
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
    """For whom it is: who chose one of these. Without any it is for everybody on the list."""
    digest: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """Of all that would be sent, to whom; set when it is approved (`issues.mail.digest`)."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey(Member.id))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_by_id: Mapped[int | None] = mapped_column()
    """Who changed it last; no key of the database's, as members are never deleted."""
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey(Member.id))
    """Who asked for the second yes, while that is open."""
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    asked_digest: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    send_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it leaves; until then it can be stopped as if nothing had been."""
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it began to leave: it is in the archive since."""
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    hidden_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the team took it out of the archive."""
    why: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """Why it was stopped or failed, in words for the team."""
    version: Mapped[int] = mapped_column()

    parts: Mapped[list[Part]] = relationship(
        back_populates="issue", order_by="Part.position", cascade="all, delete-orphan"
    )
    editions: Mapped[list[Edition]] = relationship(back_populates="issue", order_by="Edition.id")
    approvals: Mapped[list[IssueApproval]] = relationship(order_by="IssueApproval.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - as SQLAlchemy reads it
    __table_args__ = (Index(None, "state", "send_at"), Index(None, "started_at"))

    @property
    def title(self) -> str:
        """What to call it: its subject, without which none leaves."""
        return self.subject or "An issue without a subject"


class Part(Model):
    """One piece of an issue, in its place: own words, or a story in the text that was chosen."""

    __tablename__ = "issue_part"

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey(Issue.id, ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column()
    """From 0. Two parts may share one for a moment."""
    kind: Mapped[PartKind] = mapped_column(one_of(PartKind, "kind"))
    text: Mapped[str] = mapped_column(Text, default="")
    """Markdown; of a story the words before it, if any."""
    story_id: Mapped[int | None] = mapped_column(
        ForeignKey(Story.id, ondelete="SET NULL"), index=True
    )
    """None for words, and where the story was erased."""
    revision_id: Mapped[int | None] = mapped_column(ForeignKey(Revision.id, ondelete="SET NULL"))
    """The text that readers get, which must be the published one when it leaves."""

    issue: Mapped[Issue] = relationship(back_populates="parts")
    story: Mapped[Story | None] = relationship()
    revision: Mapped[Revision | None] = relationship()
    __table_args__ = (
        CheckConstraint("kind = 'story' OR story_id IS NULL", name="words_have_no_story"),
    )


class IssueApproval(Model):
    """A second person's yes to one digest. It can be voided, and no more."""

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey(Issue.id, ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(Text)
    wording: Mapped[str] = mapped_column(Text)
    """The very words that were agreed to."""
    asked_by_id: Mapped[int] = mapped_column(ForeignKey(Member.id))
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id))
    alone: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the setting let one person send alone."""
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    voided_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (CheckConstraint("alone OR asked_by_id <> member_id", name="second_person"),)


class Edition(Model):
    """The issue's mail in one format, as it was agreed to, and its way out."""

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey(Issue.id), index=True)
    format: Mapped[str] = mapped_column(Text)
    """A key of FORMATS."""
    subject: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    """With `providers.campaigns.PREFERENCES_URL` and `UNSUBSCRIBE_URL` where links are put in.

    Empty, as the text is, once a story in it may not be sent any more.
    """
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[EditionState] = mapped_column(
        one_of(EditionState, "state"), default=EditionState.WAITING
    )
    batch_id: Mapped[int] = mapped_column(ForeignKey(Batch.id), unique=True)
    """Its rows of the outbox."""
    people: Mapped[int] = mapped_column(default=0)
    """How many it was addressed to, once that is settled."""
    provider: Mapped[str] = mapped_column(Text, default="")
    """Who sends it as a campaign; empty where each person gets a mail of ours."""
    audience: Mapped[str] = mapped_column(Text, default="")
    """The provider's name for those whom it is addressed to."""
    campaign: Mapped[str] = mapped_column(Text, default="")
    """The provider's name for the campaign."""
    told: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the provider counts, when it was asked last (`providers.campaigns.CampaignStatus`)."""
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    why: Mapped[str] = mapped_column(Text, default="")

    issue: Mapped[Issue] = relationship(back_populates="editions")
    batch: Mapped[Batch] = relationship()
    __table_args__ = (UniqueConstraint("issue_id", "format"),)

    @property
    def by_mail(self) -> bool:
        """Whether each person gets a mail of ours, and no provider has a campaign of it."""
        return not self.provider


class Recipient(Model):
    """Somebody whom an issue is addressed to, in one format; nobody twice."""

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey(Issue.id))
    edition_id: Mapped[int] = mapped_column(ForeignKey(Edition.id))
    subscriber_id: Mapped[int | None] = mapped_column(
        ForeignKey(Subscriber.id, ondelete="SET NULL"), index=True
    )
    """None where they were forgotten since: that there was somebody is still counted."""
    state: Mapped[OutgoingState] = mapped_column(
        one_of(OutgoingState, "state"), default=OutgoingState.QUEUED
    )
    """What is known of their copy. While it is `waiting` its row in the outbox says more."""

    edition: Mapped[Edition] = relationship()
    subscriber: Mapped[Subscriber | None] = relationship()
    __table_args__ = (
        UniqueConstraint("issue_id", "subscriber_id"),
        Index(None, "edition_id", "state", "id"),
        Index("ix_recipient_known", "edition_id", sqlite_where=KNOWN, postgresql_where=KNOWN),
    )
