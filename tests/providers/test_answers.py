"""What each answer of a provider means, by its own codes."""

import pytest

from portal.providers.errors import Refused, SetupError, TryLater

from .deeds import DEEDS
from .registered import caller, rows


@pytest.mark.parametrize(("name", "deed", "status", "data", "error", "words"), rows("ANSWERS"))
def test_an_answer_means_what_the_providers_code_says(
    provider, fake, name, deed, status, data, error, words
):
    fake.act = lambda _: (status, data)

    with pytest.raises(error, match=words or None) as caught:
        DEEDS[deed](provider)

    assert type(caught.value) is error
    if deed == "send":  # what may have been taken is given to no other provider
        assert getattr(caught.value, "left", False) is (error is TryLater and status != 400)


@pytest.mark.parametrize(("name", "deed", "status", "data", "result"), rows("TAKEN"))
def test_an_answer_that_is_no_error_is_taken_for_what_it_says(
    provider, fake, name, deed, status, data, result
):
    fake.act = lambda _: (status, data)

    assert DEEDS[deed](provider) == result


@pytest.mark.parametrize(("name", "changes", "words"), rows("BAD_SETTINGS"))
def test_a_setting_that_cannot_be_right_is_named_and_no_key_is_shown(name, changes, words):
    with pytest.raises(SetupError, match=words or None) as caught:
        caller(name, **changes)

    key = changes.get("api_key", "").strip()
    assert len(key) < 3 or key not in str(caught.value)


@pytest.mark.parametrize(("name", "end", "deed"), rows("LACKING"))
def test_what_needs_a_setting_names_it_and_nothing_leaves(make, fake, name, end, deed):
    with pytest.raises(Refused, match=f"{name.upper()}_{end.upper()}"):
        DEEDS[deed](make(**{end: ""}))

    assert fake.calls == []
