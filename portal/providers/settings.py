"""What the settings of a provider say, and which of them cannot be right."""

import re
from collections.abc import Mapping
from typing import ClassVar

from portal.providers.errors import SetupError

SHORTEST_SECRET = 16


class ProviderSettings:
    """The half of an adapter that has its settings.

    `settings` are the names that follow `<NAME>_` in the environment, and
    `needed` those without which the adapter cannot be made; the first of these
    alone chooses the provider. Their values come in lower-case keys. Raises
    SetupError if one cannot be right.
    """

    name: str
    title: ClassVar[str]
    """The provider's name as people write it."""
    settings: ClassVar[tuple[str, ...]]
    needed: ClassVar[tuple[str, ...]]
    list_pattern: ClassVar[str] = ".*"
    list_rule: ClassVar[str] = ""
    """What is said of a list's id that does not match its pattern."""
    shortest_secret: ClassVar[int] = SHORTEST_SECRET
    """Of a webhook's secret; less only where the provider itself makes shorter ones."""
    has_sandbox: ClassVar[bool] = False
    """Whether it can take a mail, check it, and send it to nobody."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        given = {key: value.strip() for key, value in settings.items()}
        for name in self.needed:
            if not given.get(name.lower()):
                raise SetupError(f"{self.setting(name)} is missing.")
        self.api_key = given.get("api_key", "")
        self.api_secret = given.get("api_secret", "")
        self.list_id = given.get("list_id", "")
        self.sandbox = given.get("sandbox") == "1"
        self.webhook_secrets = tuple(given.get("webhook_secret", "").split())
        self._judge()

    def _judge(self) -> None:
        if self.sandbox and not self.has_sandbox:
            raise SetupError(f"MAIL_SANDBOX: {self.title} cannot take a mail without sending it.")
        for name, value in (("API_KEY", self.api_key), ("API_SECRET", self.api_secret)):
            if not (value.isascii() and value.isprintable()) and value:
                raise SetupError(f"{self.setting(name)} holds a character that no key has.")
        if any(len(secret) < self.shortest_secret for secret in self.webhook_secrets):
            raise SetupError(
                f"{self.setting('WEBHOOK_SECRET')}: a secret has at least "
                f"{self.shortest_secret} characters and no space in it."
            )
        if self.list_id and not re.fullmatch(self.list_pattern, self.list_id):
            raise SetupError(f"{self.setting('LIST_ID')} {self.list_rule}")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that webhooks may show, or be signed with. Raises SetupError if none is set.

        There may be several, with spaces between: while one is replaced, or
        where a provider gives each webhook its own.
        """
        if not self.webhook_secrets:
            raise SetupError(f"{self.setting('WEBHOOK_SECRET')} is missing.")
        return self.webhook_secrets

    def setting(self, suffix: str) -> str:
        """The full name of one of this provider's settings, for sentences."""
        return f"{self.name.upper()}_{suffix}"
