"""What looks like a machine is kept for a person to look at, and is not told so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from limits.errors import StorageError

from portal import floods
from portal.newsletter.models import HeldSignup, Subscriber
from tests.newsletter import EMBED, JOIN, LOST_LINK, nothing_is_kept, settings, tables

LIMITED = {"RATELIMIT_ENABLED": "1"}


def held():
    return [(row.email, row.reasons) for row in HeldSignup.query]


def subscribers():
    return [row.email for row in tables()["subscriber"]]


def from_(address):
    return {"environ_overrides": {"REMOTE_ADDR": address}}


@pytest.mark.parametrize("path", [JOIN, EMBED])
def test_who_fills_in_the_hidden_field_is_held_and_mailed_nothing(visit, mailbox, path):
    answer = visit.send(
        path,
        {"email": "eve@example.org", "topics": "ideas", "format": "plain", "extra_note": "Hi"},
    )

    assert answer.heading == "Check your email"
    assert held() == [("eve@example.org", "A field that people do not see was filled in")]
    assert mailbox() == []
    assert subscribers() == []


def test_what_was_chosen_is_held_too(visit):
    chosen = {"topics": ["ideas"], "format": "plain"}
    visit.send(JOIN, {"email": "eve@example.org", "extra_note": "Hi"} | chosen)

    (row,) = HeldSignup.query
    assert (row.topics, row.format) == (["ideas"], "plain")


def test_no_person_sees_or_hears_the_hidden_field(visit):
    (trap,) = visit(JOIN).page.query("[name=extra_note]")

    assert "hidden" in trap.parent.attrs
    assert trap.attrs["tabindex"] == "-1"
    assert trap.attrs["autocomplete"] == "off"


@settings(FORM_MIN_SECONDS="2")
@pytest.mark.parametrize(("seconds", "is_held"), [(0, True), (1, True), (2, False), (3600, False)])
def test_who_is_quicker_than_a_person_is_held(visit, mailbox, seconds, is_held):
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        page = visit(JOIN)
        clock.shift(seconds)
        hidden = {name: page.value(name) for name in ("stamp", "csrf_token")}
        answer = visit.post(JOIN, hidden | {"email": "ada@example.org"})

        assert answer.heading == "Check your email"
        assert bool(held()) is is_held
        assert bool(mailbox()) is not is_held


@settings(**LIMITED)
def test_the_sixth_in_an_hour_for_one_address_is_held(visit):
    for letter in ("a", "A", "a", "A", "a", "A"):
        answer = visit.send(JOIN, {"email": f"{letter}da@example.org"})
        assert answer.heading == "Check your email"

    assert held() == [("Ada@example.org", "Many came for one address in an hour")]


@settings(**LIMITED)
def test_many_from_one_network_are_held_and_other_networks_are_not(visit, monkeypatch):
    monkeypatch.setattr(floods, "MANY_FROM_ONE_PLACE", "2/hour")
    for number in range(3):
        visit.send(JOIN, {"email": f"{number}@example.org"}, **from_("192.0.2.1"))
    visit.send(JOIN, {"email": "other@example.org"}, **from_("192.0.2.2"))

    assert held() == [("2@example.org", "Many came from one place in an hour")]
    assert subscribers() == ["0@example.org", "1@example.org", "other@example.org"]


@settings(**LIMITED)
def test_a_household_with_ipv6_is_one_network(visit, monkeypatch):
    monkeypatch.setattr(floods, "MANY_FROM_ONE_PLACE", "1/hour")
    for address in ("2001:db8:1:1::1", "2001:db8:1:1:ffff::9", "2001:db8:1:2::1"):
        visit.send(JOIN, {"email": f"x{address[-1]}@{address[-4]}.example.org"}, **from_(address))

    assert len(held()) == 1


@settings(**LIMITED)
@pytest.mark.parametrize("path", [JOIN, EMBED, LOST_LINK])
def test_a_flood_is_turned_away_with_the_answers_kept(visit, monkeypatch, mailbox, path):
    monkeypatch.setattr(floods, "FLOOD", "1/hour")
    visit.post(path, {"email": "wrong"})

    answer = visit.send(
        path, {"email": "ada@example.org", "topics": ["ideas", "stories"], "format": "large"}
    )

    assert answer.status == 429
    assert "Send them again in an hour." in answer.text
    assert answer.value("email") == "ada@example.org"
    if path != LOST_LINK:
        assert answer.has("[value=ideas][checked]")
        assert answer.has("[value=stories][checked]")
        assert answer.has("[value=large][checked]")
    assert nothing_is_kept()
    assert mailbox() == []


@settings(**LIMITED)
def test_after_the_hour_everybody_is_let_in_again(visit, monkeypatch):
    monkeypatch.setattr(floods, "FLOOD", "1/hour")
    with time_machine.travel(datetime(2026, 3, 1, 9, tzinfo=UTC), tick=False) as clock:
        visit.post(JOIN, {"email": "wrong"})
        assert visit.send(JOIN, {"email": "ada@example.org"}).status == 429

        clock.shift(timedelta(hours=1, seconds=1))
        assert visit.send(JOIN, {"email": "ada@example.org"}).status == 200

    assert Subscriber.with_email("ada@example.org")


@settings(**LIMITED)
def test_when_nothing_can_be_counted_nobody_is_turned_away(visit, monkeypatch, mailbox):
    monkeypatch.setattr("portal.web.limiter._limiter", Broken())

    visit.send(JOIN, {"email": "ada@example.org"})

    assert len(mailbox()) == 1


class Broken:
    """A store of counts that is down."""

    def hit(self, *_):
        raise StorageError(OSError("no answer"))
