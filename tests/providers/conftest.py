"""Mails, contacts, servers and adapters for the tests of the providers."""

from __future__ import annotations

import pytest

from portal.providers.brevo.adapter import Brevo
from portal.providers.values import Address, Contact, Email

from .fake_brevo import FakeBrevo
from .raw_server import RawServer

KEY = "0b2f9d8e-6c1a-4f57-9a53-2f0d6f3f9a11"
API_KEY = "made-up-key-for-tests"


@pytest.fixture
def email():
    """A mail that uses all that `Email` has."""
    return Email(
        name="confirm_signup",
        to=Address("zoe@example.org", "Zoë Müller, Leeds"),
        sender=Address("hello@example.com", "Get Yourself Active"),
        subject="Confirm your address: it takes a moment, Zoë",
        text="Good morning Zoë,\n\nconfirm here: https://example.com/c/abc\n",
        html='<p lang="en">Good morning Zoë, <a href="https://example.com/c/abc">confirm</a></p>',
        reply_to=Address("team@example.com", "The media team"),
        headers=(
            ("List-Unsubscribe", "<https://example.com/u/abc>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("X-Programme", "Santé"),
        ),
    )


@pytest.fixture
def contact():
    return Contact(
        email="zoe@example.org",
        name="Zoë Müller",
        topics=("walking", "swimming"),
        format="easy-read",
        preferences_url="https://example.com/p/abc",
    )


@pytest.fixture
def fake(socket_enabled):
    with FakeBrevo(api_key=API_KEY) as server:
        yield server


@pytest.fixture
def raw(socket_enabled):
    server = RawServer()
    yield server
    server.stop()


@pytest.fixture
def make_brevo():
    """Make a Brevo that speaks to `url`; its connections are closed after the test."""
    made = []

    def make(url, read_timeout=5.0, **settings):
        made.append(Brevo({"api_key": API_KEY, "api_url": url, **settings}))
        made[-1].read_timeout = read_timeout
        return made[-1]

    yield make
    for provider in made:
        provider.close()


def audience_calls(provider, contact):
    """All calls of an AudienceProvider, ready to be made."""
    return [
        lambda: provider.upsert(contact),
        lambda: provider.unsubscribe(contact.email),
        lambda: provider.erase(contact.email),
        lambda: provider.lookup(contact.email),
    ]
