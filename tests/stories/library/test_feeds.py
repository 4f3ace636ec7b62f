"""The feed and the sitemap: what machines are told of the library."""

from __future__ import annotations

from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.extensions import db
from portal.stories import shaping
from portal.stories.library.feeds import IN_FEED, for_xml
from tests.stories import ALL_YES, an_editor, approved, edited, fresh
from tests.stories.readers import FEED, at, put_up, take_down, unlist

ATOM = "{http://www.w3.org/2005/Atom}"
MAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XML = "{http://www.w3.org/XML/1998/namespace}"


def read(client, address=FEED):
    db.session.commit()
    answer = client.get(address)
    assert answer.status_code == 200
    return ET.fromstring(answer.data)


def entries(client):
    return read(client).findall(f"{ATOM}entry")


def text(node, name):
    return node.findtext(f"{ATOM}{name}")


def test_the_feed_is_what_feed_readers_expect(client):
    story = put_up(
        "Water & <wheels>",
        summary="It holds me.",
        topics=("water",),
        text="# Before\n\nSee [it](https://pool.example/).",
    )
    url = f"http://portal.test{at(story)}"
    feed = read(client)
    (entry,) = feed.findall(f"{ATOM}entry")

    assert client.get(FEED).mimetype == "application/atom+xml"
    assert text(feed, "id") == f"http://portal.test{FEED}"
    assert text(feed, "title").startswith("Stories")
    assert {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")} == {
        "self": f"http://portal.test{FEED}",
        "alternate": "http://portal.test/stories/",
    }
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Get Yourself Active"
    assert text(entry, "id") == entry.find(f"{ATOM}link").get("href") == url
    assert text(entry, "title") == "Water & <wheels>"
    assert text(entry, "summary") == "It holds me."
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Ada"
    assert entry.find(f"{ATOM}category").attrib == {"term": "water", "label": "In the water"}
    content = entry.find(f"{ATOM}content")
    assert content.get("type") == "html"
    assert "<h2" in content.text
    assert 'href="https://pool.example/"' in content.text
    assert entry.get(f"{XML}lang") == "en"
    for moment in (text(feed, "updated"), text(entry, "updated"), text(entry, "published")):
        assert datetime.fromisoformat(moment) == fresh(story).published_at


def test_a_story_without_a_name_is_by_the_programme(client):
    put_up(answers=ALL_YES | {"reply_by": "email", "name_shown": "none"})

    (entry,) = entries(client)
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Get Yourself Active"


def test_a_sample_says_that_it_is_one_in_the_feed_too(client):
    put_up(is_sample=True)

    (entry,) = entries(client)
    assert {one.get("label") for one in entry.findall(f"{ATOM}category")} == {"Sample story"}


def test_an_empty_feed_is_a_feed(client):
    feed = read(client)

    assert not feed.findall(f"{ATOM}entry")
    assert datetime.fromisoformat(text(feed, "updated"))


def test_the_feed_has_the_newest_stories_first(client, monkeypatch):
    monkeypatch.setattr("portal.stories.library.feeds.IN_FEED", 2)
    for number in range(3):
        put_up(f"Story {number}")

    assert [text(entry, "title") for entry in entries(client)] == ["Story 2", "Story 1"]
    assert IN_FEED >= 2


def test_a_new_text_makes_an_entry_newer_and_keeps_its_id(client):
    story = put_up()
    (before,) = entries(client)
    edited(story, text="I dive now.")
    approved(story)
    shaping.publish(story, an_editor())
    (after,) = entries(client)

    assert text(after, "id") == text(before, "id")
    assert text(after, "published") == text(before, "published")
    assert text(after, "updated") > text(before, "updated")


def test_what_left_the_library_or_was_taken_back_leaves_the_feed_and_the_sitemap(client):
    stays, leaves, goes = put_up("Stays"), put_up("Leaves"), put_up("Goes")
    tag = client.get(FEED).headers["ETag"]
    unlist(leaves)
    take_down(goes)
    answer = client.get(FEED, headers={"If-None-Match": tag})

    assert answer.status_code == 200, "who has an old copy gets the new one"
    assert "Last-Modified" not in answer.headers
    assert [text(entry, "title") for entry in entries(client)] == ["Stays"]
    found = [one.text for one in read(client, "/sitemap.xml").iter(f"{MAPS}loc")]
    assert f"http://portal.test{at(stays)}" in found
    assert not {f"http://portal.test{at(one)}" for one in (leaves, goes)} & set(found)


def test_the_sitemap_says_when_a_story_last_changed(client):
    story = put_up("رحلتي إلى الماء")
    last = read(client, "/sitemap.xml").findall(f"{MAPS}url")[-1]

    assert last.findtext(f"{MAPS}loc") == f"http://portal.test{at(story)}" or "%" in last.findtext(
        f"{MAPS}loc"
    )
    assert datetime.fromisoformat(last.findtext(f"{MAPS}lastmod")) == fresh(story).published_at
    assert "http://portal.test/stories/" in {
        one.text for one in read(client, "/sitemap.xml").iter(f"{MAPS}loc")
    }


def test_search_engines_are_kept_from_private_pages_of_stories(client):
    rules = client.get("/robots.txt").text.splitlines()

    assert {"Disallow: /stories/mine/", "Disallow: /stories/share/"} <= set(rules)
    assert "Allow: /stories/share/$" in rules


@pytest.mark.parametrize("mark", ["\x0b", "\x1f", "\ufffe", "\uffff", "\x08"])
def test_signs_that_no_xml_may_hold_are_left_out(client, mark):
    put_up(f"Wa{mark}ter", text=f"It{mark} holds me.")

    (entry,) = entries(client)
    assert text(entry, "title") == "Water"


@settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=st.text(st.characters(codec="utf-8")))
def test_any_words_can_stand_in_xml(words):
    root = ET.Element("x")
    root.text = for_xml(words)

    assert ET.fromstring(ET.tostring(root)).tag == "x"
