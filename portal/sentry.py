"""Faults as Sentry collects them, where SENTRY_DSN says so: what the log says, and no more.

Nothing of a request goes there: no address, no form, no cookie, no variable of the code.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from portal.config import ConfigError
from portal.logs import SERVER, Calm, request_id
from portal.redaction import redactor, secrets_in

MISSING = (
    "SENTRY_DSN is set, and sentry-sdk is not installed. Install the lock for servers, as "
    "docs/operating.md says, or leave SENTRY_DSN out."
)
WRONG = "SENTRY_DSN is not an address as Sentry gives them: https://key@host/number."
# What of an event leaves; anything else that the library may think of does not.
KEPT = frozenset(
    {
        *("event_id", "timestamp", "level", "logger", "platform", "sdk"),
        *("logentry", "exception", "environment", "release"),
    }
)


def set_up(config: Mapping[str, Any], transport: Any = None) -> None:
    """Let errors in the log go to Sentry too. Raises ConfigError.

    `transport` takes what would be sent, for tests.
    """
    if not config["SENTRY_DSN"]:
        return
    try:
        import sentry_sdk  # noqa: PLC0415 - an extra
        from sentry_sdk.integrations.atexit import AtexitIntegration  # noqa: PLC0415
        from sentry_sdk.integrations.logging import EventHandler  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(MISSING) from error
    try:
        sentry_sdk.init(
            config["SENTRY_DSN"],
            transport=transport,
            before_send=_cleaner(redactor(secrets_in(config))),
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[AtexitIntegration(callback=lambda *_: None)],
            auto_session_tracking=False,
            include_local_variables=False,
            max_breadcrumbs=0,
            max_request_body_size="never",
        )
    except sentry_sdk.utils.BadDsn as error:
        raise ConfigError(WRONG) from error
    handler = EventHandler(level=logging.ERROR)
    handler.addFilter(Calm())
    for name in ("", *SERVER):  # the server's loggers hand nothing on to the first
        logging.getLogger(name).addHandler(handler)


def _cleaner(redact: Callable[[str], str]) -> Callable[[Any, Any], Any]:
    def clean(event: Any, _hint: Any) -> Any:
        kept = {name: _in_all(event[name], redact) for name in KEPT & event.keys()}
        kept.get("logentry", {}).pop("params", None)  # they are in its words
        return kept | {"tags": {"request": request_id()}}

    return clean


def _in_all(value: Any, redact: Callable[[str], str]) -> Any:
    """The value with every text in it redacted, however deep."""
    match value:
        case str():
            return redact(value)
        case Mapping():
            return {name: _in_all(one, redact) for name, one in value.items()}
        case list() | tuple():
            return [_in_all(one, redact) for one in value]
    return value
