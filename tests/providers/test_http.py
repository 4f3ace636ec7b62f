"""Whatever a provider's server answers, one of three errors comes out, and the right one."""

from datetime import timedelta

import pytest
import time_machine

from portal.providers.brevo.adapter import Brevo
from portal.providers.errors import Busy, Denied, Refused, TryLater, Uncertain
from portal.providers.http.client import FormPayload
from portal.providers.values import Receipt

from .deeds import AUDIENCE
from .ours import API_KEY, CONTACT, EMAIL, KEY, ZOE


@pytest.fixture
def name():
    return "brevo"


@pytest.fixture
def answers(fake):
    """Sets what each call is answered with; a text is a web page, bytes are as they are."""

    def set_to(status, data=None, **headers):
        fake.act = lambda _: (status, data)
        fake.headers_of = lambda *_: {k.replace("_", "-"): one for k, one in headers.items()}

    return set_to


@pytest.mark.parametrize(
    ("body", "message_id"),
    [
        (b'{"messageId": "<1@fake.example>"}', "<1@fake.example>"),
        # PostgreSQL takes no NUL, and no encoding takes half of a surrogate pair.
        (rb'{"messageId": "<1\u0000\ud800@fake>"}', "<1  @fake>"),
    ],
)
def test_a_receipt_has_an_id_that_any_database_can_keep(provider, answers, body, message_id):
    answers(201, body)

    assert provider.send(EMAIL, KEY) == Receipt(message_id)


@pytest.mark.parametrize(
    "body",
    [b"{", b'{"messageId": 7}', b"\x1f\x8b\x08", b"[" * 100_000, b'{"messageId": "%0251d"}' % 1],
    ids=["bad", "number", "packed", "deep", "long"],
)
def test_without_an_id_that_can_be_one_there_is_no_receipt(provider, answers, body):
    answers(201, body)

    with pytest.raises(Uncertain, match="cannot read"):
        provider.send(EMAIL, KEY)


SAID = "brevo answered {0}: bad subject is too long."
TAKEN_FOR = [
    (Refused, [400, 406, 409, 413, 415, 422, 451, 499], SAID),
    (Denied, [401, 403], f"{SAID} Check BREVO_API_KEY."),
    (Denied, [402], f"{SAID} Look at the account and its plan."),
    (Busy, [429], SAID),
    (TryLater, [408, 425, 500, 502, 503, 599], SAID),
    (Uncertain, [504, 999], SAID),
    (Uncertain, [199], "brevo answered {0}."),  # which has no body
]


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [(error, status, words) for error, statuses, words in TAKEN_FOR for status in statuses],
)
def test_a_status_is_one_error_with_the_providers_words(provider, answers, error, status, words):
    answers(status, {"code": "bad", "message": "subject is too long."})

    with pytest.raises(error) as caught:
        provider.send(EMAIL, KEY)

    assert type(caught.value) is error
    assert str(caught.value) == words.format(status)
    assert getattr(caught.value, "after", None) is None
    if error is Uncertain:  # and of a contact it is only a reason to try again
        for deed in AUDIENCE:
            with pytest.raises(TryLater):
                deed(provider)


DAY = timedelta(days=1).total_seconds()
ODD = ["", "-5", "soon", "1e3", "7.5", "\xb2", "9" * 30, "Tue, 99 Sep 2026 12:00:00 GMT"]
WAITS = {
    "7": 7,
    "0": 0,
    "999999999": DAY,
    "Fri, 31 Dec 9999 23:59:59 GMT": DAY,
    "Tue, 01 Sep 2026 12:01:30 GMT": 90,
    "Tue, 01 Sep 2026 12:01:30 -0000": 90,
    "Tue, 01 Sep 2026 11:00:00 GMT": 0,
}


@pytest.mark.parametrize(
    ("header", "value", "seconds"),
    [
        *(("Retry_After", value, seconds) for value, seconds in WAITS.items()),
        *(("Retry_After", value, None) for value in ODD),
        *(("x_sib_ratelimit_reset", value, 11) for value in ("11", "1788264011")),  # a moment
    ],
)
@time_machine.travel("2026-09-01T12:00:00Z", tick=False)
def test_the_wait_that_the_provider_asks_for_is_passed_on_where_it_makes_sense(
    provider, answers, header, value, seconds
):
    answers(429, **{header: value})

    with pytest.raises(TryLater) as caught:
        provider.send(EMAIL, KEY)

    assert caught.value.after == (None if seconds is None else timedelta(seconds=seconds))


class Signing(Brevo):
    """Signs each call, and sends forms."""

    def signed(self, method, url, headers, content):
        return {"X-Signed": f"{method} {url} {headers['Content-Type']} {content.decode()}"}


@pytest.mark.parametrize(
    ("payload", "kind", "content"),
    [
        ({"a": "é &"}, "application/json", r'{"a": "\u00e9 &"}'),
        (FormPayload(a="é &", b=""), "application/x-www-form-urlencoded", "a=%C3%A9+%26&b="),
        (None, "application/json", ""),
    ],
)
def test_a_call_is_signed_as_it_leaves_whether_it_is_json_or_a_form(
    fake, transport, payload, kind, content
):
    provider = Signing({"api_key": API_KEY, "api_url": fake.url})
    provider.exchange("POST", "/it?a=1", payload)

    (call,) = fake.calls
    assert call["headers"]["x-signed"] == f"POST {fake.url}/it?a=1 {kind} {content}"
    assert call["headers"]["content-type"] == kind
    assert call["raw"] == content.encode()
    assert call["body"] == dict(payload or {})


@pytest.mark.parametrize("kind", ["text/xml", "application/xml; charset=utf-8"])
def test_an_answer_in_xml_is_no_web_page(provider, answers, kind):
    answers(200, b"<GetAnswer/>", Content_Type=kind)

    assert provider.ask("GET", "/it").body == b"<GetAnswer/>"


@pytest.mark.parametrize("status", [401, 403, 408, 425, 500, 503])
def test_a_wait_may_come_with_any_reason_to_try_later(provider, answers, status):
    answers(status, Retry_After="120")

    with pytest.raises(TryLater) as caught:
        provider.upsert(CONTACT)

    assert caught.value.after == timedelta(seconds=120)


@pytest.mark.parametrize("location", ["/elsewhere", "http://[", "https://\xff.example", "::"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_with_our_key(provider, fake, answers, status, location):
    answers(status, Location=location)

    with pytest.raises(TryLater, match="BREVO_API_URL"):
        provider.send(EMAIL, KEY)

    assert len(fake.calls) == 1


def test_the_providers_words_are_cut_and_hold_no_key_and_no_line_break(provider, answers):
    words = f"No such key: {API_KEY}\r\nX: y " + "long " * 200
    answers(400, {"code": "bad", "message": words})

    with pytest.raises(Refused) as caught:
        provider.send(EMAIL, KEY)

    said = str(caught.value)
    assert "No such key: … X: y long" in said
    assert API_KEY not in said
    assert said.isprintable()
    assert len(said) < 250


@pytest.mark.enable_socket
def test_our_own_words_hold_no_address_of_a_person(make_brevo):
    with pytest.raises(TryLater) as caught:
        make_brevo("http://127.0.0.1:9/v3").unsubscribe(ZOE)

    assert "zoe" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_without_an_address_it_is_the_providers_own():
    told = Brevo({"api_key": "k", "api_url": " https://eu.example/v3/ "})

    assert Brevo({"api_key": "k"}).url == "https://api.brevo.com/v3"
    assert told.url == "https://eu.example/v3"
