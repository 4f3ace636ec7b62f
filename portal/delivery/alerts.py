"""Alerts: short news to the team's chat or phone, at each of ALERT_URLS."""

from datetime import timedelta

from portal.delivery.models import Alert
from portal.delivery.occasions import enqueue_once
from portal.delivery.outbox import enqueue
from portal.delivery.providers import get_providers
from portal.extensions import now

AGAIN = timedelta(hours=6)


def alert(title: str, text: str, *, once: str = "") -> int:
    """Queue an alert in the caller's transaction, one row for each address; returns how many.

    It leaves our house: it must name nobody and quote nothing, and give a link
    instead. `once` names an occasion of which an address is told one time only.
    """
    number = 0
    for destination in get_providers().alerts.destinations:
        item = Alert(destination, title, text)
        row_id = enqueue_once(item, f"{once} {destination}") if once else enqueue(item)
        number += row_id is not None
    return number


def alert_again(title: str, text: str, about: str) -> int:
    """Queue an alert as `alert` does, once in a quarter of a day for what it is about."""
    quarter = int(now().timestamp() // AGAIN.total_seconds())
    return alert(title, text, once=f"{about} {quarter}")
