"""Which provider a row goes to.

Mail goes to MAIL_PROVIDER, and to MAIL_FALLBACK while that one rests or where
it refused the row. A mail that one of them may have is bound to it (its
`provider`), so that no person gets it from both.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, or_, true

from portal.delivery import breaker
from portal.delivery.models import Action, Outgoing, Pause
from portal.delivery.providers import get_providers
from portal.extensions import now
from portal.providers.errors import TryLater, Uncertain


@dataclass(frozen=True, slots=True)
class Route:
    """The way for one row: to `provider`, which is None where there is none any more."""

    provider: Any
    pause: Pause | None = None
    """That of the provider, where this row tries whether it works again."""

    def succeeded(self, row: Outgoing) -> None:
        """Note that the provider took the row; commits if a rest has ended by that."""
        if row.action is not Action.ALERT:
            breaker.succeeded(breaker.lane(self.provider, row), self.pause)

    def failed(self, row: Outgoing, error: TryLater | Uncertain) -> Any:
        """Note that it did not; returns for how long it rests now, if it does."""
        if row.action is Action.ALERT:
            return None  # each address of ALERT_URLS is a service of its own
        return breaker.failed(breaker.lane(self.provider, row), error, self.pause)


def find(row: Outgoing, pauses: dict[str, Pause]) -> Route | None:
    """The way for a claimed row; None while all that it may go to rest."""
    if row.action is Action.ALERT:
        return Route(usual(row))
    for provider in choices(row):
        pause = pauses.get(breaker.lane(provider, row))
        if breaker.admits(pause):
            return Route(provider, pause)
    return None if choices(row) else Route(None)


def choices(row: Outgoing) -> list[Any]:
    """The providers that may get the row, the usual one first."""
    if row.action is not Action.EMAIL or row.provider:
        return [one for one in (usual(row),) if one]
    return list(get_providers().senders)


def usual(row: Outgoing) -> Any:
    """The provider that a row goes to when nothing is wrong; None when there is none any more."""
    providers = get_providers()
    match row.action:
        case Action.ALERT:
            return providers.alerts
        case Action.EMAIL if not row.provider:
            return providers.mail
        case _ if row.provider:
            known = {one.name: one for one in (*providers.senders, providers.audience) if one}
            return known.get(row.provider, providers.mail if row.is_mail else None)
        case _:
            return providers.audience


def stands_still(pauses: dict[str, Pause]) -> ColumnElement[bool]:
    """Which rows cannot go at all for now, because all that they may go to rest."""
    resting = {kind: _resting(kind, pauses) for kind in breaker.KINDS}
    kept = (breaker.KINDS[kind] & _kept(kind, names) for kind, names in resting.items() if names)
    return or_(false(), *kept)


def _kept(kind: str, resting: set[str]) -> ColumnElement[bool]:
    """Which rows of that kind go to nobody but to these."""
    bound, is_free = Outgoing.provider.in_(resting), Outgoing.provider == ""
    if kind != breaker.MAIL:
        audience = get_providers().audience
        return bound | (is_free & _if(audience is not None and audience.name in resting))
    ways = [one.name for one in get_providers().senders]
    gone = Outgoing.provider.not_in(["", *ways])  # such mail goes to the usual one
    return or_(bound, is_free & _if(resting.issuperset(ways)), gone & _if(ways[0] in resting))


def _if(holds: bool) -> ColumnElement[bool]:  # noqa: FBT001 - as SQL
    return true() if holds else false()


def _resting(kind: str, pauses: dict[str, Pause]) -> set[str]:
    """The names of those where that kind of rows rests and is not to be tried yet."""
    moment = now()
    lanes = (lane for lane, pause in pauses.items() if pause.until > moment)
    return {lane.removesuffix(f" {kind}") for lane in lanes if lane.endswith(f" {kind}")}


def mail_rest() -> Pause | None:
    """The rest of who usually sends, while no mail can go out because all that send it rest."""
    pauses, senders = breaker.pauses(), [one.name for one in get_providers().senders]
    if not _resting(breaker.MAIL, pauses).issuperset(senders):
        return None
    return pauses[f"{senders[0]} {breaker.MAIL}"]


def after_refusal(provider: Any, row: Outgoing) -> Any:
    """The provider that may be asked where this one refused the mail; None if there is none.

    There is none for a mail that is bound: an earlier try may have been taken,
    and what is refused then may only be the second copy.
    """
    ways = get_providers().senders
    is_free = row.action is Action.EMAIL and not row.provider and row.unsure_since is None
    return ways[1] if is_free and provider is ways[0] and len(ways) > 1 else None
