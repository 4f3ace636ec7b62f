"""All providers that call us, each with settings that it can be made with."""

from __future__ import annotations

from base64 import b64encode

from portal import providers

SECRET = "whsec_" + b64encode(b"a secret of thirty-two characters").decode()
VALUES = {
    "API_KEY": "made-up-key-us1",  # Mailchimp's key names its data centre
    "API_SECRET": "made-up-secret",
    "API_URL": "",
    "LIST_ID": "7",
    "WEBHOOK_SECRET": SECRET,
}


def registered(deed):
    """The providers with that method, but for the one that is a folder."""
    return [name for name in providers.able(deed) if name != "local"]


EVENTS = registered("parse_events")
INBOUND = registered("parse_inbound")


def settings_of(name):
    """Settings as the adapter takes them."""
    ends = providers.adapter(name).settings
    return {end.lower(): VALUES.get(end, "") for end in ends}


def env_of():
    """Settings for all of them as the portal takes them; mail itself stays here."""
    named = {
        f"{name.upper()}_{end.upper()}": value
        for name in registered("verify")
        for end, value in settings_of(name).items()
        if value
    }
    return named | {"MAIL_PROVIDER": "local", "AUDIENCE_PROVIDER": "local"}


def caller(name):
    """The adapter."""
    return providers.adapter(name)(settings_of(name))
