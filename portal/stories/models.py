"""Stories: each text of them, what the storyteller said yes to, and what comes with them.

Two rules are the database's own (migration 0024): a revision, a consent and an approval never
change, and nothing is published without the storyteller's yes to exactly that text, and their
guardian's where they are under 18.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import EMPTY, Model, Moment, now, one_of
from portal.inbox.models import Conversation, Message
from portal.stories.files.models import StoryFile
from portal.stories.press.models import PressQuestion
from portal.stories.states import Giver, Level, StoryState, Telling, VersionKind, YesWay
from portal.stories.uses.models import Use
from portal.team.models import Member
from portal.transaction import NotPossible

NOT_SHAPED = {
    StoryState.DRAFT: "This story was not sent yet.",
    StoryState.WITHDRAWN: "This story was taken back. Nothing can be done with it any more.",
    StoryState.DECLINED: "This story was declined. It can be sent again as a new one.",
}


class Story(Model):
    """Somebody's story, from the first word they keep to the page that they take back."""

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    """What the storyteller's private link stands on. A new key revokes the old link."""
    phrase: Mapped[str | None] = mapped_column(Text, unique=True)
    """A digest of the four words that lead back to the story."""
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey(Conversation.id), unique=True)
    """The line in the inbox; none while it is a draft."""
    state: Mapped[StoryState] = mapped_column(one_of(StoryState, "state"), default=StoryState.DRAFT)

    # What is told, until it is sent. From then on the revisions have it.
    telling: Mapped[Telling] = mapped_column(one_of(Telling, "telling"))
    language: Mapped[str] = mapped_column(Text, default="en")
    """A BCP 47 tag, for `lang`."""
    title: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What else was said on the way: `stories.telling.answers` has the names."""

    # Who tells it, and how they are reached.
    name: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    email_key: Mapped[str] = mapped_column(Text, default="", index=True)
    phone: Mapped[str] = mapped_column(Text, default="")
    phone_key: Mapped[str] = mapped_column(Text, default="", index=True)
    """What the number is compared by (`portal.phones`): it is typed in many ways."""
    others: Mapped[bool] = mapped_column(default=False)
    """Whether other people can be known from the story: the editor asks about them."""
    young: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether they are under 18: then a guardian must say yes to the text too."""
    guardian_name: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    guardian_email: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    guardian_phone: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    guardian_key: Mapped[str | None] = mapped_column(Text, index=True, unique=True)
    """What the guardian's private link stands on; none before they are asked first."""
    guardian_asked_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the guardian was asked last about the newest text."""

    # What readers get.
    slug: Mapped[str | None] = mapped_column(Text, unique=True)
    level: Mapped[Level | None] = mapped_column(one_of(Level, "level"))
    """The level that the editor has set over the measured one."""
    level_reason: Mapped[str] = mapped_column(Text, default="")
    shown_level: Mapped[Level | None] = mapped_column(one_of(Level, "shown_level"))
    """The level that readers see and filter by, while it is published."""
    minutes: Mapped[int] = mapped_column(default=0)
    """How long it takes to read, as readers see it, while it is published."""
    search: Mapped[str] = mapped_column(Text, default="")
    """The published words, and the name that is shown, folded for finding."""
    is_sample: Mapped[bool] = mapped_column(default=False)
    """Whether it was written for trying the site, and says so."""
    published_revision_id: Mapped[int | None] = mapped_column(
        ForeignKey("revision.id", use_alter=True)
    )
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was first published."""
    unlisted_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it left the library because nobody answered the yearly question."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)

    # When what happened, and what is waited for.
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    """When the storyteller or an editor last did something."""
    wants_reminder: Mapped[bool] = mapped_column(default=False)
    """Whether to remind them once of an unsent draft."""
    reminders: Mapped[int] = mapped_column(default=0)
    """How often they were reminded of what waits for them now."""
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    """When they were reminded last."""
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the newest text went to the storyteller, while their answer is open."""
    rested_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it went to rest, unpublished, because nobody answered."""
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the storyteller last wanted it to be up: its publication, or their yearly yes."""
    checks: Mapped[int] = mapped_column(default=0)
    """How often they were asked since if it may stay up. 0 once they have answered."""
    checked_at: Mapped[datetime | None] = mapped_column(Moment)
    """When they were asked so last."""
    version: Mapped[int] = mapped_column()

    conversation: Mapped[Conversation | None] = relationship()
    published: Mapped[Revision | None] = relationship(
        foreign_keys=[published_revision_id], post_update=True
    )
    revisions: Mapped[list[Revision]] = relationship(
        back_populates="story", foreign_keys="Revision.story_id", order_by="Revision.id"
    )
    approvals: Mapped[list[Approval]] = relationship(order_by="Approval.id")
    consents: Mapped[list[StoryConsent]] = relationship(order_by="StoryConsent.id")
    files: Mapped[list[StoryFile]] = relationship(order_by="StoryFile.id")
    versions: Mapped[list[Version]] = relationship(order_by="Version.id")
    uses: Mapped[list[Use]] = relationship(order_by="Use.id")
    press_questions: Mapped[list[PressQuestion]] = relationship(
        back_populates="story", order_by="PressQuestion.id"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - as SQLAlchemy reads it
    __table_args__ = (
        CheckConstraint(
            "(state = 'published') = (published_revision_id IS NOT NULL)",
            name="published_has_revision",
        ),
        Index(None, "state", "published_at", "id"),
        Index(None, "state", "changed_at"),
    )

    @property
    def is_over(self) -> bool:
        """Whether nothing can be done with it any more."""
        return self.state in NOT_SHAPED and self.state is not StoryState.DRAFT

    def must_be_shaped(self) -> None:
        """Raise NotPossible unless the story is among those that two people work on."""
        if self.state in NOT_SHAPED:
            raise NotPossible(NOT_SHAPED[self.state])


class Revision(Model):
    """One text of a story, by the storyteller or an editor: a `Content`. It never changes."""

    id: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey(Story.id), index=True)
    number: Mapped[int] = mapped_column()
    """1 for the text that was sent, and so on."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey(Member.id))
    """The editor; none for the storyteller."""
    title: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, default="")
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
    pictures: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    language: Mapped[str] = mapped_column(Text, default="en")
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why, for the whole of it."""
    reasons: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Why, for single changes: by the key of a change (`stories.comparing.changes`)."""
    digest: Mapped[str] = mapped_column(Text)
    """SHA-256 of all that would be public (`stories.content.digest`)."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    story: Mapped[Story] = relationship(back_populates="revisions", foreign_keys=[story_id])
    author: Mapped[Member | None] = relationship()
    __table_args__ = (UniqueConstraint("story_id", "number"), {"sqlite_autoincrement": True})


class Approval(Model):
    """A yes to one digest, by the storyteller or a guardian. It can be taken back, and no more.

    Given on our pages, or said to somebody of the team who read the text out and noted it. The
    database lets nobody note one without a message that tells the storyteller of it.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey(Story.id), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey(Revision.id), index=True)
    digest: Mapped[str] = mapped_column(Text)
    wording: Mapped[str] = mapped_column(Text)
    """The very words that were agreed to."""
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    taken_back_at: Mapped[datetime | None] = mapped_column(Moment)
    giver: Mapped[Giver] = mapped_column(
        one_of(Giver, "giver"), default=Giver.STORYTELLER, server_default=Giver.STORYTELLER
    )
    way: Mapped[YesWay] = mapped_column(
        one_of(YesWay, "way"), default=YesWay.WEB, server_default=YesWay.WEB
    )
    note: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """What else they said, as it was noted."""
    said_at: Mapped[datetime | None] = mapped_column(Moment)
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey(Member.id))
    message_id: Mapped[int | None] = mapped_column(ForeignKey(Message.id))
    """What tells the storyteller that it was noted, and how to undo it."""

    revision: Mapped[Revision] = relationship()
    noted_by: Mapped[Member | None] = relationship()
    __table_args__ = (
        CheckConstraint(
            " AND ".join(
                f"(way = 'web') = ({column} IS NULL)"
                for column in ("said_at", "noted_by_id", "message_id")
            ),
            name="noted_or_on_web",
        ),
    )


