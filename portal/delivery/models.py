"""What must leave the portal, what providers told us of it, and which of them rest."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    case,
    false,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column

from portal.extensions import Model, Moment, now, one_of
from portal.providers.values import EventKind


class Action(StrEnum):
    """What the provider is asked to do."""

    EMAIL = "email"
    UPSERT = "upsert"
    UNSUBSCRIBE = "unsubscribe"
    ERASE = "erase"
    ALERT = "alert"
    CAMPAIGN = "campaign"
    """One step of a newsletter's way out; its name says which."""


class Urgency(IntEnum):
    """Which rows go first: in the order in which they stand here. The numbers are names."""

    URGENT = 0
    """Alerts, and mail without which a member of the team cannot sign in."""
    PERSON = 1
    """Mail to people whom we know: answers, what the team did, what follows a confirmation."""
    TEAM = 2
    """Notes to the team."""
    UNPROVED = 5
    """Mail to an address that anybody may have typed: confirmations, receipts, lost links."""
    CONTACT = 3
    """A change of one person's contact."""
    BULK = 4
    """One of very many."""


class OutgoingState(StrEnum):
    """Where a row is, in words that the team is shown as they are."""

    QUEUED = "queued"
    SENDING = "sending"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


TO_DO = (OutgoingState.QUEUED, OutgoingState.WAITING)
UNFINISHED = (*TO_DO, OutgoingState.SENDING)
OPEN = (*UNFINISHED, OutgoingState.FAILED, OutgoingState.UNCERTAIN)
TAKEN = (
    OutgoingState.ACCEPTED,
    OutgoingState.DELIVERED,
    OutgoingState.BOUNCED,
    OutgoingState.COMPLAINED,
)


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Ask the provider to stop all newsletters to an address."""

    email: str


@dataclass(frozen=True, slots=True)
class Erase:
    """Ask the provider to remove for good all it holds about an address."""

    email: str


@dataclass(frozen=True, slots=True)
class Alert:
    """Tell the team something at one of its ALERT_URLS. It must name nobody: a link leads on.

    `to` names the address without saying it (`providers.alerts.digest`).
    """

    to: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Late:
    """What is put together when it leaves (`late`): its row holds only what that needs.

    A mail to `address`, or a step of a campaign; steps of one address go one after the other.
    In a batch it goes only while that is open. `provider` is the only one that may have it.
    """

    action: Action
    name: str
    address: str
    payload: dict[str, Any]
    batch_id: int | None = None
    provider: str = ""


def _word(word: str) -> ColumnElement[str]:
    """A word written out in SQL: what has few parameters is asked quicker."""
    return literal_column(f"'{word}'", Text)


def _part(*states: OutgoingState) -> dict[str, Any]:
    words = ", ".join(f"'{state}'" for state in states)
    return _where(f"state IN ({words})")


def _where(part: str) -> dict[str, Any]:
    """A database uses such a part of an index only where it reads the same words (`is_in`)."""
    return dict.fromkeys(("sqlite_where", "postgresql_where"), text(part))


MAIL, CONTACTS, IMPORTS, ERASURES, CAMPAIGNS = KINDS = (
    *("mail", "contacts", "imports", "erasures", "campaigns"),
)
"""What rests together at a provider, as it counts these apart: nobody waits an hour to be
unsubscribed because so many were erased."""
SEND = "send"
"""The step that lets a campaign leave."""
KEPT = "finished_at IS NOT NULL AND address_key <> ''"
"""Finished rows that still have an address, in SQL."""


class Batch(Model):
    """Rows that leave together or not at all: none of them goes while it is shut."""

    id: Mapped[int] = mapped_column(primary_key=True)
    is_open: Mapped[bool] = mapped_column(default=False, server_default=false())


class Outgoing(Model):
    """One thing that must leave the portal, and what became of it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[Action] = mapped_column(one_of(Action, "action"))
    urgency: Mapped[int] = mapped_column(default=Urgency.PERSON, server_default=text("1"))
    name: Mapped[str] = mapped_column(Text)
    """Which mail it is (`confirm_signup`), or the action again."""
    address: Mapped[str] = mapped_column(Text)
    address_key: Mapped[str] = mapped_column(Text)
    """What keeps rows in order (`address_key`)."""
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What is sent. Emptied once it has been taken: the links in a mail are keys."""
    state: Mapped[OutgoingState] = mapped_column(one_of(OutgoingState, "state"))
    key: Mapped[str] = mapped_column(Text, unique=True)
    """The idempotency key: the same on every try."""
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    claimed_until: Mapped[datetime | None] = mapped_column(Moment)
    unsure_since: Mapped[datetime | None] = mapped_column(Moment)
    """When the first try left whose fate we do not know."""
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    provider: Mapped[str] = mapped_column(Text, default="")
    """Which provider took it, or may have; before that, the only one that it may go to, if any."""
    message_id: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was put off, failed or cancelled, in words for the team."""
    batch_id: Mapped[int | None] = mapped_column()
    """Of those that leave together; no key of the database's, as batches are never deleted."""
    kind: Mapped[str] = column_property(
        case(
            (action == _word(Action.EMAIL), _word(MAIL)),
            (action == _word(Action.ERASE), _word(ERASURES)),
            (action == _word(Action.ALERT), _word("alerts")),
            (action == _word(Action.CAMPAIGN), _word(CAMPAIGNS)),
            (urgency == literal_column(str(int(Urgency.BULK))), _word(IMPORTS)),
            else_=_word(CONTACTS),
        )
    )
    """One of `KINDS`, or an alert."""

    __table_args__ = (
        Index("ix_outgoing_state", "state", "unsure_since", **_part(*OPEN)),
        Index("ix_outgoing_to_do", "urgency", "due_at", "id", **_part(*TO_DO)),
        Index("ix_outgoing_unfinished", "address_key", "id", **_part(*UNFINISHED)),
        Index("ix_outgoing_sending", "claimed_until", **_part(OutgoingState.SENDING)),
        Index("ix_outgoing_finished", "finished_at", **_where(KEPT)),
        Index(None, "address_key", "id"),
        Index(None, "message_id"),
        Index("ix_outgoing_batch", "batch_id", "state", **_where("batch_id IS NOT NULL")),
        {"sqlite_autoincrement": True},
    )

    @property
    def is_once(self) -> bool:
        """Whether to do it again on a mere chance could do it twice."""
        return self.is_mail or (self.action is Action.CAMPAIGN and self.name == SEND)

    @property
    def is_mail(self) -> bool:
        """Whether it goes to the mail provider."""
        return self.action is Action.EMAIL

    @classmethod
    def is_in(cls, *states: OutgoingState) -> ColumnElement[bool]:
        """The words are written out: only so a database sees which part of an index it needs."""
        return cls.state.in_(map(_word, states))

    @classmethod
    def is_open(cls, *states: OutgoingState) -> ColumnElement[bool]:
        """A row is in one of some states that are `OPEN`: their index is used for no other."""
        return cls.is_in(*OPEN) & cls.state.in_(states)


