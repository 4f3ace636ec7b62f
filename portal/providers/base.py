"""What the portal and an email provider say to each other.

An adapter knows no Flask and no database. It turns these values into one
provider's HTTP calls, and it raises `TryLater`, `Refused` or `Uncertain` and
nothing else, because those are the three things the outbox can act on:

    ProviderError
      TryLater          not taken now; another try may work
        Busy            … and no other call will either, for a while
        Denied          … and no other call will either, until a person mends the setup
      Refused           never taken as it is
        Suppressed      … because of the address, whoever sends to it
      Uncertain         the request left, and its fate is not known
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable


class ProviderError(Exception):
    """Something went wrong at the provider. Its text is shown to the team."""


class TryLater(ProviderError):
    """The provider did not take it now and will not act on it; a later try may work.

    `after` is how long the provider asked us to wait, where it said so. `left`
    is whether the request got there and was not plainly turned down (a 500):
    such a mail must not go to another provider.
    """

    def __init__(self, reason: str, after: timedelta | None = None, *, left: bool = False) -> None:
        super().__init__(reason)
        self.after = after
        self.left = left


class Busy(TryLater):
    """The provider takes no more calls for now, whatever is in them."""


class Denied(TryLater):
    """The provider does not let us in: a wrong key, a closed account, nothing left to pay with."""


class Refused(ProviderError):
    """The provider will never take this as it is."""


class Suppressed(Refused):
    """The provider does not mail this address: it bounced, complained or left."""


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
class MailFile:
    """A file that goes with a mail; `kind` is its media type, such as `text/plain`."""

    name: str
    content: bytes
    kind: str

    @property
    def base64(self) -> str:
        """The content as providers and JSON take it."""
        return b64encode(self.content).decode("ascii")


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
    attachments: tuple[MailFile, ...] = ()

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
            "attachments": [[file.name, file.base64, file.kind] for file in self.attachments],
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
            attachments=tuple(
                MailFile(name, b64decode(content), kind)
                for name, content, kind in data.get("attachments", ())
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
    """The provider took the mail and then decided not to send it."""
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    INBOUND = "inbound"
    """A mail came in. `message_id` is what to fetch it by."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One thing that a provider told us, as far as it was understood.

    `id` is the same each time it is told (`hook.digest` where the provider
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
    """What of the portal a provider must know: who sends, and where it can tell us things.

    `inbound_domain` is the domain whose mail is handed on; empty where none is.
    """

    sender: str
    events_url: str
    inbound_url: str
    inbound_domain: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at or done at a provider, in a sentence for the team.

    `ok` is None where the provider cannot be asked, and a person has to look.
    """

    words: str
    ok: bool | None = field(default=True, kw_only=True)

    @classmethod
    def of(cls, ok: bool, yes: str, no: str) -> Finding:  # noqa: FBT001 - the question itself
        """What was found: one sentence or the other."""
        return cls(yes if ok else no, ok=ok)


INSTALL = "“flask providers hooks --install” mends it."


@runtime_checkable
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


@runtime_checkable
class MailFinder(Protocol):
    """A mail provider that can be asked afterwards whether it took a mail."""

    name: str

    def find(self, key: str, address: str) -> Receipt | None:
        """The mail that was sent with `key` to `address`. None proves nothing: it may come late."""
        ...


@runtime_checkable
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


@runtime_checkable
class Eraser(Protocol):
    """Can remove what it holds about an address: every audience, and some mail providers."""

    name: str

    def erase(self, address: str) -> Receipt:
        """Remove for good all that is held about the address. Unknown is a success."""
        ...


@runtime_checkable
class ContactLister(Protocol):
    """An audience that can be read whole."""

    def everyone(self) -> Iterator[KnownContact]:
        """All contacts on our list, page by page. Raises TryLater or Refused."""
        ...


@runtime_checkable
class ContactImporter(Protocol):
    """An audience that takes many contacts in one call, up to `most_at_once`."""

    most_at_once: int

    def upsert_many(self, contacts: Sequence[Contact]) -> Receipt:
        """Do as `upsert` does with each. May be repeated. Raises TryLater or Refused."""
        ...


@runtime_checkable
class SignedCaller(Protocol):
    """Calls our hooks, and can show that it is itself."""

    name: str

    def verify(self, call: HookCall) -> bool:
        """Whether the call is really the provider's. Raises SetupError if that cannot be told."""
        ...


@runtime_checkable
class EventProvider(SignedCaller, Protocol):
    """Tells us what became of mails and contacts, by calling `/hooks/<name>/events`."""

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        """The events in a call. Raises Unreadable, and nothing else."""
        ...


@runtime_checkable
class InboundProvider(SignedCaller, Protocol):
    """Hands on the mail that people send us, by calling `/hooks/<name>/inbound`."""

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        """The mails in a call. Raises Unreadable, and nothing else."""
        ...


@runtime_checkable
class FileKeeper(Protocol):
    """Keeps the files of a mail that it handed on, instead of handing them on with it."""

    def fetch(self, token: str, limit: int) -> bytes:
        """A file that was not in the call itself. Raises TryLater or Refused.

        One with more than `limit` bytes is refused.
        """
        ...


@runtime_checkable
class MailKeeper(Protocol):
    """Keeps the mails that came in and only tells us their ids (`EventKind.INBOUND`)."""

    def fetch_mail(self, message_id: str) -> InboundEmail:
        """The mail with that id. Raises TryLater or Refused."""
        ...


@runtime_checkable
class SelfChecking(Protocol):
    """Can tell whether it is set up rightly."""

    name: str

    def check(self, site: Site) -> Iterable[Finding]:
        """What is right and what is not: the key, the sender, the list, the webhooks.

        Raises TryLater or Refused where it cannot go on.
        """
        ...


@runtime_checkable
class HookInstaller(Protocol):
    """Can be told by its API where our hooks are."""

    name: str

    def install_hooks(self, site: Site) -> Iterable[Finding]:
        """Register the webhooks that are missing; says what was done, and what to set where.

        May be repeated. Raises TryLater or Refused where it cannot go on.
        """
        ...
