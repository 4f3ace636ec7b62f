"""One contract for every provider that sends campaigns: each step happens once, and is known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal import providers
from portal.providers.campaigns import (
    AudienceReader,
    CampaignProvider,
    CampaignState,
)
from portal.providers.errors import Busy, Denied, Refused, TryLater, Uncertain

from .deeds import CAMPAIGN_DEEDS, DEEDS, ONCE, prepare
from .ours import CAMPAIGN, CONTACT, ZOE
from .registered import able

CAMPAIGNERS = able("send_campaign")
READERS = able("send_campaign", "who_is_in")
every_one = pytest.mark.parametrize("name", CAMPAIGNERS)
PEOPLE = [
    replace(CONTACT, email=f"{n}@example.org", preferences_url=f"https://example.com/p/{n}")
    for n in range(4)
]
SINCE = datetime(2026, 11, 30, 5, tzinfo=UTC)
MAKERS = {"mailerlite", "mailjet", "resend", "sendgrid"}  # of contacts, whom they do not know yet


@pytest.fixture
def audience(provider):
    """An audience of four people, who are all known there."""
    for one in PEOPLE:
        provider.upsert(one)
    made = provider.create_audience(CAMPAIGN.name)
    assert provider.add_to_audience(made, PEOPLE) == ()
    return made


@pytest.fixture
def draft(provider, audience):
    """A campaign that is filled and could leave."""
    made = provider.create_campaign(CAMPAIGN, audience)
    provider.fill_campaign(made, CAMPAIGN, audience)
    return made


@every_one
def test_it_is_chosen_by_what_its_class_can_do(provider, name):
    assert isinstance(provider, CampaignProvider)
    assert isinstance(provider, AudienceReader) is (name in READERS)
    assert provider.most_added >= 1
    assert provider.fewest <= 2
    assert all(one.endswith(".") for one in provider.cannot)


@every_one
def test_a_campaign_reaches_each_of_its_audience_once_and_nobody_else(
    provider, fake, audience, name
):
    provider.upsert(CONTACT)  # who is on the list, and not in this audience
    provider.unsubscribe(PEOPLE[0].email)
    campaign = provider.create_campaign(CAMPAIGN, audience)
    provider.fill_campaign(campaign, CAMPAIGN, audience)
    before = provider.read_campaign(campaign)
    provider.send_campaign(campaign)
    after = provider.read_campaign(campaign)

    assert (before.state, before.audiences, before.everybody) == (
        CampaignState.DRAFT,
        (audience,),
        False,
    )
    assert before.reason == ""
    assert after.state in {CampaignState.SENDING, CampaignState.SENT}
    assert [who for _, who in fake.delivered] == [one.email for one in PEOPLE[1:]]


@every_one
def test_each_person_gets_their_own_links_and_all_words_as_they_were_typed(
    provider, fake, draft, name
):
    provider.send_campaign(draft)

    for one in PEOPLE:
        subject, *texts = (part.replace("\u200c", "") for part in fake.mail(one.email))
        assert subject == CAMPAIGN.subject
        assert all(words in "".join(texts) for words in ("{{swims}} *|a|* [[b]] {$c}",))
        for part in filter(None, texts):
            assert one.preferences_url in part
            assert one.email in part.split("Leave")[-1] + part.split("Choose")[-1]
            assert ".invalid" not in part


@every_one
def test_who_wants_plain_text_gets_no_html_where_it_can_be_left_out(provider, fake, audience, name):
    plain = replace(CAMPAIGN, is_plain=True)
    campaign = provider.create_campaign(plain, audience)
    provider.fill_campaign(campaign, plain, audience)
    provider.send_campaign(campaign)

    _, html, text = fake.mail(PEOPLE[0].email)
    assert (html == "") is (name in {"mailchimp", "mailjet", "resend"})
    assert PEOPLE[0].preferences_url in (text or html)


@every_one
def test_both_are_found_by_their_names_and_what_is_not_there_is_not(
    provider, draft, audience, name
):
    assert provider.find_audience(CAMPAIGN.name) == audience
    assert provider.find_audience(CAMPAIGN.name[:-1]) is None
    assert provider.find_campaign(CAMPAIGN.name, SINCE) == draft
    assert provider.find_campaign(CAMPAIGN.name[:-1], SINCE) is None


@every_one
def test_they_are_found_behind_many_others_with_the_same_words(provider, fake, audience, name):
    campaign = provider.create_campaign(CAMPAIGN, audience)
    for number in range(120):
        other = replace(CAMPAIGN, name=f"Another {number}")
        made = provider.create_audience(other.name)
        provider.create_campaign(other, made)
        getattr(fake, "next_hour", int)()

    assert provider.find_audience(CAMPAIGN.name) == audience
    assert provider.find_campaign(CAMPAIGN.name, SINCE) == campaign


@every_one
def test_to_add_people_again_changes_nothing_and_those_unknown_are_named(provider, audience, name):
    stranger = replace(CONTACT, email="stranger@example.org")
    again = provider.add_to_audience(audience, PEOPLE[:2])
    missed = provider.add_to_audience(audience, [PEOPLE[3], stranger])

    makes_them = name in MAKERS
    assert again == ()
    assert missed == (() if makes_them else (stranger.email,))
    assert provider.count_audience(audience) == len(PEOPLE) + makes_them


@every_one
def test_who_was_stopped_there_is_not_let_in_again(provider, fake, name):
    for one in PEOPLE:
        provider.upsert(one)
    provider.unsubscribe(PEOPLE[1].email)
    audience = provider.create_audience(CAMPAIGN.name)
    provider.add_to_audience(audience, PEOPLE)
    campaign = provider.create_campaign(CAMPAIGN, audience)
    provider.fill_campaign(campaign, CAMPAIGN, audience)
    provider.send_campaign(campaign)

    assert provider.lookup(PEOPLE[1].email).stopped
    assert PEOPLE[1].email not in [who for _, who in fake.delivered]


@pytest.mark.parametrize("name", READERS)
def test_who_is_in_an_audience_can_be_read(provider, audience, name):
    assert sorted(provider.who_is_in(audience)) == [one.email for one in PEOPLE]


@every_one
def test_what_is_sent_once_more_leaves_no_second_time(provider, fake, draft, name):
    fake.slow = 2
    provider.send_campaign(draft)
    provider.send_campaign(draft)  # under way
    for _ in range(3):
        provider.read_campaign(draft)
    provider.send_campaign(draft)  # over

    assert len(fake.delivered) == len(PEOPLE)
    assert provider.read_campaign(draft).state == CampaignState.SENT


@every_one
def test_what_it_counts_is_told_by_our_names(provider, fake, draft, name):
    provider.send_campaign(draft)
    provider.read_campaign(draft)
    counts = provider.read_campaign(draft).counts

    assert counts.get("sent", counts.get("delivered")) == len(PEOPLE)
    known = {"sent", "delivered", "bounced", "complained", "unsubscribed", "failed"}
    assert {*counts} <= known
    assert all(type(one) is int for one in counts.values())


@every_one
def test_what_is_gone_is_refused_and_to_remove_it_is_a_success(
    provider, fake, draft, audience, name
):
    for _ in range(2):
        provider.delete_campaign(draft)
    for _ in range(2):
        provider.delete_audience(audience)

    assert provider.lookup(PEOPLE[0].email)
    assert provider.find_audience(CAMPAIGN.name) is None
    for deed in (
        lambda: provider.count_audience(audience) or refuse(),  # some count nobody
        lambda: provider.add_to_audience(audience, PEOPLE),
        lambda: provider.fill_campaign(draft, CAMPAIGN, audience),
    ):
        with pytest.raises(Refused):
            deed()
    with pytest.raises((Refused, Uncertain)):
        provider.send_campaign(draft)
    assert fake.delivered == []


def refuse():
    raise Refused("There is nobody.")


@every_one
@pytest.mark.parametrize("deed", sorted(ONCE & {*CAMPAIGN_DEEDS}))
@pytest.mark.parametrize("mode", ["lose", "stall", "down", "error", "unavailable"])
def test_whatever_leaves_doubt_of_what_happens_once_is_uncertain(provider, fake, name, deed, mode):
    prepare(provider, deed)
    start = len(fake.calls)
    fake.trouble(deed, mode)

    with pytest.raises(Uncertain):
        DEEDS[deed](provider)
    made = [one for one in fake.calls[start:] if fake.is_of(deed, one)]
    assert len(made) == 1


STEPS = [
    (name, deed) for name in CAMPAIGNERS for deed in CAMPAIGN_DEEDS if providers.able_to(name, deed)
]


@pytest.mark.parametrize(("name", "deed"), [one for one in STEPS if one[1] not in ONCE])
@pytest.mark.parametrize("mode", ["lose", "down", "error", "html", "redirect"])
def test_all_else_is_tried_later_and_then_done(provider, fake, name, deed, mode):
    prepare(provider, deed)
    fake.behave(mode, times=1)
    with pytest.raises(TryLater):
        DEEDS[deed](provider)

    again = DEEDS[deed](provider)
    assert again == () if deed == "add_to_audience" else True


@pytest.mark.parametrize(("name", "deed"), STEPS)
def test_busy_refused_and_not_let_in_are_told_apart_at_each_step(provider, fake, name, deed):
    prepare(provider, deed)
    for mode, error in (("busy", Busy), ("refuse", Refused), ("forbidden", Denied)):
        fake.behave(mode, times=1, after=60 if mode == "busy" else None)
        if (name, deed, mode) == ("resend", "add_to_audience", "refuse"):
            assert DEEDS[deed](provider) == (ZOE,)  # it was said of one person
            continue
        with pytest.raises(error) as caught:
            DEEDS[deed](provider)

        assert type(caught.value) is error
        assert mode != "busy" or caught.value.after == timedelta(minutes=1)


@every_one
def test_a_refused_send_is_no_refusal_where_it_may_have_left(provider, fake, draft, name):
    fake.trouble("send_campaign", "refuse")
    with pytest.raises(Refused):
        provider.send_campaign(draft)
    fake.lies["state"] = "as nobody knows"
    fake.trouble("send_campaign", "refuse")
    with pytest.raises(Uncertain, match="unknown"):
        provider.send_campaign(draft)
    fake.trouble("send_campaign", "refuse")
    fake.trouble("read_campaign", "ok", times=name == "mailerlite")  # which looks first
    fake.trouble("read_campaign", "lose")
    with pytest.raises(Uncertain):
        provider.send_campaign(draft)

    assert fake.delivered == []
    assert provider.read_campaign(draft).state == CampaignState.UNKNOWN


@every_one
def test_a_first_call_that_arrives_late_is_seen_in_the_state(provider, fake, draft, name):
    fake.trouble("send_campaign", "late")
    with pytest.raises(Uncertain):
        provider.send_campaign(draft)
    before = provider.read_campaign(draft).state
    fake.catch_up()
    after = provider.read_campaign(draft).state
    provider.send_campaign(draft)

    assert before == CampaignState.DRAFT
    assert after in {CampaignState.SENDING, CampaignState.SENT}
    assert len(fake.delivered) == len(PEOPLE)


@every_one
def test_an_audience_that_is_not_ours_shows_in_the_draft(provider, fake, draft, audience, name):
    fake.lies["audience"] = "102"
    other = provider.read_campaign(draft)
    fake.lies["audience"] = ""
    none = provider.read_campaign(draft)

    assert audience not in other.audiences
    assert none.everybody or none.audiences == ()


@every_one
@pytest.mark.parametrize("deed", ["create_audience", "create_campaign"])
def test_what_was_made_and_is_not_named_is_uncertain(provider, fake, name, deed):
    prepare(provider, deed)
    if deed == "create_audience":
        provider.create_audience("Another, before")
    act = fake.act
    fake.act = lambda call: (act(call)[0], {}) if fake.is_of(deed, call) else act(call)
    with pytest.raises(Uncertain):
        DEEDS[deed](provider)


@pytest.mark.parametrize("name", ["brevo"])
def test_a_hundred_calls_an_hour_are_no_more_than_a_rest(make, fake, name):
    provider = make()
    prepare(provider, "read_campaign")
    while fake.left:
        provider.read_campaign("201")
    made = len(fake.calls)
    with pytest.raises(Busy) as caught:
        provider.read_campaign("201")

    assert len(fake.calls) == made  # it is not even tried
    assert timedelta(minutes=59) < caught.value.after <= timedelta(hours=1)
    assert provider.lookup(ZOE)  # contacts are counted apart
