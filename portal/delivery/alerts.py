"""Alerts: short news to the team's chat or phone, at each of ALERT_URLS."""

import logging
from datetime import timedelta

from flask import current_app

from portal.delivery.models import Alert
from portal.delivery.occasions import enqueue_once, turn
from portal.delivery.outbox import enqueue
from portal.delivery.providers import get_providers
from portal.extensions import now
from portal.providers.errors import ProviderError

log = logging.getLogger(__name__)

AGAIN = timedelta(hours=6)
MOST = 10
MORE = "More than {} of these came in an hour. Sign in to see them all: {}"


def alert(title: str, text: str, *, once: str = "") -> int:
    """Queue an alert in the caller's transaction, one row for each address; returns how many.

    It leaves our house: it must name nobody and quote nothing, and give a link
    instead. `once` names an occasion of which an address is told one time only.
    Of one title an address gets no more than MOST in an hour, and one that says so.
    """
    more = MORE.format(MOST, current_app.config["SITE_URL"])
    number = 0
    for destination in get_providers().alerts.destinations:
        if once:
            row_id = enqueue_once(Alert(destination, title, text), f"{once} {destination}")
            number += row_id is not None
            continue
        for what, most, words in (("alert", MOST, text), ("more", 1, more)):
            if key := turn(f"{what} {title} {destination}", most):
                number += enqueue(Alert(destination, title, words), key=key) is not None
                break
    return number


def ring(to: str, title: str, text: str) -> bool:
    """Send an alert at once, past the outbox; whether its address took it. The log says why not."""
    try:
        get_providers().alerts.send(to, title, text)
    except ProviderError as error:
        log.error("The alert did not leave: %s", error)
        return False
    return True


def alert_again(title: str, text: str, about: str) -> int:
    """Queue an alert as `alert` does, once in a quarter of a day for what it is about."""
    quarter = int(now().timestamp() // AGAIN.total_seconds())
    return alert(title, text, once=f"{about} {quarter}")
