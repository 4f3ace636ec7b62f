"""Which provider a row goes to.

Mail goes to MAIL_PROVIDER, and to MAIL_FALLBACK while that one rests or where
it refused the row. A mail that one of them may have is bound to it (its
`provider`), so that no person gets it from both.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal, not_, or_, true

from portal.delivery import breaker
from portal.delivery.models import MAIL, Action, Outgoing, Pause
from portal.delivery.providers import get_providers
from portal.extensions import now
from portal.providers.protocols import MailBatcher


@dataclass(frozen=True, slots=True)
class Route:
    """The way for one row: to `provider`, which is None where there is none any more."""

    provider: Any
    lane: str = ""
    pause: Pause | None = None
    """That of the lane, where this row tries whether it works again."""


def find(row: Outgoing, pauses: dict[str, Pause]) -> Route | None:
    """The way for a claimed row; None while all that it may go to rest.

    Commits where the row is the one that tries whether a rest is over.
    """
    moment = now()
    for provider in choices(row):
        pause = pauses.get(lane := breaker.lane(provider, row))
        if pause is None or (pause.until <= moment and breaker.move(pause, moment + breaker.PROBE)):
            return Route(provider, lane, pause)
    return None if choices(row) else Route(None)


def choices(row: Outgoing) -> list[Any]:
    """The providers that may get the row, the usual one first."""
    providers = get_providers()
    if row.action is Action.ALERT:
        return [providers.alerts]
    keepers = [providers.audience] if providers.audience else []
    usual = providers.senders if row.is_mail else keepers
    if not row.provider:
        return list(usual)
    bound = [one for one in (*usual, *providers.senders) if one.name == row.provider]
    return bound[:1] or (providers.senders[:1] if row.is_mail else [])


def usual(row: Outgoing) -> Any:
    """The provider that a row goes to when nothing is wrong; None when there is none any more."""
    return next(iter(choices(row)), None)


def key_lasts(row: Outgoing, provider: Any) -> timedelta:
    """For how long a provider that may have a mail knows it by its key, when it comes once more.

    Not at all where it had it in one call with others: that call has a key of its own.
    """
    knows_it = provider and row.provider in {"", provider.name}
    in_one_call = row.batch_id is not None and isinstance(provider, MailBatcher)
    lasts: timedelta | None = provider.key_lasts if knows_it and not in_one_call else None
    return lasts or timedelta(0)


def can_go() -> ColumnElement[bool]:
    """In SQL: which rows have a way now, because not all that they may go to rest."""
    providers = get_providers()
    keeper = providers.audience.name if providers.audience else ""
    sender, *others = [one.name for one in providers.senders]
    usual = case((Outgoing.action == Action.EMAIL, sender), else_=keeper)
    known = [name for name in (keeper, sender, *others) if name]
    to = case((Outgoing.provider.in_(known), Outgoing.provider), else_=usual)
    is_bound = (Outgoing.action != Action.EMAIL) | (Outgoing.provider != "")
    each = (breaker.rests(literal(name)) for name in others)
    return not_(breaker.rests(to) & or_(is_bound, and_(true(), *each)))


def mail_rest() -> Pause | None:
    """The rest of who usually sends, while no mail can go out because all that send it rest."""
    pauses, moment = breaker.pauses(), now()
    found = [pauses.get(f"{one.name} {MAIL}") for one in get_providers().senders]
    return found[0] if all(pause and pause.until > moment for pause in found) else None


def after_refusal(provider: Any, row: Outgoing) -> Any:
    """The provider that may be asked where this one refused the mail; None if there is none.

    There is none for a mail that is bound: an earlier try may have been taken,
    and what is refused then may only be the second copy.
    """
    ways = get_providers().senders
    is_free = row.action is Action.EMAIL and not row.provider and row.unsure_since is None
    return ways[1] if is_free and provider is ways[0] and len(ways) > 1 else None
