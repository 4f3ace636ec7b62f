"""What the provider holds about people: read by the list wherever it can be, else one by one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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


class Theirs:
    """The provider's list, as it was when this was made. Raises TryLater or Refused."""

    def __init__(self, provider: AudienceProvider) -> None:
        self.provider = provider
        self.whole = _by_key(provider.everyone()) if isinstance(provider, ContactLister) else None
        self.left: set[str] | None = None
        if isinstance(provider, LeaverLister):
            self.left = {address_key(address) for address in provider.who_left()}

    def of(self, people: Sequence[Subscriber]) -> Iterator[KnownContact | None]:
        """What is held about each of them."""
        known = self._found(people) if self.whole is None else self.whole
        for person in people:
            yield self._one(person, known.get(person.email_key))

    def _found(self, people: Sequence[Subscriber]) -> Known:
        provider, found = self.provider, []
        if not isinstance(provider, ContactFinder):
            return {}
        for start in range(0, len(people), provider.most_looked_up):
            some = people[start : start + provider.most_looked_up]
            found += provider.lookup_many([to_ascii(one.email) for one in some])
        return _by_key(found)

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


def _by_key(contacts: Iterable[KnownContact]) -> dict[str, KnownContact]:
    """The contacts by their addresses. One that is there in both forms is what either is."""
    found: dict[str, KnownContact] = {}
    for one in contacts:
        key = address_key(one.email)
        other = found.get(key, one)
        stopped, subscribed = one.stopped or other.stopped, one.subscribed or other.subscribed
        found[key] = replace(one, stopped=stopped, subscribed=subscribed)
    return found
