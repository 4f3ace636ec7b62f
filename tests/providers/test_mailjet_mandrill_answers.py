"""Whatever JSON the two answer with, nothing but the three errors comes out, and no junk."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal import providers
from portal.providers.errors import ProviderError, Refused, TryLater, Uncertain
from portal.providers.http.answer import Answer
from portal.providers.mailjet.adapter import Mailjet
from portal.providers.mandrill.adapter import Mandrill
from portal.providers.values import Finding, KnownContact, Receipt, Site

from .conftest import KEY

SITE = Site("hello@example.com", "https://a.example/e", "https://a.example/i", "in.example.com")
SETTINGS = {
    "api_key": "k",
    "api_secret": "s",
    "list_id": "7",
    "webhook_secret": "a-secret-of-the-webhooks",
}
CALLS = {
    "send": lambda it, email, _: it.send(email, KEY),
    "find": lambda it, email, _: it.find(KEY, email.to.email),
    "check": lambda it, *_: list(providers.check(it, SITE)),
    "install_hooks": lambda it, *_: list(providers.install_hooks(it, SITE)),
    "upsert": lambda it, _, contact: it.upsert(contact),
    "upsert_many": lambda it, _, contact: it.upsert_many([contact]),
    "unsubscribe": lambda it, _, contact: it.unsubscribe(contact.email),
    "erase": lambda it, _, contact: it.erase(contact.email),
    "lookup": lambda it, _, contact: it.lookup(contact.email),
    "everyone": lambda it, *_: list(it.everyone()),
}
WORDS = [
    *("Messages", "Status", "Errors", "ErrorCode", "StatusCode", "To", "MessageID", "Data", "ID"),
    *("Email", "IsUnsubscribed", "ContactID", "Name", "Value", "CustomID", "Url", "EventType"),
    *("status", "reject_reason", "_id", "metadata", "key", "name", "url", "events", "domain"),
]
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 999)
    | st.text(max_size=5)
    | st.sampled_from(["error", "success", "rejected", "sent", KEY, SITE.events_url]),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS), below, min_size=1, max_size=4)
    ),
    max_leaves=15,
)
bodies = values | values.map(lambda one: {"Data": [one]}) | values.map(lambda one: [one])
answers = st.builds(
    lambda status, body: Answer(status, {}, json.dumps(body).encode()),
    st.sampled_from([200, 200, 200, 201, 304, 400, 401, 404, 429, 500]),
    bodies,
)


def outcome(call):
    """What the call returned, or which of the three errors it raised."""
    try:
        return call()
    except (TryLater, Refused, Uncertain) as error:
        return error


@pytest.mark.parametrize("kind", [Mailjet, Mandrill])
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(answers, min_size=1, max_size=8))
def test_any_answer_is_understood_or_one_of_three_errors(kind, email, contact, found):
    provider = kind(SETTINGS)

    for name, call in CALLS.items():
        if not hasattr(provider, name) and not hasattr(providers, name):
            continue
        left = iter(found)
        provider.exchange = lambda *_, left=left, **__: next(left, found[-1])
        result = outcome(lambda call=call: call(provider, email, contact))
        told = result if isinstance(result, list) else [result]
        if isinstance(result, ProviderError):
            assert str(result).isprintable()
            continue
        assert all(isinstance(one, Receipt | KnownContact | Finding | None) for one in told)
        assert all(isinstance(one.message_id, str) for one in told if isinstance(one, Receipt))
