"""Each call that an adapter makes is one that its provider's own description allows.

Prism answers as the description says, and refuses what it does not allow; the
wrong calls at the end show that it does.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import pytest

from portal import providers
from portal.providers.errors import ProviderError
from portal.providers.values import Address, MailFile, Site

from . import prism
from .conftest import API_KEY, KEY
from .test_contract import HTTP_NAMES, SERVERS

pytestmark = [pytest.mark.enable_socket, pytest.mark.services]

FILES = {"mailerlite": "mailerlite.derived.openapi.yaml"}
SITE = Site(
    sender="hello@example.com",
    events_url="https://portal.example.com/hooks/it/events",
    inbound_url="https://portal.example.com/hooks/it/inbound",
    inbound_domain="in.example.com",
)
MORE = {"webhook_secret": "made-up-secret-for-tests", "api_secret": "made-up-account-token"}
# A call that each description must refuse, so that the tests above it can fail.
WRONG = {
    "brevo": ("POST", "/smtp/email", {"html_content": "<p>Hi</p>"}),
    "mailchimp": ("PUT", f"/lists/abc123/members/{'0' * 32}", {"tags": ["walking"]}),
    "mailerlite": ("POST", "/subscribers", {"email_address": "zoe@example.org"}),
    "mailjet": ("POST", "/v3.1/send", {"Messages": [{"To": "zoe@example.org"}]}),
    "mandrill": ("POST", "/messages/send", {"key": API_KEY, "message": {"to": "zoe@example.org"}}),
    "postmark": ("POST", "/email", {"From": "a@example.com", "Html": "<p>Hi</p>"}),
    "resend": ("POST", "/emails", {"from": "a@example.com", "replyTo": "b@example.com"}),
    "sendgrid": ("POST", "/v3/mail/send", {"replyTo": {"email": "b@example.com"}}),
}


def grouped(names):
    """Each provider's tests run in one process, so that one Prism is enough."""
    return [pytest.param(name, marks=pytest.mark.xdist_group(f"prism-{name}")) for name in names]


@pytest.fixture(scope="module", params=grouped(HTTP_NAMES))
def described(request):
    """A provider's name, and the address of its description."""
    with prism.running(FILES.get(request.param, f"{request.param}.openapi.yaml")) as url:
        yield request.param, url


@pytest.fixture
def adapter(described):
    """The adapter, and what it was answered: a list that grows."""
    name, url = described
    provider = providers.adapter(name)(
        {"api_key": API_KEY, "api_url": url, **MORE, **SERVERS[name].settings}
    )
    provider.read_timeout = 30
    answers, exchange = [], provider.exchange

    def listen(*args, **options):
        answers.append(exchange(*args, **options))
        return answers[-1]

    provider.exchange = listen
    yield provider, answers
    provider.close()


def violations(answers):
    """What Prism found wrong in the calls that were answered so.

    Mailjet's description leaves out what its set-up calls carry, and an example
    of Brevo's is not as its own description says: these are no faults of ours.
    """
    found = []
    for answer in answers:
        if b"prism/errors" in (answer.body or b"") and "sl-violations" not in answer.headers:
            found.append(answer.body.decode())
        found += [
            one["message"]
            for one in json.loads(answer.headers.get("sl-violations", "[]"))
            if one["location"][0] == "request"
            and "No supported content types" not in one["message"]
        ]
    return found


def make(call):
    """Make the call to its end. The examples that come back may be no use: that is no matter."""
    with suppress(ProviderError):
        result = call()
        if hasattr(result, "__next__"):
            list(result)


@pytest.fixture
def calls(email, contact):
    """All that adapters can do, as functions of the adapter, by the name of the method."""
    bare = replace(email, name="", to=Address("a@example.org"), reply_to=None, headers=())
    file = MailFile("zoë.txt", b"Hello", "text/plain")
    poor = replace(contact, name="", topics=(), preferences_url="")
    unusual = "o'neil+a/b%25@example.org"
    return {
        "send": [
            lambda it: it.send(replace(email, attachments=(file,)), KEY),
            lambda it: it.send(bare, KEY),
        ],
        "find": [lambda it: it.find(KEY, contact.email)],
        "upsert": [lambda it: it.upsert(contact), lambda it: it.upsert(poor)],
        "upsert_many": [lambda it: it.upsert_many([contact, poor])],
        "unsubscribe": [lambda it: it.unsubscribe(contact.email)],
        "erase": [lambda it: it.erase(contact.email), lambda it: it.erase(unusual)],
        "lookup": [lambda it: it.lookup(contact.email), lambda it: it.lookup(unusual)],
        "everyone": [lambda it: it.everyone()],
        "fetch_mail": [lambda it: it.fetch_mail("5d5c8a3c-0f0e-4c0f-8a55-6a4ec5e4f0aa")],
        "check": [lambda it: providers.check(it, SITE)],
        "install_hooks": [lambda it: providers.install_hooks(it, SITE)],
    }


def test_every_call_is_allowed_by_the_providers_own_description(adapter, calls):
    provider, answers = adapter
    made = 0
    for name, ways in calls.items():
        for way in ways if hasattr(provider, name) or hasattr(providers, name) else ():
            make(lambda way=way: way(provider))
            made += 1

    assert violations(answers) == []
    assert len(answers) >= made


def test_a_wrong_call_is_refused_by_the_description(adapter):
    provider, answers = adapter
    method, path, payload = WRONG[provider.name]
    make(lambda: provider.ask(method, path, payload))

    assert violations(answers)
