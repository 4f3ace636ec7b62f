"""Who gets the newsletter, what they agreed to, and who asked to be forgotten."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Self

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    Text,
    bindparam,
    case,
    cast,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal import journal
from portal.addresses import address_key
from portal.extensions import EMPTY, Model, Moment, db, insert_into, now, one_of
from portal.letters import fold


class SubscriberState(StrEnum):
    """Where a subscriber stands."""

    PENDING = "pending"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


SUPPRESSED = (SubscriberState.BOUNCED, SubscriberState.COMPLAINED)
BOUNCE_LASTS = timedelta(days=30)  # then one mail may try whether the mailbox works by now
IMPORT, PROVIDER = "import", "provider"
# What a restore must not undo.
LEFT = journal.JournalKind("left", journal.ADDRESS)
ERASED = journal.JournalKind("erased", journal.ADDRESS, of_unknown=True)
STOPPED = {state: journal.JournalKind(state, journal.ADDRESS) for state in SUPPRESSED}


class Subscriber(Model):
    """An address on the newsletter."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    """What links carry: it says nothing and is never given to another person."""
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text, unique=True)
    """`address_key`: one mailbox is one subscriber, however it is typed."""
    name: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[str]] = mapped_column(JSON)
    format: Mapped[str] = mapped_column(Text)
    search: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    """The address and the name, folded: what the team looks for people by."""
    state: Mapped[SubscriberState] = mapped_column(one_of(SubscriberState, "state"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    """When somebody last asked to sign this address up."""
    changed_at: Mapped[datetime] = mapped_column(Moment)
    """When the state last changed."""
    consents: Mapped[list[Consent]] = relationship(
        back_populates="subscriber", order_by="Consent.id", cascade="all, delete-orphan"
    )

    list_changes: Mapped[list[ListChange]] = relationship(
        order_by="ListChange.id", cascade="all, delete-orphan", passive_deletes=True
    )

    __table_args__ = (Index(None, "state", "changed_at"),)

    @validates("name")
    def _find_by_name(self, _: str, name: str) -> str:
        self.search = searched(self.email, self.email_key, name)
        return name

    @classmethod
    def new(cls, email: str, state: SubscriberState = SubscriberState.PENDING) -> Self:
        """A subscriber who is not in the database yet."""
        return cls(**new_row(email) | {"state": state})

    @classmethod
    def chose(cls, topic: str) -> ColumnElement[bool]:
        """Whether somebody chose a topic, in SQL; with no name, whether they chose none."""
        topics = cast(cls.topics, Text)
        chosen = topics.contains(json.dumps(topic), autoescape=True)
        return chosen if topic else topics == "[]"

    @classmethod
    def with_email(cls, email: str, *, to_change: bool = False) -> Self | None:
        """The subscriber with that address, however it is typed.

        `to_change` makes others wait to change them.
        """
        query = _by("email_key").with_for_update() if to_change else _by("email_key")
        found: Self | None = db.session.scalar(query, {"value": address_key(email)})
        return found

    @classmethod
    def asked(cls, email: str, topics: list[str], format_: str) -> Self:
        """Note in one statement that somebody asked to sign this address up; it is locked then.

        The choices are kept while nobody has confirmed any: the last to ask is heard. What is
        returned is only to read.
        """
        values = new_row(email) | {"topics": topics, "format": format_}
        connection = db.session.connection()
        asked = connection.execute(_ask(connection.dialect.name), values)
        return cls(**asked.mappings().one())

    @classmethod
    def with_public_id(cls, public_id: str, *, to_change: bool = False) -> Self | None:
        """The subscriber whom a link was made for; `to_change` makes others wait to read them."""
        query = _by("public_id").with_for_update() if to_change else _by("public_id")
        found: Self | None = db.session.scalar(query, {"value": public_id})
        return found

    def become(self, state: SubscriberState, at: datetime | None = None) -> None:
        """Change the state, and remember when."""
        self.state = state
        self.changed_at = at or now()
        if state in STOPPED:
            STOPPED[state].note(self.email_key)

    @property
    def tries_again_at(self) -> datetime:
        """When, after a bounce, the address may be tried again."""
        return self.changed_at + BOUNCE_LASTS

    @property
    def is_blocked(self) -> bool:
        """Whether no mail at all may go to the address now."""
        bounced = self.state is SubscriberState.BOUNCED and now() < self.tries_again_at
        return bounced or self.state is SubscriberState.COMPLAINED

    @property
    def has_agreed(self) -> bool:
        """Whether the last that they said of the newsletter is yes."""
        return bool(self.consents) and self.consents[-1].given

    @property
    def own_yes_at(self) -> datetime | None:
        """When they last said yes here themselves."""
        own = [one.at for one in self.consents if one.given and one.channel != IMPORT]
        return max(own, default=None)


def searched(email: str, email_key: str, name: str = "") -> str:
    """What somebody is found by: their address in each of its forms, and their name."""
    return " ".join(dict.fromkeys(fold(f"{email} {email_key} {name}").split()))


def new_row(email: str, name: str = "") -> dict[str, Any]:
    """The columns of a subscriber who is not in the database yet."""
    moment, key = now(), address_key(email)
    return {
        "public_id": secrets.token_urlsafe(16),
        "email": email,
        "email_key": key,
        "name": name,
        "topics": [],
        "format": "standard",
        "search": searched(email, key, name),
        "state": SubscriberState.PENDING,
        **dict.fromkeys(("created_at", "asked_at", "changed_at"), moment),
    }


@cache
def _by(column: str) -> Select[Any]:
    """Asked in every request; building a statement costs more than running it."""
    return select(Subscriber).where(getattr(Subscriber, column) == bindparam("value"))


@cache
def _ask(dialect: str) -> Any:
    new = insert_into(Subscriber, dialect)
    kept, said = Subscriber.__table__.c, new.excluded
    is_open = kept.state == SubscriberState.PENDING
    values = {name: case((is_open, said[name]), else_=kept[name]) for name in ("topics", "format")}
    values["asked_at"] = said.asked_at
    return new.on_conflict_do_update(index_elements=["email_key"], set_=values).returning(*kept)


class Consent(Model):
    """What somebody agreed to or withdrew. Rows are only ever added: a trigger sees to it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey(Subscriber.id, ondelete="CASCADE"), index=True
    )
    purpose: Mapped[str] = mapped_column(Text)
    given: Mapped[bool]
    wording: Mapped[str] = mapped_column(Text)
    """The very words that were shown."""
    channel: Mapped[str] = mapped_column(Text)
    """How it was said: web, one-click, import, provider (through a link of theirs); or to the team:
    paper, event, phone, or another of its ways."""
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    """When it was said."""
    noted_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was written down here, where that was later."""
    member_id: Mapped[int | None]
    """Who of the team took it."""
    evidence: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """What proves it, and where that is kept."""
    subscriber: Mapped[Subscriber] = relationship(back_populates="consents")


class ListChange(Model):
    """What the team did for a subscriber, as they were asked to; not what was agreed to."""

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey(Subscriber.id, ondelete="CASCADE"), index=True
    )
    what: Mapped[str] = mapped_column(Text)
    """In words."""
    way: Mapped[str] = mapped_column(Text)
    """How the team was asked."""
    member_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment, default=now)


class HeldSignup(Model):
    """A sign-up that looked like a machine's: a person decides, or it ends by itself."""

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text, server_default=EMPTY, index=True)
    topics: Mapped[list[str]] = mapped_column(JSON)
    format: Mapped[str] = mapped_column(Text)
    reasons: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a person decided; kept a little longer, so that it can be undone."""
    mail_id: Mapped[int | None]
    """The outbox row of the confirmation, where it was released and one is to leave."""

    @validates("email")
    def _compare_email(self, _: str, email: str) -> str:
        self.email_key = address_key(email)
        return email


class Erasure(Model):
    """That an address was erased, and when; not which address."""

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(Text, index=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    way: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """How the team was asked to, where it was."""
    member_id: Mapped[int | None]
