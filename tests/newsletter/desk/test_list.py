"""The list: people are found by what is known of them, and counted."""

import pytest

from portal.extensions import db
from portal.newsletter.desk import query
from portal.newsletter.desk.query import SubscribersView
from portal.newsletter.models import Subscriber, SubscriberState
from portal.team.models import Role
from tests.newsletter import ADA, a_subscriber
from tests.newsletter.desk import LIST
from tests.team import sign_in

on_each_database = pytest.mark.usefixtures("each_database")


def found(**asked):
    rows = query.show(SubscribersView.of(asked)).rows
    db.session.commit()
    return [one.email for one in rows]


@pytest.fixture
def three(app):
    a_subscriber("Ada.Byron@bücher.example", name="Ada  Lovelace", topics=["ideas", "stories"])
    a_subscriber("zoe_100%@example.org", SubscriberState.BOUNCED, name="Zoë O\u2019Hara")
    a_subscriber("bo@example.org", SubscriberState.PENDING, format="large")


FINDS = {
    "byron": ["Ada.Byron@bücher.example"],
    "BÜCHER": ["Ada.Byron@bücher.example"],
    "ada@": ["Ada.Byron@bücher.example"],
    "xn--bcher-kva": ["Ada.Byron@bücher.example"],
    "love ada": ["Ada.Byron@bücher.example"],
    "zoe": ["zoe_100%@example.org"],
    "o'hara": ["zoe_100%@example.org"],
    "100%@ex": ["zoe_100%@example.org"],
    "example.org": ["bo@example.org", "zoe_100%@example.org"],
    "ada bo": [],
    "nobody": [],
    "' OR 1=1": [],
    "  ": ["bo@example.org", "zoe_100%@example.org", "Ada.Byron@bücher.example"],
}


@on_each_database
def test_people_are_found_by_any_part_of_their_address_or_name(three):
    assert {words: found(q=words) for words in FINDS} == FINDS


def test_a_name_that_is_changed_is_found_and_the_former_one_is_not(three):
    Subscriber.with_email("bo@example.org").name = "Beatrix"
    db.session.commit()

    assert found(q="beatrix") == ["bo@example.org"]
    Subscriber.with_email("bo@example.org").name = "Bo"
    db.session.commit()
    assert found(q="beatrix") == []


@on_each_database
def test_the_list_is_narrowed_by_state_topic_and_format(three):
    assert found(state="bounced") == ["zoe_100%@example.org"]
    assert found(topic="ideas") == found(topic="stories") == ["Ada.Byron@bücher.example"]
    assert found(topic="idea") == []
    assert found(topic=query.ANY, format="large") == ["bo@example.org"]
    assert len(found(state="explode")) == 3


@on_each_database
def test_people_are_counted_by_state_and_those_who_get_it_by_topic_and_format(three):
    a_subscriber(ADA, topics=["ideas"], format="large")
    a_subscriber("eve@example.org", topics=[], format="large")

    assert query.by_state() == {"subscribed": 3, "bounced": 1, "pending": 1}
    chosen = query.by_choice()
    wanted = ("", "ideas", "stories", query.ANY, "activities")
    assert {key: [numbers[topic] for topic in wanted] for key, numbers in chosen.items()} == {
        "": [3, 2, 1, 1, 0],
        "large": [2, 1, 0, 1, 0],
        "standard": [1, 1, 1, 0, 0],
    }
    db.session.commit()


@on_each_database
def test_every_page_has_the_next_ones_and_nobody_is_on_two(app, monkeypatch):
    monkeypatch.setattr(query, "PAGE", 3)
    for number in range(8):
        a_subscriber(f"p{number}@example.org")
    after, seen = "", []
    while (page := query.show(SubscribersView(q="example", after=after))).next_page:
        seen += [one.email for one in page.rows]
        after = page.next_page
    seen += [one.email for one in page.rows]

    assert seen == [f"p{number}@example.org" for number in reversed(range(8))]
    db.session.commit()


def test_the_page_says_how_many_there_are_and_leads_to_each(visit_plain, three, editor):
    page = visit_plain(LIST)

    shown = [one.to_text() for one in page.page.query("[aria-label^='Where'] a")]
    assert shown[:3] == ["Everybody 3", "Gets it 1", "Not confirmed 1"]
    assert page.has("a[href='/newsletter/list/?state=bounced']")
    assert page.page.query(".row span[dir]")[0].to_text() == "bo@example.org"
    assert "Nobody fits." in visit_plain(f"{LIST}?q=nobody").text


def test_who_only_reads_sees_the_list_and_is_offered_nothing_to_change(app, visit_plain):
    one = a_subscriber()
    sign_in(visit_plain, app, Role.READER)

    assert ADA in visit_plain(LIST).text
    assert "Put somebody on" not in visit_plain(LIST).text
    assert not visit_plain(f"{LIST}{one.id}").has(
        "main form, a[href$='/change'], a[href$='/erase']"
    )
