"""A provider's limit is kept before it is hit."""

from datetime import timedelta

import pytest

from portal.providers.http import pace
from portal.providers.http.answer import Answer
from portal.providers.http.pace import Pace

from .registered import caller

CALL = "GET", "/contacts"


@pytest.mark.parametrize(
    ("headers", "rest"),
    [
        ({"left": "0", "reset": "7"}, timedelta(seconds=7)),
        ({"left": "0"}, pace.USUAL_REST),
        ({"left": "0", "reset": "soon"}, pace.USUAL_REST),
        ({"left": "1", "reset": "7"}, None),
        ({"left": "", "reset": "7"}, None),
        ({"reset": "7"}, None),
    ],
)
def test_a_rest_is_taken_when_no_call_is_left_and_ends_by_itself(monkeypatch, headers, rest):
    clock, half = [1000.0], timedelta(seconds=0.5)
    monkeypatch.setattr(pace.time, "monotonic", lambda: clock[0])
    ours, unaware = Pace("left", "reset"), Pace("", "")
    for it in (ours, unaware):
        it.note(*CALL, Answer(200, headers, b""))

    assert (ours.rest(*CALL), unaware.rest(*CALL)) == (rest, None)
    clock[0] += 0.5
    assert ours.rest(*CALL) == (rest and rest - half)
    clock[0] += 6.5
    assert ours.rest(*CALL) is None


CALLS = {
    "brevo": [
        ["POST /smtp/email"],
        ["DELETE /smtp/log/a%40example.org", "GET /smtp/emails"],
        ["POST /contacts", "PUT /contacts/a%40example.org", "GET /contacts?limit=500"],
        ["GET /senders", "GET /inbound/attachments/token", "POST /webhooks"],
    ],
    "sendgrid": [
        ["POST /v3/mail/send"],
        ["PUT /v3/marketing/contacts"],
        ["DELETE /v3/marketing/contacts?ids=1"],
        ["POST /v3/marketing/contacts/search/emails"],
        ["DELETE /v3/asm/suppressions/global/a%40example.org"],
        ["POST /v3/recipients/erasejob"],
    ],
    "resend": [["POST /emails", "PATCH /contacts/a%40example.org"]],
}


@pytest.mark.parametrize("name", CALLS)
def test_what_a_provider_counts_apart_rests_apart(name):
    provider, left, reset = caller(name), caller(name).remaining_header, caller(name).reset_header
    for used_up in CALLS[name]:
        ours = Pace(left, reset, provider.limits)
        ours.note(*used_up[0].split(), Answer(200, {left: "0", reset: "60"}, b""))

        for calls in CALLS[name]:
            assert {bool(ours.rest(*call.split())) for call in calls} == {calls is used_up}
