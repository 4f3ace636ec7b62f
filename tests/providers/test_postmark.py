"""What is truly Postmark's: the account's token, with which data is removed."""

import pytest

from portal.providers.errors import Refused

from .ours import ZOE


def test_data_is_removed_with_the_token_of_the_account(provider, fake):
    provider.erase(ZOE)

    assert fake.calls[0]["headers"]["x-postmark-account-token"] == "made-up-account-token"


def test_without_the_token_of_the_account_it_is_named_and_nothing_leaves(make, fake):
    with pytest.raises(Refused, match="POSTMARK_API_SECRET"):
        make(api_secret="").erase(ZOE)

    assert fake.calls == []
