"""A provider that answers as it is told."""

import pytest

from tests.delivery import Bell, Scripted, provide


@pytest.fixture
def provider(app):
    """The provider of mail and of contacts alike."""
    scripted = Scripted()
    provide(app, mail=scripted, audience=scripted)
    return scripted


@pytest.fixture
def bell(app):
    """Where alerts go, and how often it rang."""
    return provide(app, alerts=Bell())
