"""What a provider can do. Its class says what of this it can: it has the methods."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Protocol, runtime_checkable

from portal.providers.errors import ProviderError
from portal.providers.values import (
    Contact,
    Email,
    HookCall,
    InboundEmail,
    KnownContact,
    ProviderEvent,
    Receipt,
)


@runtime_checkable
class MailProvider(Protocol):
    """Sends mail.

    `key_lasts` is for how long the provider recognises a repeated idempotency
    key; within it a send whose fate is unknown is tried again. `None` means
    that it takes no key. `smtputf8` is whether it reaches mailboxes whose own
    name has letters beyond ASCII (RFC 6531). Domains come as A-labels.
    `largest_mail` is how many bytes a whole mail may have, its files encoded
    as text; `file_ends` are the ends of names of the files that it takes, all
    if there are none.
    """

    name: str
    key_lasts: timedelta | None
    smtputf8: bool
    largest_mail: int
    file_ends: frozenset[str]

    def send(self, email: Email, key: str) -> Receipt:
        """Hand the mail over. `key` is a UUID, the same on every try of one mail."""


@runtime_checkable
class MailBatcher(Protocol):
    """A mail provider that takes many mails of a newsletter in one call, up to `most_mails`.

    They go the way that it has for newsletters, so each of them is sent so, also where it is the
    only one. `cannot` says in sentences for the team what it does to them that we do not want.
    """

    name: str
    most_mails: int
    cannot: tuple[str, ...]

    def send_many(self, mails: Sequence[tuple[Email, str]]) -> list[Receipt | ProviderError]:
        """Hand mails over with their keys; what became of each, in their order.

        Raises what befell the whole call. Where that is Refused, none of them was taken. No key
        is known again in another call: after Uncertain none of them is to be tried again.
        """


@runtime_checkable
class MailFinder(Protocol):
    """A mail provider that can be asked afterwards whether it took a mail."""

    name: str

    def find(self, key: str, address: str) -> Receipt | None:
        """The mail that was sent with `key` to `address`. None proves nothing: it may come late."""


@runtime_checkable
class Eraser(Protocol):
    """Can remove what it holds about an address: every audience, and some mail providers."""

    name: str

    def erase(self, address: str) -> Receipt:
        """Remove for good all that is held about the address. Unknown is a success."""


@runtime_checkable
class AudienceProvider(Eraser, Protocol):
    """Keeps contacts. Each call may be repeated and then changes nothing more."""

    def upsert(self, contact: Contact) -> Receipt:
        """Add the contact to the list, or bring it up to date and let mail go to it again."""

    def unsubscribe(self, address: str) -> Receipt:
        """Stop all newsletters to the address. An unknown address is a success."""

    def lookup(self, address: str) -> KnownContact | None:
        """What the provider holds about the address, if anything."""


@runtime_checkable
class ContactLister(Protocol):
    """An audience that can be read whole."""

    def everyone(self) -> Iterator[KnownContact]:
        """All contacts on our list, page by page. Raises TryLater or Refused."""


@runtime_checkable
class LeaverLister(Protocol):
    """An audience that tells in one list to whom no newsletter may go, whatever list they are on.

    With `everyone` or `lookup_many` it says all that `lookup` says of each.
    """

    def who_left(self) -> Iterator[str]:
        """Their addresses, page by page. Raises TryLater or Refused."""


@runtime_checkable
class ContactFinder(LeaverLister, Protocol):
    """An audience that cannot be read whole, but looks up to `most_looked_up` people up at once."""

    most_looked_up: int

    def lookup_many(self, addresses: Sequence[str]) -> list[KnownContact]:
        """What it holds about them, but for whether they left. Raises TryLater or Refused."""


@runtime_checkable
class ContactImporter(Protocol):
    """An audience that takes many contacts in one call, up to `most_at_once`."""

    most_at_once: int

    def upsert_many(self, contacts: Sequence[Contact]) -> Receipt:
        """Do as `upsert` does with each. May be repeated. Raises TryLater or Refused."""


@runtime_checkable
class SignedCaller(Protocol):
    """Calls our hooks, and can show that it is itself."""

    name: str

    def verify(self, call: HookCall) -> bool:
        """Whether the call is really the provider's.

        Raises SetupError if that cannot be told, TryLater if it cannot be told
        now; the call is then to be made again.
        """


@runtime_checkable
class EventProvider(SignedCaller, Protocol):
    """Tells us what became of mails and contacts, by calling `/hooks/<name>/events`."""

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        """The events in a call. Raises Unreadable, and nothing else."""


@runtime_checkable
class ConfirmedCaller(SignedCaller, Protocol):
    """Is told nothing before it has said, when asked by a call, that it wants to be."""

    def confirm(self, call: HookCall) -> bool:
        """Say yes if that is what a verified call asks for; whether it was. Raises TryLater."""


@runtime_checkable
class InboundProvider(SignedCaller, Protocol):
    """Hands on the mail that people send us, by calling `/hooks/<name>/inbound`."""

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        """The mails in a call. Raises Unreadable, and nothing else."""


@runtime_checkable
class FileKeeper(Protocol):
    """Keeps the files of a mail that it handed on, instead of handing them on with it."""

    def fetch(self, token: str, limit: int) -> bytes:
        """A file that was not in the call itself. Raises TryLater or Refused.

        One with more than `limit` bytes is refused.
        """


@runtime_checkable
class MailKeeper(Protocol):
    """Keeps the mails that came in and only tells us their ids (`EventKind.INBOUND`)."""

    def fetch_mail(self, message_id: str) -> InboundEmail:
        """The mail with that id. Raises TryLater or Refused."""
