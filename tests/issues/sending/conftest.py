"""Providers of campaigns, as the tests of the providers have them."""

import pytest

from tests.delivery import provide
from tests.providers import conftest as providers
from tests.providers.ours import CAMPAIGN, SITE

fake, transport, make = providers.fake, providers.transport, providers.make


@pytest.fixture
def name():
    """The provider of a test that names none."""
    return "brevo"


@pytest.fixture
def keeper(app, make):
    """The provider of contacts of this test, which sends campaigns, from where it may."""
    app.config |= {"MAIL_FROM": SITE.senders[0], "TEAM_EMAIL": CAMPAIGN.reply_to.email}
    return provide(app, audience=make())
