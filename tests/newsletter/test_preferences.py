"""Somebody's own page: what they get, what we keep, and the way to be forgotten."""

from datetime import UTC, datetime

import pytest
import time_machine

from portal.extensions import db
from portal.newsletter import links, retention, services
from portal.newsletter.models import HeldSignup, Subscriber, SubscriberState
from portal.providers.errors import TryLater
from tests.newsletter import JOIN, LOST_LINK, anything_kept_about, link_in, tables

NAMES = ["Zoë", "李", "محمد", "Ada 👩🏽‍🦽", "'t Hooft; DROP TABLE", "<b>Ada</b>"]


def page_of(subscriber):
    link = links.preferences_url(subscriber)
    db.session.commit()
    return link


def test_the_page_shows_what_was_chosen(visit_plain, joined):
    page = visit_plain(page_of(joined(topics=("ideas", "stories"), format_="plain")))

    assert "ada@example.org" in page.text
    ticked = {box.attrs["value"] for box in page.page.query("[checked]")}
    assert ticked == {"ideas", "stories", "plain"}


def test_choices_are_saved_and_the_contact_follows(visit_plain, joined, contacts):
    link = page_of(joined())

    answer = visit_plain.send(link, {"name": " Ada L. ", "topics": ["ideas"], "format": "plain"})

    assert answer.status == 200
    assert "Your choices are saved." in answer.text
    assert answer.value("name") == "Ada L."
    attributes = contacts()["ada@example.org"]["attributes"]
    assert attributes["name"] == "Ada L."
    assert attributes["topics"] == ["ideas"]
    assert attributes["format"] == "plain"


def test_no_topic_may_be_chosen(visit_plain, joined, contacts):
    visit_plain.send(page_of(joined()), {"name": "", "format": "large"})

    assert contacts()["ada@example.org"]["attributes"]["topics"] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_as_it_is_typed(visit_plain, joined, contacts, name):
    answer = visit_plain.send(page_of(joined()), {"name": name})

    assert answer.value("name") == name
    assert contacts()["ada@example.org"]["attributes"]["name"] == name


@pytest.mark.parametrize(
    "state", [s for s in SubscriberState if s is not SubscriberState.SUBSCRIBED]
)
def test_the_choices_of_who_gets_no_newsletter_stay_here(visit_plain, add, contacts, state):
    answer = visit_plain.send(page_of(add(state=state)), {"name": "Ada"})

    assert "You do not get the newsletter at the moment." in answer.text
    assert contacts() == {}


def test_the_data_file_holds_everything(visit_plain, joined):
    subscriber = joined()
    link = page_of(subscriber)
    visit_plain.send(link, {"name": "Ada", "topics": "ideas"})
    services.hold("ADA@example.org", ["ideas"], "plain", ["Too quick"])

    answer = visit_plain(f"{link}/data.json")

    data = answer.response.json
    assert answer.headers["Content-Disposition"] == "attachment; filename=my-newsletter-data.json"
    assert data["email"] == "ada@example.org"
    assert (data["name"], data["topics"], data["format"]) == ("Ada", ["ideas"], "large")
    assert data["state"] == "subscribed"
    (consent,) = data["consents"]
    assert consent["given"] is True
    assert consent["wording"] == services.wording()
    assert [sent["what"] for sent in data["sent on your behalf"]] == ["welcome", "upsert", "upsert"]
    assert data["sign-ups that a person will look at"][0]["reasons"] == "Too quick"
    kept = {
        key: value
        for key, value in Subscriber.with_email("ada@example.org").__dict__.items()
        if key not in {"id", "_sa_instance_state", "email_key", "public_id", "consents"}
    }
    shown = str(data)
    for value in kept.values():
        text = value.isoformat() if hasattr(value, "isoformat") else str(value)
        assert text in shown


def test_a_lost_link_leads_to_ones_own_page(visit_plain, joined, mailbox):
    joined()

    answer = visit_plain.send(LOST_LINK, {"email": "ADA@example.org"})

    assert answer.heading == "Check your email"
    assert visit_plain(link_in(mailbox()[-1], "preferences")).heading == "Your newsletter"


def test_a_lost_link_is_mailed_once_a_day(visit_plain, joined, mailbox):
    joined()
    before = len(mailbox())

    answers = [visit_plain.send(LOST_LINK, {"email": "ada@example.org"}).text for _ in range(3)]

    assert len(set(answers)) == 1
    assert len(mailbox()) == before + 1


def test_who_has_not_confirmed_gets_the_confirmation_again(visit_plain, add, mailbox, contacts):
    add(state=SubscriberState.PENDING)

    visit_plain.send(LOST_LINK, {"email": "ada@example.org"})
    visit_plain.send(link_in(mailbox()[0], "confirm"))

    assert contacts()["ada@example.org"]["state"] == "subscribed"


