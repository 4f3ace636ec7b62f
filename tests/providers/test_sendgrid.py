"""What is truly SendGrid's: custom fields, jobs, and how its mails are known."""

from dataclasses import replace

import pytest

from portal.providers.errors import Refused, SetupError

from .deeds import DEEDS, audience_of, prepare
from .ours import CONTACT, EMAIL, KEY, ZOE
from .registered import caller
from .sendgrid import raw_form, sign


def test_without_a_text_there_is_only_the_page(provider, fake):
    provider.send(replace(EMAIL, text=""), KEY)

    assert [one["type"] for one in fake.mails[0]["content"]] == ["text/html"]


def test_the_fields_are_asked_for_until_all_are_there_and_one_that_lacks_is_left_out(
    provider, fake
):
    def told():
        provider.upsert(CONTACT)
        return fake.calls[-1]["body"]["contacts"][0]["custom_fields"].keys()

    topics = fake.fields.pop("Topics")
    first = told()
    fake.fields["Topics"] = topics

    assert [first, told(), told()] == [{"w2_T", "w3_T"}, *[{"w1_T", "w2_T", "w3_T"}] * 2]
    asked = [one for one in fake.calls if one["target"] == "/v3/marketing/field_definitions"]
    assert len(asked) == 2


def test_of_many_only_who_left_is_called_back(provider, fake):
    fake.left = [f"{n}@example.org" for n in range(600)]
    provider.upsert_many([replace(CONTACT, email=e) for e in ("599@Example.org", "z@example.org")])

    deleted = [one["target"] for one in fake.calls if one["method"] == "DELETE"]
    places = "/v3/asm/suppressions/global", "/v3/asm/groups/12/suppressions"
    assert deleted == [f"{place}/599%40Example.org" for place in places]
    assert {*fake.contacts} == {"599@example.org", "z@example.org"}
    assert provider.most_at_once <= 30_000


def test_mail_is_known_by_our_secret_and_by_nothing_else(provider):
    assert provider.verify(raw_form())
    assert not provider.verify(raw_form(secret="another-secret-that-is-long"))
    assert not provider.verify(sign(b"[]", "inbound"))
    with pytest.raises(SetupError, match="SENDGRID_WEBHOOK_SECRET"):
        caller("sendgrid", webhook_secret="").verify(raw_form())


def test_a_list_that_changed_a_moment_ago_has_no_count_yet(provider, fake):
    prepare(provider, "count_audience")
    fake.behind = 2

    counts = [provider.count_audience(audience_of(provider)) for _ in range(3)]
    assert counts == [None, None, 2]


@pytest.mark.parametrize(
    "change",
    [
        {"verified": False},
        {"verified": None},
        {"from": {"email": "other@example.com"}},
        {"reply_to": {"email": "hello@example.com"}},
        {"id": "4"},
    ],
)
def test_without_a_sender_that_is_ours_and_verified_nothing_is_made(provider, fake, change):
    prepare(provider, "add_to_audience")
    fake.marketers[1] |= change

    with pytest.raises(Refused, match=r"no verified sender hello@example\.com"):
        DEEDS["create_campaign"](provider)
    assert fake.campaigns == {}


def test_without_a_group_to_leave_nothing_is_made(make, fake):
    provider = make(unsubscribe_group="")
    prepare(provider, "add_to_audience")

    with pytest.raises(Refused, match="SENDGRID_UNSUBSCRIBE_GROUP"):
        DEEDS["create_campaign"](provider)


def test_who_left_by_a_newsletter_gets_the_next_one_after_their_new_yes(provider, fake):
    fake.left_group = [ZOE]
    provider.upsert(CONTACT)
    one, fake.left_group = fake.left_group, [ZOE]
    provider.upsert_many([CONTACT])

    assert one == fake.left_group == []


@pytest.mark.parametrize("groups", [[], [{"id": 12, "name": "Newsletter"}]])
def test_the_group_that_links_to_leave_need_is_made_once_and_shown_until_it_is_set(
    make, fake, groups
):
    fake.groups = groups
    new = make(unsubscribe_group="")
    before = [one.words for one in DEEDS["check"](new)]
    told = [[one.words for one in DEEDS["install_hooks"](it)] for it in (new, new, make())]

    line = "Put this into .env: SENDGRID_UNSUBSCRIBE_GROUP=12"
    assert "See that SENDGRID_UNSUBSCRIBE_GROUP is set" in before[-1]
    assert [line in one for one in told] == [True, True, False]
    assert [one["name"] for one in fake.groups] == ["Newsletter"]


def test_what_our_key_may_not_see_is_no_reason_to_stop(provider, fake):
    act = fake.act
    fake.act = lambda call: (
        (403, fake.complaint(403, "", "access forbidden"))
        if "tracking" in call["path"]
        else act(call)
    )

    assert DEEDS["install_hooks"](provider)
    assert DEEDS["check"](provider)[-1].ok


def test_where_nobody_is_there_whom_newsletters_can_be_from_a_person_is_told(provider, fake):
    fake.marketers[0]["from"] = {"email": "Hello@Example.com"}
    for one in fake.marketers[1:]:
        one["verified"] = False
    before = [one.words for one in DEEDS["check"](provider)]
    fake.marketers.pop(0)
    after = [one.words for one in DEEDS["check"](provider)]

    assert "Newsletters may come from hello@example.com." in before
    assert "See “Marketing”, “Senders”" in str(after)
