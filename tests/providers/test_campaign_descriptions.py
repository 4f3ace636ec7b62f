"""Each call for a campaign is one that its provider's own description allows: see there.

What campaigns need is described in a file of its own; what it leaves out, in that of contacts.
"""

import json
from contextlib import closing

import pytest
import requests

from portal.providers.errors import ProviderError

from .deeds import CAMPAIGN_DEEDS, DEEDS, deeds_of, prepare
from .registered import CASES, able
from .test_descriptions import DESCRIPTIONS, outcome, prism, violations

NOT_THERE = b"NO_PATH_MATCHED_ERROR", b"NO_METHOD_MATCHED_ERROR"


@pytest.mark.enable_socket
@pytest.mark.services
@pytest.mark.parametrize("name", able("send_campaign"))
def test_all_calls_for_campaigns_are_as_described_and_answers_are_understood(
    make, transport, tmp_path, name
):
    provider = make()
    deeds = [deed for deed in deeds_of(provider) if deed in CAMPAIGN_DEEDS]
    for deed in deeds:  # not all go well: one that left is not removed
        outcome(lambda deed=deed: prepare(provider, deed))
        outcome(lambda deed=deed: DEEDS[deed](provider))
    more = getattr(CASES[name], "CAMPAIGN_DESCRIPTION", f"{name}-campaigns.openapi.yaml")
    calls = [(*call, headers) for call, headers in transport.exchanged.items()]

    with prism(DESCRIPTIONS / more, tmp_path / "log") as url, requests.Session() as session:
        described, wrong, unrefused = judged(session, url, calls)
        failed = failing(make(api_url=url), deeds)
    left = [call for call in calls if call not in described]
    usual = getattr(CASES[name], "DESCRIPTION", f"{name}.openapi.yaml")
    with (
        prism(DESCRIPTIONS / usual, tmp_path / "more") as url,
        requests.Session() as session,
    ):
        there, *faults = judged(session, url, left)
        failed = failing(make(api_url=url), failed)

    nowhere = [f"{call[0]} {call[1]}" for call in left if call not in there]
    undescribed = getattr(CASES[name], "CAMPAIGN_UNDESCRIBED", ())
    assert len(described) >= len(CAMPAIGN_DEEDS) // 2
    assert (wrong, unrefused, *faults) == ([], [], [], [])
    assert [call for call in nowhere if not call.startswith(undescribed)] == []
    assert failed == getattr(CASES[name], "CAMPAIGN_BAD_EXAMPLES", set())


def failing(provider, deeds):
    """The deeds that cannot do with the answers of the description."""
    with closing(provider):
        told = {deed: outcome(lambda deed=deed: DEEDS[deed](provider)) for deed in deeds}
    return {deed for deed, one in told.items() if isinstance(one, ProviderError)}


def judged(session, url, calls):
    """Which calls are described, what is wrong with them, and those that took a field more."""

    def answer(method, target, data, headers):
        return session.request(method, url + target, data=data, headers=headers, timeout=30)

    described, wrong, unrefused = [], [], []
    for call in calls:
        found = answer(*call)
        if any(one in found.content for one in NOT_THERE):
            continue
        described.append(call)
        wrong += [(call[:2], one) for one in violations(found)]
        method, target, body, headers = call
        if body and json.loads(body):
            longer = json.dumps({**json.loads(body), "more": 1})
            unrefused += [call[:2]] * answer(method, target, longer, headers).ok
    return described, wrong, unrefused
