"""What the provider holds about people: read by the list wherever it can be, else one by one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from portal.addresses import address_key, to_ascii
from portal.newsletter.models import Subscriber, SubscriberState
from portal.providers.patience import patiently
from portal.providers.protocols import (
    AudienceProvider,
    ContactFinder,
    ContactLister,
    LeaverLister,
)
from portal.providers.values import KnownContact

Known = Mapping[str, KnownContact]
OFTEN = 100  # contacts: a page of those who give the least


class Theirs:
    """The provider's list. What asks for it raises TryLater or Refused."""

    def __init__(self, provider: AudienceProvider) -> None:
        self.provider = provider
        self.whole: dict[str, KnownContact] | None = None
        """All on our list there, where that can be read."""
        self.left: set[str] | None = None
        """Who left, where that can be read."""

    def read(self) -> Iterator[None]:
        """Read what can be read as a list; a step is some of it, as it may take long."""
        if isinstance(self.provider, ContactLister):
            self.whole = {}
            for number, one in enumerate(self.provider.everyone(), 1):
                _add(self.whole, one)
                if number % OFTEN == 0:
                    yield
        if isinstance(self.provider, LeaverLister):
            self.left = set()
            for number, address in enumerate(self.provider.who_left(), 1):
                self.left.add(address_key(address))
                if number % OFTEN == 0:
                    yield

    def of(self, people: Sequence[Subscriber]) -> Iterator[KnownContact | None]:
        """What is held about each of them."""
        known = self._found(people) if self.whole is None else self.whole
        for person in people:
            yield self._one(person, known.get(person.email_key))

    def _found(self, people: Sequence[Subscriber]) -> Known:
        found: dict[str, KnownContact] = {}
        provider = self.provider
        if isinstance(provider, ContactFinder):
            for start in range(0, len(people), provider.most_looked_up):
                some = people[start : start + provider.most_looked_up]
                for one in provider.lookup_many([to_ascii(person.email) for person in some]):
                    _add(found, one)
        return found

    def _one(self, person: Subscriber, known: KnownContact | None) -> KnownContact | None:
        """Who is not on our list there may have left, and must not be put on it again."""
        if self.left is not None:
            has_left = person.email_key in self.left and (known is None or self.whole is None)
            known_or_none = known or KnownContact(person.email, subscribed=False, attributes={})
            return replace(known_or_none, subscribed=False, stopped=True) if has_left else known
        is_ours = person.state is SubscriberState.SUBSCRIBED
        if known is None and (self.whole is None or is_ours):
            return patiently(lambda: self.provider.lookup(to_ascii(person.email)))
        return known


def _add(found: dict[str, KnownContact], one: KnownContact) -> None:
    """Note a contact by its address. One that is there in both forms is what either is."""
    if other := found.get(key := address_key(one.email)):
        stopped, subscribed = one.stopped or other.stopped, one.subscribed or other.subscribed
        one = replace(one, stopped=stopped, subscribed=subscribed)
    found[key] = one
