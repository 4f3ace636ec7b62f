"""The mail by which the team hears, a week ahead, what is deleted."""

from datetime import datetime, timedelta

from flask import current_app

from portal import delivery
from portal.extensions import now
from portal.providers.values import Address, Email
from portal.retention import kinds, services
from portal.transaction import one_transaction
from portal.web import public_address
from portal.words import count, local

FROM_HOUR = 8
MONDAY = 0


@one_transaction
def tell_week() -> None:
    """Each week, from Monday at eight on, note and tell what ends in the week after; commits.

    A worker that was down then does so when it is back. Whichever comes first does it.
    """
    at = local(now())
    if at.weekday() == MONDAY and at.hour < FROM_HOUR:
        return
    occasion = f"retention {at.date() - timedelta(days=at.weekday())}"
    if delivery.happened(occasion):
        return
    moment = now()
    lines = in_words(_ends(moment))
    quiet = "" if lines else "There was nothing to tell"
    delivery.enqueue_once(notice(moment, lines), occasion, cancelled=quiet)


def _ends(moment: datetime) -> dict[str, int]:
    """How many of each kind end in the week that begins a week after the moment."""
    since, until = moment + services.AHEAD, moment + 2 * services.AHEAD
    told = services.announce(moment)
    return {
        kind.name: told.get(kind.name, number) for kind, number in services.counted(since, until)
    }


def in_words(numbers: dict[str, int]) -> list[str]:
    """Each kind of which there is any: 14 closed conversations."""
    return [count(number, *kinds[name].counted) for name, number in numbers.items() if number]


def notice(moment: datetime, lines: list[str]) -> Email:
    """Say what ends from a week after the moment on."""
    return delivery.compose(
        "retention_notice",
        Address(current_app.config["TEAM_EMAIL"]),
        since=moment + services.AHEAD,
        until=moment + 2 * services.AHEAD,
        lines=lines,
        url=public_address("clearing.show"),
    )
