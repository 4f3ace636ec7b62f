"""Each call that an adapter makes is one that its provider's own description allows.

Prism answers as the published description says, and refuses what it does not
allow; the forbidden calls show that it does. The calls are those of the cases,
made to the fake and then once more to Prism.
"""

import json
from contextlib import suppress
from types import SimpleNamespace

import pytest
import requests

from portal import providers
from portal.providers.errors import ProviderError

from . import prism
from .deeds import DEEDS, deeds_of, prepare
from .registered import CASES, HTTP_NAMES, settings_of

pytestmark = [pytest.mark.enable_socket, pytest.mark.services]


def grouped(names):
    """Each provider's tests run in one process, so that one Prism is enough."""
    return [pytest.param(name, marks=pytest.mark.xdist_group(f"prism-{name}")) for name in names]


@pytest.fixture(scope="module", params=grouped(HTTP_NAMES))
def described(request):
    """The provider's name, and the address of its description."""
    file = getattr(CASES[request.param], "DESCRIPTION", f"{request.param}.openapi.yaml")
    with prism.running(file) as url:
        yield SimpleNamespace(name=request.param, url=url)


@pytest.fixture
def name(described):
    return described.name


@pytest.fixture
def there(described):
    """Makes the adapter on its way to Prism."""
    made = []

    def make_one():
        settings = settings_of(described.name, api_url=described.url)
        made.append(providers.adapter(described.name)(settings))
        made[-1].read_timeout = 30
        return made[-1]

    yield make_one
    for one in made:
        one.close()


def violations(status, headers, body):
    """What Prism found wrong in a call.

    Mailjet's description leaves out what its set-up calls carry, SendGrid's what
    ids custom fields have, and an example of Brevo's is not as its own
    description says: these are no faults of ours.
    """
    found = [body.decode()] if b"prism/errors" in body and "sl-violations" not in headers else []
    return found + [
        f"{status} {one['location']} {one['message']}"
        for one in json.loads(headers.get("sl-violations", "[]"))
        if one["location"][0] == "request" and "custom_fields" not in one["location"]
        if "No supported content types" not in one["message"]
    ]


def test_every_call_of_ours_is_allowed(described, provider, fake, transport):
    for deed in deeds_of(provider):
        prepare(provider, deed)
        with suppress(ProviderError):  # the fake has no mail to be fetched
            DEEDS[deed](provider)
    for change, *_ in CASES[described.name].BROKEN:
        change(fake)
        DEEDS["install_hooks"](provider)

    found = []
    with requests.Session() as session:
        for (method, target, body), headers in transport.exchanged.items():
            answer = session.request(
                method, described.url + target, data=body, headers=headers, timeout=30
            )
            wrong = violations(answer.status_code, answer.headers, answer.content)
            found += [f"{method} {target}: {one}" for one in wrong]
    assert found == []
    assert len(transport.exchanged) >= len(deeds_of(provider)) - 2


def test_a_call_that_the_description_forbids_is_refused(name, there):
    """So that the test above can fail."""
    calls = CASES[name].FORBIDDEN
    answers = [there().exchange(*call) for call in calls]
    found = [violations(one.status, one.headers, one.body) for one in answers]

    assert [call for call, wrong in zip(calls, found, strict=True) if not wrong] == []


def test_described_answers_are_understood(name, there):
    """With a `status`, Prism is asked for that one of the described failures; 0 shows no key."""
    for deed, status, wanted, words in getattr(CASES[name], "DESCRIBED", ()):
        adapter = there()
        headers = adapter.headers() if status != 0 else {}
        headers |= {"Prefer": f"code={status}"} if status else {}
        adapter.headers = lambda headers=headers: headers
        result = outcome(lambda deed=deed, it=adapter: DEEDS.get(deed, deed)(it))

        if isinstance(wanted, type):
            assert (type(result), words in str(result)) == (wanted, True), (deed, status)
        else:
            is_right = wanted(result) if callable(wanted) else result == wanted
            assert is_right, (deed, status, result)


def outcome(call):
    """What the call returned, or the error that it raised."""
    try:
        return call()
    except ProviderError as error:
        return error