class StoryConsent(Model):
    """What the storyteller allowed or no longer allows. Rows are only ever added."""

    id: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey(Story.id), index=True)
    purpose: Mapped[str] = mapped_column(Text)
    """A key of `stories.consents.PURPOSES`."""
    given: Mapped[bool]
    value: Mapped[str] = mapped_column(Text, default="")
    """Where there is more than yes or no: which name."""
    wording: Mapped[str] = mapped_column(Text)
    """The very words that were shown."""
    channel: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment, default=now)


class Version(Model):
    """The story in another form: a text, a link to a film, or a file; approved by itself."""

    __tablename__ = "story_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey(Story.id), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey(Revision.id))
    """The text that it was made from: when that changed, it says so."""
    kind: Mapped[VersionKind] = mapped_column(one_of(VersionKind, "kind"))
    language: Mapped[str] = mapped_column(Text, default="en")
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, default="")
    captions: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """WebVTT, of a sound or film; its words are those of the text."""
    link: Mapped[str] = mapped_column(Text, default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey(StoryFile.id))
    author_id: Mapped[int | None] = mapped_column(ForeignKey(Member.id))
    digest: Mapped[str] = mapped_column(Text)
    approved_digest: Mapped[str | None] = mapped_column(Text)
    """The digest that the storyteller said yes to."""
    approved_at: Mapped[datetime | None] = mapped_column(Moment)
    guardian_digest: Mapped[str | None] = mapped_column(Text)
    """The digest that a young storyteller's guardian said yes to."""
    guardian_at: Mapped[datetime | None] = mapped_column(Moment)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    file: Mapped[StoryFile | None] = relationship()
    revision: Mapped[Revision] = relationship()
    __table_args__ = (
        CheckConstraint(
            "approved_digest IS NULL OR approved_digest = digest", name="approved_as_it_is"
        ),
        CheckConstraint(
            "guardian_digest IS NULL OR guardian_digest = digest", name="guardian_agreed_as_it_is"
        ),
    )


class StoryTopic(Model):
    """A topic of a published story, for the library's filter."""

    topic: Mapped[str] = mapped_column(Text, primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey(Story.id), primary_key=True, index=True)


class LibraryChange(Model):
    """The last change to what readers see: one row, which the database writes (migration 0010)."""

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    """At random: no other commit ever had it, also where a backup was brought back."""
