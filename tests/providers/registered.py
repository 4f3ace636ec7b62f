"""Every registered provider, with its fake and its cases: what the tests run over.

`<name>.py` holds a FakeProvider, and what is said there and back. One without an API over HTTP
shares only the contract.
"""

from importlib import import_module
from importlib.util import find_spec

from portal import providers
from portal.providers.http.provider import HTTPProvider

from .ours import API_KEY

NAMES = sorted(name for name in providers.ADAPTERS if find_spec(f"tests.providers.{name}"))
HTTP_NAMES = [name for name in NAMES if issubclass(providers.adapter(name), HTTPProvider)]
CASES = {name: import_module(f"tests.providers.{name}") for name in NAMES}
FAKES = {name: getattr(it, f"Fake{providers.ADAPTERS[name]}") for name, it in CASES.items()}


def able(*deeds, names=HTTP_NAMES):
    """Which of these, the providers with an API, can do all of that."""
    return sorted(set(names).intersection(*map(providers.able, deeds)))


EVENTS, INBOUND = able("parse_events"), able("parse_inbound")


def settings_of(name, **changes):
    """Settings that an adapter can be made with."""
    return {"api_key": API_KEY, **CASES[name].SETTINGS, **changes}


def env_of():
    """Settings for all that call us, as the portal takes them; mail itself stays here."""
    named = {
        f"{name.upper()}_{end.upper()}": value
        for name in able("verify")
        for end, value in settings_of(name).items()
    }
    return named | {"MAIL_PROVIDER": "local", "AUDIENCE_PROVIDER": "local"}


def caller(name, **changes):
    """The adapter, to read what its provider calls us with."""
    made = providers.adapter(name)(settings_of(name, **changes))
    return getattr(CASES[name], "prepared", lambda it: it)(made)


def rows(table, names=HTTP_NAMES):
    """All rows of that table of the cases, each behind the name of its provider."""
    return [(name, *row) for name in names for row in getattr(CASES[name], table, ())]