class Permit(Model):
    """Lets one mail an hour go to an address that anybody may have typed (`brake`)."""

    number: Mapped[int] = mapped_column(primary_key=True)
    used_at: Mapped[datetime] = mapped_column(Moment, index=True)


class LedgerEntry(Model):
    """So many rows came into an ended state, or left it again; or were saved, whatever their state.

    A trigger writes it with each such change, in the same transaction.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(Text)
    """The state, or `saved`."""
    number: Mapped[int]


class Event(Model):
    """One thing that a provider told us, kept before it is acted on; once, however often told."""

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(Text)
    event_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[EventKind] = mapped_column(one_of(EventKind, "kind"))
    address: Mapped[str] = mapped_column(Text)
    address_key: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    """The key of the outbox row that it is about, where the provider gives it back."""
    message_id: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    """When it happened, as the provider says; when we heard of it, where it does not."""
    reason: Mapped[str] = mapped_column(Text)
    original: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[datetime] = mapped_column(Moment, default=now)
    outgoing_id: Mapped[int | None] = mapped_column(ForeignKey(Outgoing.id), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(Moment, default=now)
    applied_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was acted on; unset while it still must be."""

    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index(None, "address_key", "at"),
        Index(None, "applied_at", "due_at"),
        Index(None, "received_at"),
    )


class Pause(Model):
    """A provider that is not called for now, in one lane (`brevo mail`), because it fails."""

    lane: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime] = mapped_column(Moment)
    """When one row may try whether it works again."""
    failures: Mapped[int]
    """How many tries failed; none where it only asked for a rest."""
    used_up: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it rests because what our plan allows is used up."""
    renewed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When that is renewed, where it is known."""

    reason: Mapped[str] = mapped_column(Text)

    @property
    def renewal(self) -> datetime | None:
        """When what is used up is renewed, if that is known and still to come."""
        return self.renewed_at if self.renewed_at and self.renewed_at > now() else None
