"""What is known of the people whom an issue is addressed to.

Of whom a row of the outbox has been written, that row says what became of it; of all others their
own row does. So a sum that is right says that two counts agree which were made apart.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import func, select

from portal.delivery import batches
from portal.delivery.models import TAKEN, UNFINISHED, OutgoingState
from portal.extensions import db
from portal.issues.models import Edition, Recipient

WRITTEN = OutgoingState.WAITING
"""A recipient's state once their mail is in the outbox, or they are in the provider's audience."""


@dataclass(frozen=True)
class Known:
    """How many people an edition was addressed to, and what is known of how many."""

    people: int
    states: Counter[OutgoingState]

    def number(self, *states: OutgoingState) -> int:
        """How many are in one of these states."""
        return sum(self.states[state] for state in states)

    @property
    def accepted(self) -> int:
        """Whose copy somebody who sends it has taken, whatever came of it later."""
        return self.number(*TAKEN)

    @property
    def waiting(self) -> int:
        """Whose copy will still leave."""
        return self.number(*UNFINISHED)

    @property
    def failed(self) -> int:
        """Whose copy did not leave, and nothing tries it any more."""
        return self.number(OutgoingState.FAILED)

    @property
    def uncertain(self) -> int:
        """Of whose copy nobody knows whether it left."""
        return self.number(OutgoingState.UNCERTAIN)

    @property
    def cancelled(self) -> int:
        """Who was to get it no more: they left, or it was stopped."""
        return self.number(OutgoingState.CANCELLED)

    @property
    def balances(self) -> bool:
        """Whether everybody is accounted for."""
        return self.people == sum(self.states.values())


def known(edition: Edition) -> Known:
    """What is known of the people of an edition, once it is settled who they are."""
    mine = select(Recipient.state, func.count()).where(Recipient.edition_id == edition.id)
    own = Counter({row[0]: row[1] for row in db.session.execute(mine.group_by(Recipient.state))})
    if edition.by_mail:
        own.pop(WRITTEN, None)
        own.update(batches.counts(edition.batch_id))
    return Known(edition.people, own)


def together(found: list[Known]) -> Known:
    """The same of several editions."""
    states = Counter(chain.from_iterable(one.states.elements() for one in found))
    return Known(sum(one.people for one in found), states)
