"""The providers that the settings chose, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app

from portal.providers import TELLS_US, able_to, audience_provider, caller, mail_provider
from portal.providers.alerts import Alerts
from portal.providers.errors import SetupError
from portal.providers.protocols import AudienceProvider, MailProvider, SignedCaller


@dataclass(frozen=True, slots=True)
class Providers:
    """Who sends mail, who takes over from it, who keeps contacts, and who tells the team.

    `callers` are the adapters that read what providers tell us, each made when
    the first call of its provider comes in.
    """

    mail: MailProvider
    fallback: MailProvider | None
    audience: AudienceProvider | None
    alerts: Alerts
    callers: dict[str, SignedCaller] = field(default_factory=dict)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Providers:
        """Make those that are chosen.

        Raises SetupError when one is unknown or lacks a setting, or one of
        ALERT_URLS is no address.
        """
        settings = config["PROVIDERS"]
        name, other = config["MAIL_PROVIDER"], config["MAIL_FALLBACK"]
        mail, fallback = mail_provider(name, settings.get(name, {})), None
        if other and other == name:
            raise SetupError("MAIL_FALLBACK must be another provider than MAIL_PROVIDER.")
        if other:
            fallback = mail_provider(other, settings.get(other, {}), "MAIL_FALLBACK")
        keeper = config["AUDIENCE_PROVIDER"]
        audience = audience_provider(keeper, settings.get(keeper, {}))
        return cls(mail, fallback, audience, Alerts(config["ALERT_URLS"]))

    @property
    def senders(self) -> list[MailProvider]:
        """Who sends mail: the one, and the one that takes over, if there is such."""
        return [self.mail, *([self.fallback] if self.fallback else [])]

    @property
    def in_use(self) -> list[Any]:
        """Who gets mail or contacts from us, each once."""
        found = [*self.senders, self.audience]
        return list({one.name: one for one in found if one}.values())

    @property
    def smtputf8(self) -> bool:
        """Whether one of them reaches mailboxes whose own name has letters beyond ASCII."""
        return any(one.smtputf8 for one in self.senders)

    def caller(self, name: str) -> SignedCaller | None:
        """The adapter of a provider that calls us. Raises SetupError."""
        if name not in self.callers:
            made = caller(name, current_app.config["PROVIDERS"].get(name, {}))
            if made is None:
                return None
            self.callers[name] = made
        return self.callers[name]


def get_providers() -> Providers:
    """The providers of this app."""
    found: Providers = current_app.extensions["providers"]
    return found


def is_told(name: str = "") -> bool:
    """Whether that provider, or with no name any in use, tells us what became of mails.

    The folder on a laptop stands for one that does.
    """
    found = get_providers()
    used = [name] if name else [one.name for one in (*found.senders, found.audience) if one]
    return any(one == "local" or able_to(one, TELLS_US) for one in used)
