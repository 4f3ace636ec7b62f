"""What providers show us: calls of our hooks, and our secret in them."""

from base64 import b64encode
from dataclasses import replace

from portal.providers.values import HookCall

from .ours import SECRET, SITE


def basic_of(user, password):
    """The header of Basic authentication (RFC 7617)."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def with_password(url, secret=SECRET):
    """The address with our secret in it."""
    return url.replace("://", f"://portal:{secret.replace('=', '%3D')}@")


def called(what, body, **headers):
    """A call of one of our hooks; in names of headers, _ stands for -."""
    url = {"events": SITE.events_url, "inbound": SITE.inbound_url}[what]
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return HookCall(url, {"Content-Type": "application/json"} | told, {}, body)


def bearer(body, what="events", secret=SECRET):
    """A call of a hook that shows our secret as a bearer token."""
    return called(what, body, Authorization=f"Bearer {secret}")


def basic(body, what="events", secret=SECRET):
    """A call of a hook whose address has our secret as its password."""
    return called(what, body, Authorization=basic_of("portal", secret))


def with_headers(call, **headers):
    """The call with these headers in place of its own, or beside them."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(call, headers={**call.headers, **told})
