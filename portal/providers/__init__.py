"""The providers that the portal knows. Putting an adapter in here is registering it for its tests.

MAIL and AUDIENCE give the class for each name that MAIL_PROVIDER and
AUDIENCE_PROVIDER may have; INBOUND for each that `/hooks/<name>/inbound` may.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from portal.providers.base import (
    AudienceProvider,
    InboundProvider,
    MailProvider,
    SetupError,
)
from portal.providers.brevo import Brevo
from portal.providers.local import Local

Provider_co = TypeVar("Provider_co", covariant=True)


class Adapter(Protocol[Provider_co]):
    """An adapter's class. `settings` are the ends of its settings' names: API_KEY is BREVO_API_KEY.

    The values come in lower-case keys (`api_key`); `local` takes `folder`.
    """

    settings: tuple[str, ...]

    def __call__(self, settings: Mapping[str, str]) -> Provider_co:
        """Make the provider. Raises SetupError."""
        ...


MAIL: dict[str, Adapter[MailProvider]] = {"brevo": Brevo, "local": Local}
AUDIENCE: dict[str, Adapter[AudienceProvider]] = {"brevo": Brevo, "local": Local}
INBOUND: dict[str, Adapter[InboundProvider]] = {"brevo": Brevo, "local": Local}


def mail_provider(name: str, settings: Mapping[str, str]) -> MailProvider:
    """The provider that sends mail. Raises SetupError naming the setting that is wrong."""
    if name not in MAIL:
        raise SetupError(_unknown("MAIL_PROVIDER", name, [*MAIL]))
    return MAIL[name](settings)


def audience_provider(name: str, settings: Mapping[str, str]) -> AudienceProvider | None:
    """The provider that keeps contacts, or None for "none". Raises SetupError like above."""
    if name == "none":
        return None
    if name not in AUDIENCE:
        raise SetupError(_unknown("AUDIENCE_PROVIDER", name, [*AUDIENCE, "none"]))
    return AUDIENCE[name](settings)


def inbound_provider(name: str, settings: Mapping[str, str]) -> InboundProvider | None:
    """The provider that hands on mail, or None if we know none of that name. Raises SetupError."""
    return INBOUND[name](settings) if name in INBOUND else None


def setting_names() -> list[str]:
    """The full names of all settings that the adapters read, such as BREVO_API_KEY."""
    adapters = {**MAIL, **AUDIENCE, **INBOUND}
    return [f"{name.upper()}_{end}" for name in adapters for end in adapters[name].settings]


def _unknown(setting: str, name: str, known: list[str]) -> str:
    return f"{setting} is {name!r}; it can be {', '.join(known)}."
