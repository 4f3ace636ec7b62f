"""A provider is chosen by its name, and a wrong choice is told by the setting's name."""

import pytest

from portal import providers
from portal.config import ConfigError
from portal.providers.errors import SetupError

PATH = {"folder": "somewhere", "api_key": "k-us6", "api_secret": "s", "list_id": "7"}


def test_every_registered_name_makes_an_adapter_of_that_name():
    for name in providers.able(providers.SENDS):
        assert providers.mail_provider(name, PATH).name == name
    for name in providers.able(providers.KEEPS_CONTACTS):
        assert providers.audience_provider(name, PATH).name == name


def test_no_audience_is_a_choice():
    assert providers.audience_provider("none", {}) is None


@pytest.mark.parametrize("name", ["nobody", "", "Brevo", "none"])
def test_an_unknown_mail_provider_names_the_setting_and_those_known(name):
    with pytest.raises(SetupError, match=r"MAIL_PROVIDER.*brevo.*local"):
        providers.mail_provider(name, {})


@pytest.mark.parametrize("name", ["nobody", "", "postmark"])
def test_an_unknown_audience_provider_names_the_setting_and_those_known(name):
    with pytest.raises(SetupError, match=r"AUDIENCE_PROVIDER.*brevo.*local.*none"):
        providers.audience_provider(name, {})


def test_the_names_of_all_settings_are_known():
    ends = ("API_KEY", "API_URL", "LIST_ID", "WEBHOOK_SECRET")
    assert {f"BREVO_{end}" for end in ends} <= {*providers.setting_names()}


def test_the_sandbox_reaches_the_provider_and_its_stand_in(make_app):
    app = make_app(
        MAIL_SANDBOX="1",
        MAIL_PROVIDER="brevo",
        AUDIENCE_PROVIDER="none",
        MAIL_FALLBACK="sendgrid",
        BREVO_API_KEY="made-up",
        SENDGRID_API_KEY="made-up",
    )

    assert app.extensions["providers"].mail.sandbox
    assert app.extensions["providers"].fallback.sandbox
    with pytest.raises(ConfigError, match="MAIL_SANDBOX: Postmark"):
        make_app(MAIL_SANDBOX="1", POSTMARK_API_KEY="made-up")