def test_erasing_asks_first_and_a_look_changes_nothing(visit_plain, joined):
    link = page_of(joined())
    before = tables()

    page = visit_plain(f"{link}/erase")

    assert page.heading == "Erase everything about you"
    assert "This cannot be undone." in page.text
    assert tables() == before


def test_erasing_forgets_the_person_here_and_at_the_provider(visit_plain, joined, contacts):
    link = page_of(joined("Ada@example.org"))
    visit_plain.send(link, {"name": "Ada Lovelace"})
    services.hold("ada@EXAMPLE.org", [], "plain", ["Too quick"])
    assert "ada@example.org" in contacts()

    answer = visit_plain.send(f"{link}/erase")

    assert answer.heading == "Your details are erased"
    assert contacts() == {}
    assert not anything_kept_about("ada@example.org")
    assert not anything_kept_about("Lovelace")
    assert tables()["consent"] == []


def test_erasing_leaves_everybody_else(visit_plain, joined, contacts):
    joined("bob@example.org")
    services.hold("bob@example.org", [], "plain", ["Too quick"])
    before = retention.own_data(Subscriber.with_email("bob@example.org"))

    visit_plain.send(f"{page_of(joined())}/erase")

    assert list(contacts()) == ["bob@example.org"]
    assert retention.own_data(Subscriber.with_email("bob@example.org")) == before
    assert HeldSignup.query.count() == 1


def test_erasing_cancels_what_has_not_left(visit_plain, add, contacts, mailbox):
    subscriber = add(state=SubscriberState.PENDING)
    link = page_of(subscriber)
    visit_plain.send(JOIN, {"email": "ada@example.org"})
    visit_plain.send(link, {"name": "Ada"})

    visit_plain.send(f"{link}/erase")

    assert mailbox() == []
    assert contacts() == {}
    assert {row.state for row in tables()["outgoing"] if row.action == "email"} == {"cancelled"}


def test_that_somebody_was_erased_is_known_but_not_who(visit_plain, joined):
    visit_plain.send(f"{page_of(joined())}/erase")

    assert retention.erased("ADA@example.org")
    assert retention.erased("bob@example.org") is None
    (row,) = tables()["erasure"]
    assert len(row.digest) == 64
    assert "ada" not in row.digest


def test_a_provider_that_is_down_is_told_to_erase_later(
    visit_plain, app, joined, contacts, monkeypatch
):
    link = page_of(joined())
    provider = app.extensions["providers"].audience

    def be_down(address):
        raise TryLater("down")

    with time_machine.travel(datetime(2026, 3, 1, 9, tzinfo=UTC)) as clock:
        with monkeypatch.context() as down:
            down.setattr(provider, "erase", be_down)
            assert visit_plain.send(f"{link}/erase").heading == "Your details are erased"
            assert "ada@example.org" in contacts()
        clock.shift(60)
        assert contacts() == {}

    assert not anything_kept_about("ada@example.org")


def test_pressing_erase_twice_is_harmless(visit_plain, joined):
    link = page_of(joined())
    visit_plain.send(f"{link}/erase")
    before = tables()

    assert visit_plain.post(f"{link}/erase").heading == "Your details are erased"
    assert visit_plain(f"{link}/erase", follow_redirects=True).heading == "Your details are erased"
    assert tables() == before


def test_who_was_erased_can_sign_up_again(visit_plain, joined, contacts, mailbox):
    visit_plain.send(f"{page_of(joined())}/erase")

    visit_plain.send(JOIN, {"email": "ada@example.org"})
    visit_plain.send(link_in(mailbox()[-1], "confirm"))

    assert contacts()["ada@example.org"]["state"] == "subscribed"


def test_a_change_that_races_with_leaving_brings_nobody_back(visit_plain, joined, monkeypatch):
    """The route reads the subscriber so that others wait (on PostgreSQL; SQLite always does)."""
    asked_to_change = []
    find = Subscriber.with_public_id

    def note(public_id, *, to_change=False):
        asked_to_change.append(to_change)
        return find(public_id, to_change=to_change)

    link = page_of(joined())
    monkeypatch.setattr(Subscriber, "with_public_id", note)
    visit_plain.post(link, {"name": "Ada"})
    visit_plain.post(f"{link}/erase")

    assert asked_to_change[0] is True
    assert asked_to_change[-1] is True


def test_asking_for_the_link_of_a_stranger_keeps_no_address(visit_plain):
    visit_plain.send("/newsletter/preferences/", {"email": "stranger@example.org"})

    assert not anything_kept_about("stranger@example.org")
