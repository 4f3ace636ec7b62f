"""Somebody's own page: what they get, what we keep, and the way to be forgotten."""

import pytest

from portal import people
from portal.newsletter import links, retention, services
from portal.newsletter.models import HeldSignup, SubscriberState
from portal.people import Person
from tests.newsletter import ADA, JOIN, LOST_LINK, anything_kept_about, link_in, tables

page_of = links.preferences_url


def held_about(address):
    found = people.gather(Person.of([address], asks=True), 9)
    return [one.tell() for kind in found for one in kind.newest]


def test_the_page_shows_what_was_chosen(visit_plain, joined):
    page = visit_plain(page_of(joined(topics=("ideas", "stories"), format_="plain")))

    assert ADA in page.text
    ticked = {box.attrs["value"] for box in page.page.query("main [checked]")}
    assert ticked == {"ideas", "stories", "plain"}


@pytest.mark.parametrize("topics", [["ideas"], []])
def test_choices_are_saved_and_the_contact_follows(visit_plain, joined, contacts, topics):
    chosen = {"name": " Ada L. ", "topics": topics, "format": "plain"}
    answer = visit_plain.send(page_of(joined()), chosen)

    assert answer.status == 200
    assert "Your choices are saved." in answer.text
    assert answer.value("name") == "Ada L."
    attributes = contacts()[ADA]["attributes"]
    kept = [attributes[name] for name in ("name", "topics", "format")]
    assert kept == ["Ada L.", topics, "plain"]


@pytest.mark.parametrize(
    "state", [s for s in SubscriberState if s is not SubscriberState.SUBSCRIBED]
)
def test_the_choices_of_who_gets_no_newsletter_stay_here(visit_plain, add, contacts, state):
    answer = visit_plain.send(page_of(add(state=state)), {"name": "Ada"})

    assert "You do not get the newsletter at the moment." in answer.text
    assert contacts() == {}


def test_a_lost_link_is_mailed_once_a_day_and_leads_to_ones_own_page(visit_plain, joined, mailbox):
    joined()
    before = len(mailbox())
    answers = [visit_plain.send(LOST_LINK, {"email": "ADA@example.org"}) for _ in range(3)]

    assert {answer.heading for answer in answers} == {"Check your email"}
    assert len(mailbox()) == before + 1
    assert visit_plain(link_in(mailbox()[-1], "preferences")).heading == "Your newsletter"


def test_who_has_not_confirmed_gets_the_confirmation_again(visit_plain, add, mailbox, contacts):
    add(state=SubscriberState.PENDING)
    visit_plain.send(LOST_LINK, {"email": ADA})
    visit_plain.send(link_in(mailbox()[0], "confirm"))

    assert contacts()[ADA]["state"] == "subscribed"


# To be forgotten


def test_erasing_asks_first(visit_plain, joined):
    page = visit_plain(f"{page_of(joined())}/erase")

    assert page.heading == "Erase your newsletter details"
    assert "This cannot be undone." in page.text


def test_all_that_we_keep_is_mailed_a_link_to_and_not_shown_to_who_has_a_newsletter(
    visit_plain, joined, mailbox
):
    page = page_of(joined())
    answer = visit_plain.send(page, button="Send me the link")

    assert answer.heading == "Check your email"
    assert mailbox()[-1]["To"] == ADA
    assert "/your-details/" in mailbox()[-1].get_body(("plain",)).get_content()


def test_erasing_forgets_the_person_here_and_at_the_provider_and_stops_what_has_not_left(
    visit_plain, joined, contacts, mailbox
):
    link = page_of(joined("Ada@example.org"))
    services.hold("ada@EXAMPLE.org", [], "plain", ["Too quick"])
    assert ADA in contacts()
    mails = len(mailbox())
    visit_plain.send(LOST_LINK, {"email": ADA})
    visit_plain.send(link, {"name": "Ada Lovelace"})

    answer = visit_plain.send(f"{link}/erase")

    assert answer.heading == "Your newsletter details are erased"
    assert contacts() == {}
    assert len(mailbox()) == mails
    assert [row.state for row in tables()["outgoing"]][-3:] == [*["cancelled"] * 2, "accepted"]
    assert not anything_kept_about(ADA)
    assert not anything_kept_about("Lovelace")
    assert tables()["consent"] == []


def test_erasing_leaves_everybody_else(visit_plain, joined, contacts):
    joined("bob@example.org")
    services.hold("bob@example.org", [], "plain", ["Too quick"])
    before = held_about("bob@example.org")
    visit_plain.send(f"{page_of(joined())}/erase")

    assert list(contacts()) == ["bob@example.org"]
    assert held_about("bob@example.org") == before
    assert HeldSignup.query.count() == 1


def test_that_somebody_was_erased_is_known_but_not_who(visit_plain, joined):
    visit_plain.send(f"{page_of(joined())}/erase")

    assert retention.erased("ADA@example.org")
    assert retention.erased("bob@example.org") is None
    (row,) = tables()["erasure"]
    assert len(row.digest) == 64
    assert "ada" not in row.digest


def test_who_was_erased_can_sign_up_again(visit_plain, joined, contacts, mailbox):
    visit_plain.send(f"{page_of(joined())}/erase")
    visit_plain.send(JOIN, {"email": ADA})
    visit_plain.send(link_in(mailbox()[-1], "confirm"))

    assert contacts()[ADA]["state"] == "subscribed"
