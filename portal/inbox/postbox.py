"""The adapters that mails come in by, made once for each provider that calls."""

from __future__ import annotations

from flask import current_app

from portal import providers
from portal.providers.base import InboundProvider


def provider(name: str) -> InboundProvider | None:
    """The adapter of that name; None for one that we do not know. Raises SetupError."""
    made: dict[str, InboundProvider] = current_app.extensions.setdefault("inbound_providers", {})
    if name not in made:
        settings = current_app.config["PROVIDERS"].get(name, {})
        adapter = providers.inbound_provider(name, settings)
        if adapter is None:
            return None
        made[name] = adapter
    return made[name]
