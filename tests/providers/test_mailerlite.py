"""What is truly MailerLite's: whom a campaign is for, and what its plans allow."""

import pytest

from portal.providers.campaigns import CampaignState
from portal.providers.errors import Denied, Refused

from .deeds import DEEDS, prepare
from .ours import CAMPAIGN, CONTACT, POOR


@pytest.mark.parametrize(
    "whom",
    [
        {"included_groups": [], "all_active_subscribers": True},
        {"included_groups": [{"id": "101"}], "all_active_subscribers": None},
        {"included_groups": [{"id": "101"}, {"id": "7"}], "all_active_subscribers": False},
        {"included_groups": [{"name": "Newsletter"}, 7], "excluded_groups": [{"id": "101"}]},
        {
            "included_groups": [{"id": "101"}],
            "included_segments": [{"id": "3"}],
            "all_active_subscribers": False,
        },
        {},
        None,
    ],
)
def test_nothing_leaves_that_is_for_others_than_one_group(provider, fake, whom):
    prepare(provider, "send_campaign")
    told = fake._told
    fake._told = lambda campaign: told(campaign) | {"basic_filter_for_humans": whom}
    start = len(fake.calls)

    with pytest.raises(Refused, match="addressed to others"):
        provider.send_campaign("201")
    found = provider.read_campaign("201")
    assert found.everybody or found.audiences != ("101",)
    assert [one["method"] for one in fake.calls[start:] if one["method"] != "GET"] == []
    assert fake.delivered == []


def test_a_plan_without_campaigns_is_told_in_words(provider, fake):
    fake.is_paid = False
    prepare(provider, "add_to_audience")

    with pytest.raises(Denied, match="paid plans"):
        DEEDS["create_campaign"](provider)


@pytest.mark.parametrize("mark", [{"stopped_at": "2026-11-30 06:00:00"}, {"is_stopped": True}])
def test_a_draft_that_somebody_stopped_is_none(provider, fake, mark):
    prepare(provider, "send_campaign")
    told = fake._told
    fake._told = lambda campaign: told(campaign) | mark

    assert provider.read_campaign("201").state == CampaignState.STOPPED


def test_who_is_stopped_there_is_named_and_does_not_count(provider):
    for one in (CONTACT, POOR):
        provider.upsert(one)
    provider.unsubscribe(POOR.email)
    audience = provider.create_audience(CAMPAIGN.name)

    assert provider.add_to_audience(audience, [CONTACT, POOR]) == (POOR.email,)
    assert provider.count_audience(audience) == 1
