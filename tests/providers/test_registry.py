"""A provider is chosen by its name, and a wrong choice is told by the setting's name."""

import pytest

from portal import providers
from portal.config import load_config
from portal.delivery.providers import Providers
from portal.providers.errors import SetupError

from .registered import CASES

PATH = {"folder": "somewhere", "api_key": "k-us6", "api_secret": "s", "list_id": "7"}


def test_every_registered_name_makes_an_adapter_of_that_name_and_none_is_a_choice():
    settings = {
        name: PATH | getattr(CASES.get(name), "SETTINGS", {}) for name in providers.ADAPTERS
    }
    for name in providers.able(providers.SENDS):
        assert providers.mail_provider(name, settings[name]).name == name
    for name in providers.able(providers.KEEPS_CONTACTS):
        assert providers.audience_provider(name, settings[name]).name == name
    assert providers.audience_provider("none", {}) is None


@pytest.mark.parametrize(
    ("choose", "name", "words"),
    [
        *(
            (providers.mail_provider, name, r"MAIL_PROVIDER.*brevo.*local")
            for name in ("nobody", "", "Brevo", "none")
        ),
        *(
            (providers.audience_provider, name, r"AUDIENCE_PROVIDER.*brevo.*local.*none")
            for name in ("nobody", "", "postmark")
        ),
    ],
)
def test_an_unknown_provider_names_the_setting_and_those_known(choose, name, words):
    with pytest.raises(SetupError, match=words):
        choose(name, {})


@pytest.mark.parametrize("name", providers.ADAPTERS)
def test_a_provider_is_given_the_settings_that_it_reads_and_no_others(env, name):
    wanted = {end.lower(): "made-up" for end in providers.adapter(name).settings}
    named = {f"{name.upper()}_{end.upper()}": "made-up" for end in (*wanted, "OTHER", "api_key")}
    given = load_config(env | named)["PROVIDERS"].get(name, {})

    assert {end: value for end, value in given.items() if end != "folder"} == wanted


def test_the_sandbox_reaches_the_provider_and_its_stand_in(env):
    names = {"MAIL_PROVIDER": "brevo", "MAIL_FALLBACK": "sendgrid", "AUDIENCE_PROVIDER": "none"}
    keys = {"BREVO_API_KEY": "made-up", "SENDGRID_API_KEY": "made-up", "MAIL_SANDBOX": "1"}
    chosen = Providers.from_config(load_config(env | names | keys))

    assert [one.sandbox for one in chosen.senders] == [True, True]
