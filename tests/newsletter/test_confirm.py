"""Confirming: the owner of the address says yes, with one button."""

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.newsletter import services, tasks
from portal.newsletter.models import Consent, Subscriber, SubscriberState
from tests.newsletter import JOIN, NINE, link_in, owner_of, state_of, tables

SEVEN_DAYS = timedelta(days=7)


def test_the_page_says_what_is_agreed_to_and_has_one_button(visit_plain, asked):
    page = visit_plain(asked())

    assert page.heading == "One last step"
    assert "ada@example.org" in page.text
    assert "Stories from Disabled people" in page.text
    assert "Large print" in page.text
    assert services.wording() in page.text
    assert [button.to_text().strip() for button in page.page.query("main button")] == [
        "Yes, sign me up"
    ]


def test_the_button_signs_up_and_the_contact_reaches_the_provider(
    visit_plain, asked, contacts, mailbox
):
    link = asked()
    assert contacts() == {}

    answer = visit_plain.send(link)

    assert answer.status == 200
    assert answer.heading == "You are signed up"
    assert state_of() is SubscriberState.SUBSCRIBED
    contact = contacts()["ada@example.org"]
    assert contact["state"] == "subscribed"
    assert contact["attributes"]["topics"] == ["stories"]
    assert contact["attributes"]["format"] == "large"
    assert visit_plain(contact["attributes"]["preferences_url"]).heading == "Your newsletter"
    assert mailbox()[-1]["Subject"] == "Welcome to our newsletter"


def test_a_second_click_is_harmless(visit_plain, asked, contacts, mailbox):
    link = asked()
    visit_plain.send(link)
    mails, kept = len(mailbox()), tables()

    assert visit_plain(link).heading == "You are signed up"
    assert visit_plain.post(link).heading == "You are signed up"
    assert tables() == kept
    assert len(mailbox()) == mails


def test_the_page_after_confirming_leads_to_the_choices(visit_plain, asked):
    page = visit_plain.send(asked()).page

    (link,) = [a for a in page.query("#confirm a") if "preferences" in a.attrs["href"]]
    assert visit_plain(link.attrs["href"]).heading == "Your newsletter"


def test_consent_is_recorded_in_the_words_that_were_shown(visit_plain, asked, clock):
    link = asked()
    (shown,) = [p for p in visit_plain(link).page.query("p") if "I agree" in p.to_text()]
    clock.shift(timedelta(hours=3))

    visit_plain.send(link)

    (consent,) = db.session.scalars(db.select(Consent))
    assert " ".join(shown.to_text(separator="").split()).startswith(consent.wording)
    assert (consent.purpose, consent.given, consent.channel) == ("newsletter", True, "web")
    assert consent.at == NINE + timedelta(hours=3)


@pytest.mark.parametrize(
    ("after", "status"),
    [(SEVEN_DAYS, 200), (SEVEN_DAYS + timedelta(seconds=1), 410), (timedelta(days=400), 410)],
)
def test_a_link_works_for_exactly_seven_days(visit_plain, asked, clock, after, status):
    link = asked()
    clock.shift(after)

    assert visit_plain(link).status == status
    answer = visit_plain.post(link)

    assert answer.status == status
    assert state_of() is (SubscriberState.SUBSCRIBED if status == 200 else SubscriberState.PENDING)


def test_an_old_link_shows_a_subscriber_nothing_private(visit_plain, asked, clock):
    link = asked()
    visit_plain.post(link)
    clock.shift(timedelta(days=8))

    page = visit_plain(link)

    assert page.heading == "This link no longer works"
    assert not page.has("a[href*=preferences]")


@pytest.mark.parametrize("do_before", [list, tasks.tidy.call_local])
def test_an_old_link_offers_a_new_one_by_one_button(visit_plain, asked, clock, mailbox, do_before):
    old = asked(topics=("ideas",), format_="plain")
    clock.shift(timedelta(days=8))
    do_before()
    page = visit_plain(old)

    assert page.heading == "This link no longer works"
    assert len(page.page.query("main button")) == 1
    assert visit_plain.send(old).heading == "Check your email"

    new = visit_plain(link_in(mailbox()[-1], "confirm"))
    assert new.heading == "One last step"
    assert "Ideas for moving at home" in new.text
    assert "Plain text" in new.text


def test_an_old_links_button_mails_once_a_day(visit_plain, asked, clock, mailbox):
    old = asked()
    clock.shift(timedelta(days=8))
    for _ in range(3):
        assert visit_plain.send(old).heading == "Check your email"

    assert len(mailbox()) == 2


def test_a_link_from_before_leaving_no_longer_signs_up(visit_plain, asked, clock):
    link = asked()
    visit_plain.send(link)
    clock.shift(60)
    services.unsubscribe(Subscriber.with_email("ada@example.org").public_id, "web")
    clock.shift(60)

    assert visit_plain(link).status == 410
    assert visit_plain.post(link).status == 410
    assert state_of() is SubscriberState.UNSUBSCRIBED


def test_who_left_can_come_back_the_same_minute(visit_plain, asked, clock):
    visit_plain.send(asked())
    clock.shift(60)
    services.unsubscribe(Subscriber.with_email("ada@example.org").public_id, "web")
    clock.shift(5)

    assert visit_plain.send(asked()).heading == "You are signed up"


def test_a_link_from_before_an_erasure_no_longer_signs_up(visit_plain, asked):
    link = asked()
    services.erase(Subscriber.with_email("ada@example.org"))

    assert visit_plain(link).status == 410
    assert visit_plain.post(link).status == 410
    assert state_of() is None


def test_a_stranger_cannot_change_what_the_owner_confirms(visit_plain, asked, contacts):
    link = asked(topics=("ideas",), format_="plain")
    visit_plain.send(JOIN, {"email": "ada@example.org", "topics": "stories", "format": "large"})

    visit_plain.send(link)

    assert contacts()["ada@example.org"]["attributes"]["topics"] == ["ideas"]
    assert contacts()["ada@example.org"]["attributes"]["format"] == "plain"


def test_a_day_later_the_same_address_is_mailed_again(asked, clock, mailbox):
    asked()
    clock.shift(timedelta(hours=23, minutes=59))
    asked()
    assert len(mailbox()) == 1

    clock.shift(timedelta(minutes=2))
    asked()

    assert [owner_of(mail) for mail in mailbox()] == ["ada@example.org"] * 2


def test_an_address_in_another_script_is_confirmed(visit_plain, asked, contacts):
    visit_plain.send(asked("адам@пример.рф"))

    assert contacts()["адам@пример.рф"]["state"] == "subscribed"
