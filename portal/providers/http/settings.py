"""What the settings of a provider say, and which of them cannot be right."""

import re
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlsplit

from portal.providers.errors import SetupError

SHORTEST_SECRET = 16


class ProviderSettings:
    """The half of an adapter that has its settings.

    `settings` are the names that follow `<NAME>_` in the environment, and
    `needed` those without which the adapter cannot be made; their values come
    in lower-case keys. Raises SetupError if one cannot be right.
    """

    name: str
    title: ClassVar[str]
    """The provider's name as people write it."""
    default_url: ClassVar[str]
    settings: ClassVar[tuple[str, ...]] = ("API_KEY", "API_URL", "LIST_ID", "WEBHOOK_SECRET")
    needed: ClassVar[tuple[str, ...]] = ("API_KEY",)
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
        self.url = (given.get("api_url") or self.default_url).rstrip("/")
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
        if not _is_web_address(self.url):
            raise SetupError(f"{self.setting('API_URL')} must be a web address.")
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


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
