"""The person beside is served, and notices what they must: a site that is slow, or is not there."""

import pytest

from tests.abuse.visitor import Beside, Visitor, networks


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_person_is_served_while_others_come(make_site, database, request):
    on = request.getfixturevalue("postgres_url") if database == "postgres" else ""
    site = make_site(DATABASE_URL=on)
    with Beside(site) as beside:
        for number, network in enumerate(networks(8)):
            visitor = Visitor(site, network)
            told = visitor.fill_in("/newsletter/", {"email": f"p{number}@example.org"})
            assert told.status_code == 303

    assert beside.journeys
    assert beside.slowest[0]


def test_site_that_is_slow_or_gone_is_noticed(site):
    with pytest.raises(AssertionError, match="waited"), Beside(site) as beside:
        beside.in_time = 0
    with pytest.raises(AssertionError, match=r"the person beside: .*Connection"), Beside(site):
        site.stop("web")
