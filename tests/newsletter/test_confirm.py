"""Confirming: the owner of the address says yes, with one button."""

from datetime import timedelta

import pytest

from portal.newsletter import services, tasks
from portal.newsletter.models import Subscriber, SubscriberState
from tests.newsletter import ADA, JOIN, link_in, owner_of, state_of, tables

WEEK = timedelta(days=7)


def leave():
    services.unsubscribe(Subscriber.with_email(ADA).public_id, "web")


def test_the_page_says_what_is_agreed_to_and_has_one_button(visit_plain, asked):
    page = visit_plain(asked())

    assert page.heading == "One last step"
    for words in (ADA, "Stories from Disabled people", "Large print", services.wording()):
        assert words in page.text
    assert [button.to_text().strip() for button in page.page.query("main button")] == [
        "Yes, sign me up"
    ]


def test_the_button_signs_up_for_a_week_and_the_contact_reaches_the_provider(
    visit_plain, asked, clock, contacts, mailbox
):
    link = asked()
    assert contacts() == {}
    clock.shift(WEEK)

    answer = visit_plain.send(link)

    assert (answer.status, answer.heading) == (200, "You are signed up")
    (choices,) = [a.attrs["href"] for a in answer.page.query("#confirm a[href*=preferences]")]
    assert state_of() is SubscriberState.SUBSCRIBED
    contact = contacts()[ADA]
    attributes = contact["attributes"]
    assert contact["state"] == "subscribed"
    assert (attributes["topics"], attributes["format"]) == (["stories"], "large")
    for url in (choices, attributes["preferences_url"]):
        assert visit_plain(url).heading == "Your newsletter"
    assert mailbox()[-1]["Subject"] == "Welcome to our newsletter"


def test_a_second_click_is_harmless(visit_plain, asked, mailbox):
    link = asked()
    visit_plain.send(link)
    mails, kept = len(mailbox()), tables()

    assert visit_plain(link).heading == "You are signed up"
    assert visit_plain.post(link).heading == "You are signed up"
    assert tables() == kept
    assert len(mailbox()) == mails


def test_an_old_link_shows_a_subscriber_nothing_private(visit_plain, asked, clock):
    link = asked()
    visit_plain.post(link)
    clock.shift(2 * WEEK)
    page = visit_plain(link)

    assert page.heading == "This link no longer works"
    assert not page.has("a[href*=preferences]")


@pytest.mark.parametrize("do_before", [list, tasks.tidy.call_local], ids=["known", "tidied away"])
def test_an_old_link_offers_a_new_one_by_one_button(visit_plain, asked, clock, mailbox, do_before):
    old = asked(topics=("ideas",), format_="plain")
    clock.shift(2 * WEEK)
    do_before()
    page = visit_plain(old)

    assert page.heading == "This link no longer works"
    assert len(page.page.query("main button")) == 1
    assert visit_plain.send(old).heading == "Check your email"
    new = visit_plain(link_in(mailbox()[-1], "confirm"))
    assert new.heading == "One last step"
    assert "Ideas for moving at home" in new.text
    assert "Plain text" in new.text


def test_a_link_from_before_leaving_no_longer_signs_up(visit_plain, asked, clock):
    link = asked()
    visit_plain.send(link)
    clock.shift(60)
    leave()
    clock.shift(60)

    assert visit_plain(link).status == visit_plain.post(link).status == 410
    assert state_of() is SubscriberState.UNSUBSCRIBED


def test_who_left_can_come_back_the_same_minute(visit_plain, asked, clock):
    visit_plain.send(asked())
    clock.shift(60)
    leave()
    clock.shift(5)

    assert visit_plain.send(asked()).heading == "You are signed up"


def test_a_stranger_cannot_change_what_the_owner_confirms(visit_plain, asked, contacts):
    link = asked(topics=("ideas",), format_="plain")
    visit_plain.send(JOIN, {"email": ADA, "topics": "stories", "format": "large"})
    visit_plain.send(link)

    attributes = contacts()[ADA]["attributes"]
    assert (attributes["topics"], attributes["format"]) == (["ideas"], "plain")


def test_a_day_later_the_same_address_is_mailed_again(asked, clock, mailbox):
    asked()
    clock.shift(timedelta(hours=23, minutes=59))
    asked()
    assert len(mailbox()) == 1
    clock.shift(timedelta(minutes=2))
    asked()

    assert [owner_of(mail) for mail in mailbox()] == [ADA] * 2
