"""What the portal and an email provider say to each other.

An adapter knows no Flask and no database. It turns these values into one
provider's HTTP calls, and it raises `TryLater`, `Refused` or `Uncertain` and
nothing else, because those are the three things the outbox can act on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol


class ProviderError(Exception):
    """Something went wrong at the provider. Its text is shown to the team."""


class TryLater(ProviderError):
    """The provider did not take it now and will not act on it; a later try may work.

    `after` is how long the provider asked us to wait, where it said so.
    """

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Refused(ProviderError):
    """The provider will never take this as it is."""


class Uncertain(ProviderError):
    """The request left, and whether the provider acted on it is not known."""


class Unreadable(Exception):
    """What came in is not what the provider sends. Nothing of it can be used."""


class SetupError(Exception):
    """A provider is chosen or set up wrongly. Its text names the setting."""


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox with the name shown beside it, which may be empty."""

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Email:
    """One mail to one person, ready to be sent.

    `name` says which mail it is (`confirm_signup`), for tags and for the
    ledger. `headers` are extra headers beyond the usual ones, in order.
    """

    name: str
    to: Address
    sender: Address
    subject: str
    text: str
    html: str
    reply_to: Address | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The mail as plain values that JSON can hold."""
        return {
            "name": self.name,
            "to": [self.to.email, self.to.name],
            "sender": [self.sender.email, self.sender.name],
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "reply_to": [self.reply_to.email, self.reply_to.name] if self.reply_to else None,
            "headers": [list(pair) for pair in self.headers],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Email:
        """The mail that `to_json` wrote."""
        return cls(
            name=data["name"],
            to=Address(*data["to"]),
            sender=Address(*data["sender"]),
            subject=data["subject"],
            text=data["text"],
            html=data["html"],
            reply_to=Address(*data["reply_to"]) if data["reply_to"] else None,
            headers=tuple((key, value) for key, value in data["headers"]),
        )


@dataclass(frozen=True, slots=True)
class Contact:
    """A confirmed subscriber as the provider's list should know them."""

    email: str
    name: str = ""
    topics: tuple[str, ...] = ()
    format: str = "standard"
    preferences_url: str = ""

    def to_json(self) -> dict[str, Any]:
        """The contact as plain values that JSON can hold."""
        return {
            "email": self.email,
            "name": self.name,
            "topics": list(self.topics),
            "format": self.format,
            "preferences_url": self.preferences_url,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Contact:
        """The contact that `to_json` wrote."""
        return cls(**{**data, "topics": tuple(data["topics"])})


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took it. `message_id` is the provider's own name for it, if it gave one."""

    message_id: str = ""


@dataclass(frozen=True, slots=True)
class KnownContact:
    """What the provider holds about an address; `subscribed` is whether mail may go to it."""

    email: str
    subscribed: bool
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class InboundAttachment:
    """A file that came with a mail: its bytes, or the provider's name for it, to fetch it by."""

    name: str
    content: bytes | None = None
    token: str = ""
    size: int = 0
    """How many bytes the provider says that it has, where it does."""


@dataclass(frozen=True, slots=True)
class InboundEmail:
    """A mail that somebody sent us, as far as the provider understood it.

    Everything in it is what a stranger wrote. Texts can be kept and shown:
    they hold no NUL and no half of a pair. `recipients` are all addresses that
    it came to, in headers and on the envelope.
    """

    sender: Address
    recipients: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    message_id: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[InboundAttachment, ...] = ()
    original: dict[str, Any] = field(default_factory=dict)
    """The whole mail as plain values that JSON can hold, without the files' content."""

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class MailProvider(Protocol):
    """Sends mail.

    `key_lasts` is for how long the provider recognises a repeated idempotency
    key; within it a send whose fate is unknown is tried again. `None` means
    that it takes no key.
    """

    name: str
    key_lasts: timedelta | None

    def send(self, email: Email, key: str) -> Receipt:
        """Hand the mail over. `key` is a UUID, the same on every try of one mail."""
        ...


class AudienceProvider(Protocol):
    """Keeps contacts. Each call may be repeated and then changes nothing more."""

    name: str

    def upsert(self, contact: Contact) -> Receipt:
        """Add the contact to the list, or bring it up to date and let mail go to it again."""
        ...

    def unsubscribe(self, address: str) -> Receipt:
        """Stop all newsletters to the address. An unknown address is a success."""
        ...

    def erase(self, address: str) -> Receipt:
        """Remove for good all that is held about the address. Unknown is a success."""
        ...

    def lookup(self, address: str) -> KnownContact | None:
        """What the provider holds about the address, if anything."""
        ...


class InboundProvider(Protocol):
    """Hands on the mail that people send us, by calling `/hooks/<name>/inbound`."""

    name: str

    def verify(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> bool:
        """Whether the call is really the provider's. Raises SetupError if that cannot be told."""
        ...

    def parse_inbound(self, body: bytes) -> list[InboundEmail]:
        """The mails in a call. Raises Unreadable, and nothing else."""
        ...

    def fetch(self, token: str, limit: int) -> bytes:
        """A file that was not in the call itself. Raises TryLater or Refused.

        One with more than `limit` bytes is refused.
        """
        ...
