"""What each answer of a provider means, by its own codes."""

import pytest

from portal.providers.errors import Busy, SetupError, TryLater

from .deeds import DEEDS, first_deed
from .ours import EMAIL, KEY
from .registered import HTTP_NAMES, able, caller, rows


@pytest.mark.parametrize(("name", "deed", "status", "data", "error", "words"), rows("ANSWERS"))
def test_an_answer_means_what_the_providers_code_says(
    provider, fake, name, deed, status, data, error, words
):
    fake.act = lambda _: (status, data)

    with pytest.raises(error, match=words or None) as caught:
        DEEDS[deed](provider)

    assert type(caught.value) is error


@pytest.mark.parametrize("name", [n for n in HTTP_NAMES if caller(n).remaining_header])
def test_when_no_call_is_left_none_is_made_until_then(provider, fake, name):
    limits = {provider.remaining_header: "0", provider.reset_header: "60"}
    fake.headers_of = lambda *about, usual=fake.headers_of: usual(*about) | limits
    deed = first_deed(provider)
    deed(provider)
    number = len(fake.calls)

    with pytest.raises(Busy) as caught:
        deed(provider)

    assert 50 < caught.value.after.total_seconds() <= 60
    assert len(fake.calls) == number


@pytest.mark.parametrize(("name", "changes", "words"), rows("BAD_SETTINGS"))
def test_a_setting_that_cannot_be_right_is_named_and_no_key_is_shown(name, changes, words):
    with pytest.raises(SetupError, match=words or None) as caught:
        caller(name, **changes)

    key = changes.get("api_key", "").strip()
    assert len(key) < 3 or key not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "status", "data"),
    [
        *((name, 500, {}) for name in able("send")),
        ("resend", 409, {"name": "concurrent_idempotent_requests", "message": "Wait"}),
    ],
)
def test_a_mail_that_may_have_been_taken_is_given_to_no_other_provider(
    provider, fake, name, status, data
):
    fake.act = lambda _: (status, data)

    with pytest.raises(TryLater) as caught:
        provider.send(EMAIL, KEY)

    assert caught.value.left
