"""Whatever a provider's server answers, one of three errors comes out, and the right one."""

from datetime import timedelta

import pytest
import time_machine

from portal.providers.errors import Busy, Denied, Refused, TryLater, Uncertain

from .deeds import AUDIENCE
from .ours import EMAIL, KEY
from .registered import caller

NAME = "brevo"


@pytest.fixture
def answers(fake):
    """Sets what each call is answered with; a text is a web page, bytes are as they are."""

    def set_to(status, data=None, **headers):
        fake.act = lambda _: (status, data)
        fake.headers_of = lambda *_: {k.replace("_", "-"): one for k, one in headers.items()}

    return set_to


SAID = "brevo answered {0}: bad subject is too long."
WAIT = timedelta(minutes=2)
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
    answers(status, {"code": "bad", "message": "subject is too long."}, Retry_After="120")

    with pytest.raises(error) as caught:
        provider.send(EMAIL, KEY)

    assert type(caught.value) is error
    assert str(caught.value) == words.format(status)
    assert getattr(caught.value, "after", WAIT) == WAIT
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


@pytest.mark.parametrize("location", ["/elsewhere", "http://[", "https://\xff.example", "::"])
def test_a_redirect_is_not_followed_with_our_key(provider, fake, answers, location):
    answers(307, Location=location)

    with pytest.raises(TryLater, match="BREVO_API_URL"):
        provider.send(EMAIL, KEY)

    assert len(fake.calls) == 1


ELSEWHERE = "https://eu.example/v3"


@pytest.mark.parametrize(
    ("name", "settings", "path", "url"),
    [
        ("brevo", {}, "/it", "https://api.brevo.com/v3/it"),
        ("brevo", {"api_url": f" {ELSEWHERE}/ "}, "/it", f"{ELSEWHERE}/it"),
        ("mailchimp", {"api_key": "a-us6"}, "/it", "https://us6.api.mailchimp.com/3.0/it"),
        ("mailchimp", {"api_key": "a", "api_url": ELSEWHERE}, "/it", f"{ELSEWHERE}/it"),
        ("ses", {}, "/v2/it", "https://email.eu-west-2.amazonaws.com/v2/it"),
        ("ses", {}, "/", "https://sns.eu-west-2.amazonaws.com/"),
        ("ses", {"api_url": ELSEWHERE}, "/", f"{ELSEWHERE}/"),
    ],
)
def test_a_provider_is_where_it_says_unless_another_address_is_set(name, settings, path, url):
    assert caller(name, **settings).address(path) == url
