"""Alerts to the team's chat, phone or mailbox, by Apprise, which knows over a hundred services.

An address in ALERT_URLS holds a secret, so it is said nowhere: not in a log,
a reason or the database. A digest stands for it.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from portal.providers.errors import Refused, SetupError, TryLater
from portal.providers.values import Receipt

if TYPE_CHECKING:
    import apprise

ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://.+", re.IGNORECASE)


class Alerts:
    """Sends an alert to one of the addresses in ALERT_URLS.

    Apprise is loaded with the first alert: it is heavy, and the web processes
    never send one.
    """

    name = "apprise"

    def __init__(self, addresses: Sequence[str]) -> None:
        """Take the addresses. Raises SetupError where one has not the form of an address."""
        for place, address in enumerate(addresses, start=1):
            if not ADDRESS.fullmatch(address):
                raise SetupError(_wrong(place))
        self._addresses = {digest(address): address for address in addresses}

    @property
    def destinations(self) -> list[str]:
        """What stands for each address, in their order."""
        return list(self._addresses)

    def check(self) -> None:
        """Load Apprise. Raises SetupError where it does not understand an address."""
        for place, address in enumerate(self._addresses.values(), start=1):
            if not _open(address):
                raise SetupError(_wrong(place))

    def send(self, to: str, title: str, text: str) -> Receipt:
        """Hand over one alert, `to` being one of `destinations`. Raises TryLater or Refused."""
        address = self._addresses.get(to)
        if address is None:
            raise Refused("This alert's address is no longer in ALERT_URLS.")
        service = f"{address.partition('://')[0].lower()}:// in ALERT_URLS"
        try:
            taken = bool(_open(address).notify(title=title, body=text))
        except Exception as error:
            # Apprise's services raise what they like; the text may quote the address.
            raise TryLater(f"{service} broke: {type(error).__name__}") from None
        if not taken:
            raise TryLater(f"{service} did not take the alert.")
        return Receipt()


def digest(address: str) -> str:
    """What stands for an address where the address must not be seen."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def _open(address: str) -> apprise.Apprise:
    """Apprise with that one address; false where it does not understand it."""
    import apprise  # noqa: PLC0415 - heavy, and only the worker needs it

    logging.getLogger(apprise.logger.name).disabled = True  # what it logs may quote the address
    asset = apprise.AppriseAsset(
        app_id="Portal",
        app_desc="Alerts to the team",
        # No picture: it would be fetched from another site.
        image_url_mask="",
        image_url_logo="",
        body_format=apprise.NotifyFormat.TEXT,
        async_mode=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    service = apprise.Apprise(asset=asset)
    service.add(address)
    return service


def _wrong(place: int) -> str:
    return (
        f"ALERT_URLS: address number {place} is none that Apprise knows. "
        "See https://appriseit.com for how each is written."
    )
