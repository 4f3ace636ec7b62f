"""The person beside notices what they must: a site that is slow, or is not there."""

import pytest

from tests.abuse.visitor import Beside


def test_site_that_is_slow_or_gone_is_noticed(site):
    with pytest.raises(AssertionError, match="waited"), Beside(site) as beside:
        beside.in_time = 0
    with pytest.raises(AssertionError, match=r"the person beside: .*Connection"), Beside(site):
        site.stop("web")
