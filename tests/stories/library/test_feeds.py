"""The feed and the sitemap: what machines are told of the library."""

from datetime import datetime
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import db
from portal.stories import shaping
from portal.stories.library import feeds
from tests.stories import an_editor, approved, edited, fresh
from tests.stories.readers import FEED, at, put_up, unlist

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
    assert datetime.fromisoformat(text(read(client), "updated")), "an empty feed is one, too"
    told = "# Before\n\nSee [it](https://pool.example/)."
    story = put_up("Water & <wheels>", summary="It holds me.", topics=("water",), text=told)
    url = f"http://portal.test{at(story)}"
    feed = read(client)
    (entry,) = feed.findall(f"{ATOM}entry")

    assert client.get(FEED).mimetype == "application/atom+xml"
    assert text(feed, "id") == f"http://portal.test{FEED}"
    assert text(feed, "title").startswith("Stories")
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {"self": text(feed, "id"), "alternate": "http://portal.test/stories/"}
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Get Yourself Active"
    assert text(entry, "id") == entry.find(f"{ATOM}link").get("href") == url
    assert text(entry, "title") == "Water & <wheels>"
    assert text(entry, "summary") == "It holds me."
    assert entry.find(f"{ATOM}category").attrib == {"term": "water", "label": "In the water"}
    content = entry.find(f"{ATOM}content")
    assert content.get("type") == "html"
    assert "<h2" in content.text
    assert 'href="https://pool.example/"' in content.text
    assert entry.get(f"{XML}lang") == "en"
    for moment in (text(feed, "updated"), text(entry, "updated"), text(entry, "published")):
        assert datetime.fromisoformat(moment) == fresh(story).published_at


def test_the_feed_has_the_newest_stories_first(client, monkeypatch):
    monkeypatch.setattr(feeds, "IN_FEED", 2)
    for number in range(3):
        put_up(f"Story {number}")

    assert [text(entry, "title") for entry in entries(client)] == ["Story 2", "Story 1"]


def test_a_new_text_makes_an_entry_newer_and_keeps_its_id(client):
    story = put_up()
    (before,) = entries(client)
    edited(story, text="I dive now.")
    shaping.publish(approved(story), an_editor())
    (after,) = entries(client)

    assert text(after, "id") == text(before, "id")
    assert text(after, "published") == text(before, "published")
    assert text(after, "updated") > text(before, "updated")


def test_the_sitemap_says_where_stories_are_and_what_leaves_the_library_leaves_both(client):
    stays, leaves = put_up("رحلتي إلى الماء"), put_up("Leaves")
    tag = client.get(FEED).headers["ETag"]
    unlist(leaves)
    again = client.get(FEED, headers={"If-None-Match": tag})

    assert again.status_code == 200, "who has an old copy gets the new one"
    assert [text(entry, "title") for entry in entries(client)] == ["رحلتي إلى الماء"]
    found = {
        unquote(one.findtext(f"{MAPS}loc")): one.findtext(f"{MAPS}lastmod")
        for one in read(client, "/sitemap.xml").iter(f"{MAPS}url")
    }
    assert "http://portal.test/stories/" in found
    changed = datetime.fromisoformat(found[f"http://portal.test{at(stays)}"])
    assert changed == fresh(stays).published_at
    assert f"http://portal.test{at(leaves)}" not in found
    assert "Allow: /stories/share/$" in client.get("/robots.txt").text.splitlines()


def test_signs_that_no_xml_may_hold_are_left_out(client):
    put_up("Wa\x0b\x1f\ufffe\uffff\x08ter", text="It\x0b holds me.")

    assert [text(entry, "title") for entry in entries(client)] == ["Water"]


@given(words=st.text())
def test_any_words_can_stand_in_xml(words):
    root = ET.Element("x")
    root.text = feeds.for_xml(words)

    assert ET.fromstring(ET.tostring(root)).tag == "x"
