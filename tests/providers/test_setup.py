"""Every provider tells what is wrong with its set-up, and mends what its API can mend."""

from __future__ import annotations

import pytest

from portal import providers
from portal.providers.errors import SetupError, TryLater
from portal.providers.values import Site

from .conftest import API_KEY
from .test_contract import HTTP_NAMES, SERVERS

pytestmark = pytest.mark.enable_socket

SECRET = "made-up-secret-for-tests"
SITE = Site(
    sender="hello@example.com",
    events_url="https://portal.example.com/hooks/it/events",
    inbound_url="https://portal.example.com/hooks/it/inbound",
    inbound_domain="in.example.com",
)
every_one = pytest.mark.parametrize("name", HTTP_NAMES)


@pytest.fixture
def server(request, socket_enabled):
    name = request.node.callspec.params["name"]
    with SERVERS[name](api_key=API_KEY) as running:
        yield running


@pytest.fixture
def make(server, request):
    """Makes the adapter for the server, with changes to its settings."""
    made = []

    def make_one(**changes):
        name = request.node.callspec.params["name"]
        settings = {"api_key": API_KEY, "api_url": server.url, "webhook_secret": SECRET}
        made.append(providers.adapter(name)({**settings, **server.settings, **changes}))
        return made[-1]

    yield make_one
    for provider in made:
        provider.close()


def words(findings):
    return " ".join(finding.words for finding in findings)


@every_one
def test_a_new_account_is_told_what_it_lacks(make, name):
    findings = list(providers.check(make(), SITE))

    assert "key" in findings[0].words
    assert findings[0].ok
    wrong = [finding for finding in findings if finding.ok is False]
    assert wrong
    assert "flask providers hooks --install" in words(wrong)


@every_one
def test_what_is_installed_is_found_by_the_next_check(make, server, name):
    told = words(providers.install_hooks(make(), SITE))
    findings = list(providers.check(make(), SITE))

    # What a provider makes itself, a secret or a key, is shown, and set by a person.
    made_there = [end for end in ("KEY", "SECRET") if f"{name.upper()}_WEBHOOK_{end}=" in told]
    left = [f"{name.upper()}_WEBHOOK_{end} is not" for end in made_there]
    still_wrong = [finding.words for finding in findings if finding.ok is False]
    assert [one for one in still_wrong if not one.startswith(tuple(left))] == []
    assert SITE.events_url.partition("://")[2] in str(server.calls)


@every_one
def test_what_is_installed_twice_is_there_once(make, server, name):
    list(providers.install_hooks(make(), SITE))
    posts = [call["path"] for call in server.calls if call["method"] == "POST"]
    list(providers.install_hooks(make(), SITE))
    posts_later = [call["path"] for call in server.calls if call["method"] == "POST"]

    only_asks = {"/webhooks/list", "/inbound/domains", "/inbound/routes"}  # Mandrill asks by POST
    assert set(posts_later[len(posts) :]) <= only_asks


@every_one
def test_no_hook_is_to_tell_of_opens_and_clicks(make, server, name):
    list(providers.install_hooks(make(), SITE))
    sent = [call["body"] for call in server.calls if call["method"] in {"POST", "PUT", "PATCH"}]

    on = [f"'{what}': True" for what in ("open", "click", "opened")]
    lists = [body.get("events") for body in sent if isinstance(body, dict)]
    named = {str(one).lower() for found in lists if isinstance(found, list) for one in found}
    assert not [one for one in on if one in str(sent)]
    assert not {one for one in named if "open" in one or "click" in one}


@every_one
def test_a_wrong_key_is_said_at_once(make, server, name):
    server.behave("forbidden")

    with pytest.raises(TryLater, match=f"{name.upper()}_"):
        list(providers.check(make(), SITE))


@every_one
def test_where_our_secret_is_needed_its_setting_is_named(make, name):
    provider = make(webhook_secret="")
    try:
        told = words(providers.install_hooks(provider, SITE))
    except SetupError as error:
        told = str(error)

    assert f"{name.upper()}_WEBHOOK" in told


@every_one
def test_an_unknown_list_is_said(make, server, name):
    if "list_id" not in server.settings:
        pytest.skip(f"{name} has no lists")
    unknown = "8" if server.settings["list_id"].isdigit() else "0123"

    found = [
        finding for finding in providers.check(make(list_id=unknown), SITE) if finding.ok is False
    ]

    assert f"{name.upper()}_LIST_ID" in words(found)
