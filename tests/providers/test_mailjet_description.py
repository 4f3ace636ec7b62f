"""The failures that Mailjet's own description has, and what they mean to us."""

from __future__ import annotations

import pytest

from portal.providers.errors import Busy, Denied, Refused, TryLater
from portal.providers.mailjet.adapter import Mailjet
from portal.providers.values import Receipt

from . import prism
from .conftest import API_KEY, KEY

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.services,
    pytest.mark.xdist_group("prism-mailjet"),
]


@pytest.fixture(scope="module")
def described():
    with prism.running("mailjet.openapi.yaml") as url:
        yield url


@pytest.fixture
def mailjet(described):
    settings = {"api_key": API_KEY, "api_secret": "s", "api_url": described, "list_id": "7"}
    provider = Mailjet(settings)
    provider.read_timeout = 30
    yield provider
    provider.close()


def made_to_answer(mailjet, status, monkeypatch):
    """The adapter with a header that makes Prism answer with one of the described failures."""
    headers = {**mailjet.headers(), "Prefer": f"code={status}"}
    monkeypatch.setattr(mailjet, "headers", lambda: headers)
    return mailjet


def test_the_described_answer_to_a_mail_is_a_receipt(mailjet, email):
    assert mailjet.send(email, KEY) == Receipt("19421777835146490")


@pytest.mark.parametrize(("status", "error"), [(400, Refused), (401, Denied)])
def test_a_described_failure_of_a_mail_is_understood(mailjet, monkeypatch, email, status, error):
    with pytest.raises(error, match=f"{status}"):
        made_to_answer(mailjet, status, monkeypatch).send(email, KEY)


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Refused), (401, Denied), (403, Denied), (429, Busy), (500, TryLater)],
)
def test_a_described_failure_of_a_lookup_is_understood(mailjet, monkeypatch, status, error):
    with pytest.raises(error, match=f"{status}") as caught:
        made_to_answer(mailjet, status, monkeypatch).lookup("zoe@example.org")

    assert type(caught.value) is error


@pytest.mark.parametrize("call", ["lookup", "erase"])
def test_what_the_description_calls_not_found_is_no_failure(mailjet, monkeypatch, call):
    unknown = made_to_answer(mailjet, 404, monkeypatch)

    assert getattr(unknown, call)("zoe@example.org") in {None, Receipt()}


def test_a_change_that_changes_nothing_is_no_failure(mailjet, monkeypatch):
    same = made_to_answer(mailjet, 304, monkeypatch)
    same.list_id = ""

    assert same.unsubscribe("zoe@example.org") == Receipt()


@pytest.mark.parametrize(
    ("method", "path", "payload"),
    [
        ("POST", "/v3.1/send", {"Messages": []}),
        ("POST", "/v3.1/send", {"Messages": [{"From": {"Email": "a@b.c"}, "To": "d@e.f"}]}),
        ("POST", "/v3/REST/contactslist/7/managecontact", {"Email": "a@b.c", "Action": "add"}),
        ("POST", "/v3/REST/contactslist/7/managecontact", {"Action": "unsub"}),
        ("POST", "/v3/REST/contactslist/7/managemanycontacts", {"Contacts": []}),
        ("PUT", "/v3/REST/contact/a%40b.c", {"IsExcludedFromCampaigns": "yes"}),
        ("GET", "/v3/REST/contact?ContactsList=seven", None),
        ("DELETE", "/v4/contacts/a%40b.c", None),
    ],
)
def test_a_call_that_the_description_forbids_is_refused(mailjet, method, path, payload):
    """So that the tests of what it allows can fail."""
    with pytest.raises(Refused):
        mailjet.ask(method, path, payload)
