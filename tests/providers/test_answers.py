"""What each answer of a provider means, by its own codes."""

import pytest

from portal.providers.errors import Busy, SetupError

from .deeds import DEEDS, first_deed
from .ours import EMAIL, KEY
from .registered import HTTP_NAMES, caller, rows


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
    fake.headers_of = lambda *_: limits
    deed = first_deed(provider)
    deed(provider)
    number = len(fake.calls)

    with pytest.raises(Busy) as caught:
        deed(provider)

    assert 50 < caught.value.after.total_seconds() <= 60
    assert len(fake.calls) == number


@pytest.mark.parametrize(("name", "changes", "words"), rows("BAD_SETTINGS"))
def test_a_setting_that_cannot_be_right_is_named(name, changes, words):
    with pytest.raises(SetupError, match=words or None):
        caller(name, **changes)


@pytest.mark.parametrize("name", ["mailjet", "mandrill"])
def test_after_trouble_inside_their_server_no_other_provider_is_given_the_mail(
    provider, fake, name
):
    fake.behave("error")

    with pytest.raises(Exception, match="500") as caught:
        provider.send(EMAIL, KEY)

    assert caught.value.left
