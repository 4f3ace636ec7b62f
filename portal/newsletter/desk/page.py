"""The page of somebody on the list: what is known of them, and what the team can do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal import delivery, people
from portal.delivery.holdings import BECAME
from portal.delivery.models import Outgoing, OutgoingState
from portal.newsletter.desk import standing, wording
from portal.newsletter.desk.forms import AskedForm
from portal.newsletter.models import Subscriber, SubscriberState
from portal.people import Holdings, Person
from portal.team import services as team

NEWEST = 30  # things of a kind that the page shows
BESIDE = 3


@dataclass(frozen=True)
class SentThing:
    """One thing that was sent to somebody, and what became of it."""

    what: str
    at: datetime
    became: str
    url: str = ""


sources: list[Callable[[Subscriber], Sequence[SentThing]]] = []
"""Features above the newsletter say here what they sent somebody, beside the outbox's rows."""


class SubscriberPage:
    """What the page shows of somebody."""

    def __init__(self, subscriber: Subscriber, **sent: AskedForm) -> None:
        self.subscriber = subscriber
        self.standing = standing.of(subscriber)
        self.names = team.names()
        self._sent = sent
        self._rows = delivery.history(subscriber.email)

    def form(self, name: str) -> AskedForm:
        """The form of one button, or the one that was sent and cannot be used yet."""
        return self._sent.get(name) or AskedForm(formdata=None, prefix=f"{name}-")

    @property
    def messages(self) -> dict[str, str]:
        """What to put right in the form that was sent."""
        return next((form.messages for form in self._sent.values()), {})

    @property
    def trouble(self) -> str:
        """What our email company has not taken of them, though they may be right here."""
        told = [row for row in self._rows if not row.is_mail]
        lost = {OutgoingState.FAILED, OutgoingState.UNCERTAIN}
        if not told or told[-1].state not in lost:
            return ""
        return f"Our email company may not know that. {BECAME[told[-1].state]}: {told[-1].reason}"

    @property
    def may_leave(self) -> bool:
        """Whether there is anything to take them off of."""
        is_there = {SubscriberState.SUBSCRIBED, SubscriberState.PENDING}
        return self.subscriber.state in is_there or self.subscriber.has_agreed

    @property
    def sent(self) -> list[SentThing]:
        """What was sent, newest first."""
        rows = [_sent(row) for row in self._rows if row.batch_id is None]  # an issue is told of
        others = [one for source in sources for one in source(self.subscriber)]
        return sorted([*rows, *others], key=lambda one: one.at, reverse=True)[:NEWEST]

    @property
    def told(self) -> list[delivery.Event]:
        """What providers told us lately, newest first."""
        return list(delivery.told(self.subscriber.email))[::-1][:NEWEST]

    @property
    def beside(self) -> list[Holdings]:
        """What else the team has of them: messages and stories."""
        found = people.gather(Person.of([self.subscriber.email]), BESIDE)
        return [one for one in found if one.holder.name != "newsletter"]


def _sent(row: Outgoing) -> SentThing:
    what = wording.SENT.get(row.name) or row.name.replace("_", " ").capitalize()
    became = BECAME[row.state] + (f": {row.reason}" if row.reason else "")
    return SentThing(what, row.created_at, became)
