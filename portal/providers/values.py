"""What the portal and an email provider say to each other: mails, contacts, calls, events.

An adapter turns these values into one provider's HTTP calls, and its calls into these values.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.addresses import to_ascii


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox with the name shown beside it, which may be empty."""

    email: str
    name: str = ""

    @classmethod
    def of(cls, email: str, name: str) -> Address:
        """The mailbox as providers take it."""
        return cls(to_ascii(email), name)


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file that goes with a mail; `kind` is its media type, such as `text/plain`.

    Of one that is kept in the storage, `place` says where: its content is read when it leaves.
    """

    name: str
    content: bytes
    kind: str
    place: str = ""

    @property
    def base64(self) -> str:
        """The content as providers and JSON take it."""
        return b64encode(self.content).decode("ascii")


@dataclass(frozen=True, slots=True)
class Email:
    """One mail to one person, ready to be sent.

    `name` says which mail it is (`confirm_signup`), for tags and for the
    ledger. `headers` are extra headers beyond the usual ones, in order. A mail
    in plain text has no `html`.
    """

    name: str
    to: Address
    sender: Address
    subject: str
    text: str
    html: str
    reply_to: Address | None = None
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[MailFile, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The mail as plain values that JSON can hold."""
        return {
            "name": self.name,
            "to": [*astuple(self.to)],
            "sender": [*astuple(self.sender)],
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "reply_to": [*astuple(self.reply_to)] if self.reply_to else None,
            "headers": [list(pair) for pair in self.headers],
            "attachments": [
                [file.name, file.base64, file.kind, file.place] for file in self.attachments
            ],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Email:
        """The mail that `to_json` wrote, as providers take it: domains as A-labels."""
        return cls(
            name=data["name"],
            to=Address.of(*data["to"]),
            sender=Address.of(*data["sender"]),
            subject=data["subject"],
            text=data["text"],
            html=data["html"],
            reply_to=Address.of(*data["reply_to"]) if data["reply_to"] else None,
            headers=tuple((key, value) for key, value in data["headers"]),
            attachments=tuple(
                MailFile(name, b64decode(content), *rest)
                for name, content, *rest in data.get("attachments", ())
            ),
        )


@dataclass(frozen=True, slots=True)
class Contact:
    """A confirmed subscriber as the provider's list should know them."""

    email: str
    name: str = ""
    topics: tuple[str, ...] = ()
    format: str = "standard"
    preferences_url: str = ""

    @property
    def attributes(self) -> dict[str, str]:
        """What a list keeps beside the address, as texts."""
        return {
            "topics": ",".join(self.topics),
            "format": self.format,
            "name": self.name,
            "preferences_url": self.preferences_url,
        }

    def to_json(self) -> dict[str, Any]:
        """The contact as plain values that JSON can hold."""
        return {"email": self.email, **self.attributes, "topics": list(self.topics)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Contact:
        """The contact that `to_json` wrote, as providers take it."""
        return cls(**{**data, "email": to_ascii(data["email"]), "topics": tuple(data["topics"])})


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took it. `message_id` is the provider's own name for it, if it gave one."""

    message_id: str = ""
    held: str = ""
    """Why the provider keeps it back for now, where a person has to change that there."""


@dataclass(frozen=True, slots=True)
class KnownContact:
    """What the provider holds about an address; `subscribed` is whether mail may go to it.

    `stopped` is whether it was stopped for good there, by the person's leaving,
    a bounce or a complaint; and not only because it is on another list.
    """

    email: str
    subscribed: bool
    attributes: dict[str, Any]
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class InboundAttachment:
    """A file that came with a mail: its bytes, or the provider's name for it, to fetch it by.

    `kind` is the media type, where the provider tells it.
    """

    name: str
    content: bytes | None = None
    token: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Screening:
    """What a provider found out about a mail that it hands on, as far as it tells.

    `score` is that of SpamAssassin, or one like it. `spf` and `dkim` are the results'
    names (RFC 8601, 2.7), such as `pass`, `fail` or `none`.
    """

    score: float = 0
    spf: str = ""
    dkim: str = ""


@dataclass(frozen=True, slots=True)
class InboundEmail:
    """A mail that somebody sent us.

    Everything in it is what a stranger wrote. Texts can be kept and shown:
    they hold no NUL and no half of a pair. `recipients` are all addresses that
    it came to, in headers and on the envelope. `text` has all its words, those
    of its HTML and of mails in it too.
    """

    sender: Address
    recipients: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    message_id: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[InboundAttachment, ...] = ()
    whole: bytes = b""
    """The mail as it came (RFC 5322); written anew where the provider hands on its parts alone."""
    screening: Screening = Screening()

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class EventKind(StrEnum):
    """What a provider can tell us about a mail or a contact: one vocabulary for all of them."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    """For good: there is no such mailbox."""
    SOFT_BOUNCED = "soft-bounced"
    """This time: the mailbox was full, say. The provider has given up on this mail."""
    REJECTED = "rejected"
    """The provider decided not to send it, or it was turned down for what it is or who sends it.

    That says nothing of whom it was for.
    """
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    INBOUND = "inbound"
    """A mail came in. `message_id` is what to fetch it by."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One thing that a provider told us, as far as it was understood.

    `id` is the same each time it is told (`webhooks.values.digest` where the provider
    gives none). `key` is the key that the mail was sent with, where it comes
    back. Texts can be kept: see `InboundEmail`.
    """

    id: str
    kind: EventKind
    address: str = ""
    key: str = ""
    message_id: str = ""
    at: datetime | None = None
    reason: str = ""
    original: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HookCall:
    """A call to one of our hooks: its whole address, headers in any case, and raw body."""

    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Site:
    """What of the portal a provider must know: what it sends from, and where to tell us things.

    `inbound_domain` is the domain whose mail is handed on; empty where none is.
    """

    senders: tuple[str, ...]
    events_url: str
    inbound_url: str
    inbound_domain: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at or done, in a sentence for the team.

    `ok` is None where nobody can be asked, and a person has to look. `cure` is what to do,
    where that is not in the sentence.
    """

    words: str
    ok: bool | None = field(default=True, kw_only=True)
    cure: str = field(default="", kw_only=True)

    @classmethod
    def of(cls, ok: bool, yes: str, no: str) -> Finding:  # noqa: FBT001 - the question itself
        """What was found: one sentence or the other."""
        return cls(yes if ok else no, ok=ok)
