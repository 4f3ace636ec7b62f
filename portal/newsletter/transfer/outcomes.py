"""What becomes of somebody in a list from elsewhere, by what they said here and there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.newsletter.models import SubscriberState
from portal.newsletter.transfer.words import There


class Became(StrEnum):
    """What becomes of one line."""

    ADDED = "added"
    LEFT = "left"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    HERE = "here"
    LEFT_HERE = "left-here"
    BLOCKED_HERE = "blocked-here"
    ERASED = "erased"
    NO_YES = "no-yes"
    REFUSED = "refused"
    REMARK = "remark"
    """It was taken, but for something that the line says: counted once more."""


# How those stand here then who are taken.
BECOMES = {
    Became.ADDED: SubscriberState.SUBSCRIBED,
    Became.LEFT: SubscriberState.UNSUBSCRIBED,
    Became.BOUNCED: SubscriberState.BOUNCED,
    Became.COMPLAINED: SubscriberState.COMPLAINED,
}
TAKEN = tuple(BECOMES)
# What a report says of the whole, and of each line that was not taken.
TITLES = {
    Became.ADDED: "Put on the list",
    Became.LEFT: "Left there: they stay so here",
    Became.BOUNCED: "Mail to them came back there: they get nothing here",
    Became.COMPLAINED: "Marked it as spam there: they get nothing here",
    Became.HERE: "On the list already: what they chose here stays",
    Became.LEFT_HERE: "Left here: only they can come back",
    Became.BLOCKED_HERE: "Mail came back here, or was marked as spam: nothing may go there",
    Became.ERASED: "Erased here, as they asked: only they can come back",
    Became.NO_YES: "Never said yes there: left out",
    Became.REFUSED: "Not taken: something is wrong with the line",
    Became.REMARK: "Taken, but for a part of the line",
}


@dataclass(frozen=True)
class KnownHere:
    """How somebody stands here, before their line is taken."""

    state: SubscriberState | None = None
    own_yes_at: datetime | None = None
    may_return: bool = False
    """Whether their last word here is yes, though no mail may go to them now."""
    erased: bool = False

    def after(self, outcome: Became) -> "KnownHere":
        """How they stand after that, in a trial: the same person may come again below."""
        state = BECOMES.get(outcome, self.state)
        return KnownHere(state, self.own_yes_at, outcome is Became.BOUNCED, self.erased)


def weigh(there: There, since: datetime | None, here: KnownHere) -> Became:
    """What is to become of somebody. A no counts wherever it was said, and what came last."""
    waits = here.state in {None, SubscriberState.PENDING}
    if there is There.NO_YES:
        return Became.NO_YES
    if here.erased and waits:
        return Became.ERASED
    if there is not There.SUBSCRIBED and (waits or _still_counts(there, since, here)):
        return Became(there)
    if waits:
        return Became.ADDED
    if here.state is SubscriberState.SUBSCRIBED:
        return Became.HERE
    return Became.LEFT_HERE if here.state is SubscriberState.UNSUBSCRIBED else Became.BLOCKED_HERE


def _still_counts(there: There, since: datetime | None, here: KnownHere) -> bool:
    """Whether a no from there is news, and not older than their own yes here."""
    is_news = here.state is SubscriberState.SUBSCRIBED
    is_news = is_news or (here.may_return and there in {There.LEFT, There.COMPLAINED})
    is_later = here.own_yes_at is None or (since is not None and since > here.own_yes_at)
    return is_news and is_later
