"""Fakes, raw servers and adapters for the tests of the providers.

A test says for which provider it is by its parameter `name`, or its module's `NAME`, or is in
`test_<name>.py`.
"""

import pytest

from portal import providers
from portal.providers.http import transport as ways

from .fake import Transport
from .ours import API_KEY
from .raw_server import RawServer
from .registered import CASES, FAKES, settings_of


@pytest.fixture
def name(request):
    """The provider of a test that names none: that of its module."""
    return getattr(request.module, "NAME", request.module.__name__.rpartition("test_")[2])


@pytest.fixture
def fake(name):
    """The provider's fake; None for the one that is a folder."""
    made = FAKES[name](api_key=API_KEY) if name in FAKES else None
    yield made
    if made:
        made.stop()


@pytest.fixture
def transport(name, fake, monkeypatch):
    """The way of all adapters to the fake: without a socket that leads elsewhere."""
    if hasattr(fake, "reach"):
        fake.reach(monkeypatch)
    way, open_session = Transport(fake), ways.open_session
    elsewhere = getattr(CASES.get(name), "OUTSIDE", "https://files.test")

    def open_to_fake(url, *outside):
        session = open_session(url, *outside)
        session.mount(elsewhere if outside else "http://fake.test", way)
        return session

    monkeypatch.setattr(ways, "open_session", open_to_fake)
    return way


@pytest.fixture
def make(name, fake, transport, tmp_path):
    """Makes the adapter for its fake, with changes to its settings."""
    usual = settings_of(name, api_url=fake.url) if fake else {"folder": str(tmp_path)}
    made = []

    def make(**changes):
        made.append(providers.adapter(name)(usual | changes))
        return made[-1]

    yield make
    for one in made:
        getattr(one, "close", int)()


@pytest.fixture
def provider(make):
    return make()


@pytest.fixture
def raw(socket_enabled):
    server = RawServer()
    yield server
    server.stop()
