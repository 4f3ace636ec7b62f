"""The library: what readers find there, and how they find it."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from portal.extensions import db
from portal.stories import shaping
from portal.stories.library import query as library_query
from portal.stories.library.query import LibraryView
from portal.stories.models import Story
from portal.stories.states import Level, StoryState, VersionKind
from tests.page_lint import lint
from tests.stories import (
    ALL_YES,
    a_draft,
    a_story,
    an_editor,
    approved,
    handed_over,
    published,
)
from tests.stories.readers import (
    LIBRARY,
    add_recording,
    add_version,
    at,
    put_up,
    take_down,
    titles,
    unlist,
)

on_each_database = pytest.mark.usefixtures("each_database")
PAGE = 3


@pytest.fixture
def short_pages(monkeypatch):
    """A page of the list holds three stories."""
    monkeypatch.setattr(library_query, "PAGE", PAGE)


def shown(**view):
    """The titles that a view shows."""
    found = [
        card.story.published.title
        for card in library_query.list_stories(LibraryView.of(view)).cards
    ]
    db.session.commit()
    return found


def many(number):
    """That many published stories, a day apart; returns their titles, newest first."""
    stories = [put_up(f"Story {n}") for n in range(number)]
    for n, story in enumerate(stories):
        story.published_at += timedelta(days=n)
    names = [story.published.title for story in reversed(stories)]
    db.session.commit()
    return names


def test_a_library_without_stories_invites_the_first(visit):
    page = visit(LIBRARY)

    assert "Be the first" in page.text
    assert page.has("a[href='/stories/share/']")
    assert not page.has("form.find")


def test_a_card_says_what_the_story_is_and_how_it_reads(visit):
    story = put_up(
        pictures=["Ada floats on her back"],
        topics=("water", "wheels"),
        summary="I roll to the pool each week.",
    )
    add_version(story, VersionKind.EASY_READ, text="I swim.")
    page = visit(LIBRARY)

    (card,) = page.page.query(".card")
    words = " ".join(card.to_text(separator=" ").split())
    for part in (
        "How I found the water",
        "I roll to the pool each week.",
        "Reading level Beginner",
        "Reading time 1 minute",
        "Topics In the water, On wheels",
        "Also as Easy Read",
    ):
        assert part in words
    (picture,) = card.query("img")
    assert picture.attrs["alt"] == "Ada floats on her back"
    assert {"width", "height", "srcset", "sizes"} <= set(picture.attrs)
    assert visit.client.get(picture.attrs["src"]).mimetype == "image/webp"
    assert page.has(f"a[href='{at(story)}']")


def test_pictures_below_the_first_row_load_when_they_are_needed(visit_plain):
    for number in range(5):
        put_up(f"Story {number}", pictures=["A pool"])
    pictures = visit_plain(LIBRARY).page.query(".card img")

    assert [picture.attrs.get("loading") for picture in pictures] == [None] * 3 + ["lazy"] * 2


def test_no_picture_is_shown_once_that_is_no_longer_allowed(visit_plain):
    story = put_up(pictures=["A pool"])
    shaping.set_consents(story, {"photo": (False, "")})

    assert "/stories/pictures/" not in visit_plain(LIBRARY).response.text
    assert "/stories/pictures/" not in visit_plain(at(story)).response.text


def test_a_sample_says_that_it_is_one(visit_plain):
    sample = put_up(is_sample=True)
    put_up("A real one")

    assert len(visit_plain(LIBRARY).page.query(".mark")) == 1
    assert "Sample story" in visit_plain(at(sample)).text


def test_nothing_is_found_that_is_not_published(visit_plain):
    a_draft(title="A draft")
    a_story(title="One that was sent")
    handed_over(a_story(title="One in hand"))
    approved(a_story(title="One that is agreed"))
    shaping.decline(a_story(title="One that was declined"), an_editor(), "Sorry.")
    unlist(put_up("One that left the library"))
    take_down(put_up("One that was taken back"))

    for address in (LIBRARY, f"{LIBRARY}?q=one", "/stories/feed.xml", "/sitemap.xml"):
        assert "One" not in visit_plain(address).response.text
        assert "A draft" not in visit_plain(address).response.text


@on_each_database
def test_stories_are_found_by_topic_level_and_format(app):
    water = put_up("Water", topics=("water",))
    put_up("Dance", topics=("dance", "water"))
    hard = put_up("Hard")
    shaping.set_level(hard, an_editor(), Level.ADVANCED, "Many names")
    add_version(water, VersionKind.EASY_READ, text="I swim.")
    add_version(hard, VersionKind.BSL, link="https://bsl.example/film")

    assert shown() == ["Hard", "Dance", "Water"]
    assert shown(topic="water") == ["Dance", "Water"]
    assert shown(topic="dance") == ["Dance"]
    assert shown(level="advanced") == ["Hard"]
    assert shown(format="easy-read") == ["Water"]
    assert shown(format="bsl") == ["Hard"]
    assert shown(topic="water", format="bsl") == []
    assert [*library_query.topics().items()] == [("water", 2), ("dance", 1)]


@on_each_database
def test_a_format_is_found_only_with_the_storytellers_yes(app):
    from portal.stories import formats  # noqa: PLC0415 - named like the test's own word

    story = put_up()
    version = formats.add_version(
        story, an_editor(), VersionKind.EASY_READ, "Easy", "en", text="I swim."
    )
    assert shown(format="easy-read") == []
    formats.approve_version(story, version.id, version.digest)
    assert shown(format="easy-read") == [story.published.title]
    formats.remove_version(story, version.id)
    assert shown(format="easy-read") == []


@on_each_database
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("CAFÉ", True),
        ("cafe wheels", True),
        ("wheels cafe", True),
        ("caf", True),
        ("cafe boat", False),
        ("100%", True),
        ("100_", False),
        ("%", True),
        ("a\\b", True),
        ("under_score", True),
        ("underxscore", False),
        ("سباحة", True),
        ("  ", True),
    ],
)
def test_search_finds_stories_with_all_the_words(app, typed, found):
    put_up("Café on wheels", text="It is 100% fun. It has an under_score and a\\b. سباحة")

    assert bool(shown(q=typed)) is found


def test_search_says_what_to_do_when_nothing_fits(visit):
    put_up()
    page = visit(f"{LIBRARY}?q=volcano&level=advanced")

    assert "No story fits" in page.text
    assert page.value("q") == "volcano"
    assert page.has("option[value=advanced][selected]")
    assert page.has("details[open]")
    assert page.has("a.button[href='/stories/']")


def test_a_topic_has_a_page_of_its_own(visit):
    put_up("Water", topics=("water",))
    put_up("Dance", topics=("dance",))
    page = visit("/stories/topics/water/")

    assert page.heading == "Stories: In the water"
    assert titles(page) == ["Water"]
    assert page.has("nav.topics a[aria-current=page][href='/stories/topics/water/']")
    assert visit("/stories/topics/nothing/").status == 404


def test_a_topic_that_is_no_longer_offered_is_still_named(visit_plain, make_app):
    story = put_up(topics=("water", "once"))

    assert "once" in visit_plain(LIBRARY).text
    assert "once" in visit_plain(at(story)).text
    assert visit_plain(f"{LIBRARY}?topic=once").status == 200


@on_each_database
@pytest.mark.usefixtures("short_pages")
def test_pages_follow_each_other_without_gaps_or_repeats(app, visit_plain):
    expected = many(2 * PAGE + 1)
    seen, address = [], LIBRARY
    while address:
        page = visit_plain(address)
        seen.append(titles(page))
        more = page.page.query("nav.pages a.button")
        address = more[0].attrs["href"] if more else ""

    assert [title for part in seen for title in part] == expected
    assert [len(part) for part in seen] == [PAGE, PAGE, 1]


@on_each_database
@pytest.mark.usefixtures("short_pages")
def test_stories_of_the_same_moment_are_all_shown(app):
    names = many(PAGE + 2)
    moment = db.session.scalar(db.select(Story.published_at).limit(1))
    db.session.execute(db.update(Story).values(published_at=moment))
    db.session.commit()
    first = library_query.list_stories(LibraryView.of({}))
    second = library_query.list_stories(LibraryView.of({"after": first.next_page}))

    both = [card.story.published.title for card in (*first.cards, *second.cards)]
    assert sorted(both) == sorted(names)


@pytest.mark.usefixtures("short_pages")
def test_a_story_that_comes_meanwhile_moves_nothing_on_older_pages(visit_plain):
    many(PAGE + 1)
    older = visit_plain(LIBRARY).page.query("nav.pages a.button")[0].attrs["href"]
    before = titles(visit_plain(older))
    newest = put_up("The newest")
    newest.published_at += timedelta(days=99)
    db.session.commit()

    assert titles(visit_plain(older)) == before
    assert titles(visit_plain(LIBRARY))[0] == "The newest"


@pytest.mark.usefixtures("short_pages")
def test_a_page_keeps_what_was_chosen(visit_plain):
    for number in range(PAGE + 1):
        put_up(f"Story {number}", topics=("water",))
    page = visit_plain(f"{LIBRARY}?q=story&topic=water&level=beginner")
    older = visit_plain(page.page.query("nav.pages a.button")[0].attrs["href"])

    assert len(titles(older)) == 1
    assert older.value("q") == "story"
    assert older.has("#topic option[value=water][selected]")


@pytest.mark.parametrize("after", ["", "x", "1", "1.2.3", "-1.5", "9" * 40 + ".1", "1.9e9", "٣.٣"])
def test_a_place_in_the_list_that_there_is_not_is_its_start(visit_plain, after):
    put_up()

    assert titles(visit_plain(f"{LIBRARY}?after={after}")) == ["How I found the water"]


def test_past_the_last_story_the_list_says_so_and_leads_back(visit_plain):
    put_up()
    page = visit_plain(f"{LIBRARY}?after=1.1")

    assert "There are no older stories." in page.text
    assert page.has("nav.pages a[href='/stories/']")


def test_search_engines_are_led_to_the_library_and_its_topics_only(visit_plain):
    put_up(topics=("water",))

    def robots(address):
        return visit_plain(address).has("meta[name=robots]")

    assert not robots(LIBRARY)
    assert not robots("/stories/topics/water/")
    assert robots(f"{LIBRARY}?q=water")
    assert robots(f"{LIBRARY}?level=beginner")
    assert robots(f"{LIBRARY}?after=1.1")
    page = visit_plain(f"{LIBRARY}?topic=water&q=&level=&format=")
    assert page.has("link[rel=canonical][href='http://portal.test/stories/topics/water/']")


def test_the_list_asks_the_database_as_often_for_many_stories_as_for_one(visit_plain):
    def asked():
        db.session.commit()
        seen = []
        note = lambda *call: seen.append(call[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", note)
        visit_plain(LIBRARY)
        event.remove(db.engine, "before_cursor_execute", note)
        return [query for query in seen if query.lstrip().startswith("SELECT")]

    put_up("One", pictures=["A pool"], topics=("water",))
    few = asked()
    for number in range(5):
        story = put_up(f"Story {number}", pictures=["A pool"], topics=("water", "dance"))
        add_version(story, VersionKind.EASY_READ, text="I swim.")

    assert len(asked()) == len(few) <= 7


def test_no_text_of_a_story_is_read_for_the_list(visit_plain):
    put_up(text="A text. " * 20_000)
    seen = []
    note = lambda *call: seen.append(call[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    visit_plain(LIBRARY)
    event.remove(db.engine, "before_cursor_execute", note)

    assert not [query for query in seen if re.search(r"(revision|story|version)\.text", query)]


@pytest.mark.parametrize("method", ["get", "head"])
def test_the_library_is_asked_for_anew_each_time_and_costs_little_when_nothing_changed(
    client, method
):
    put_up()
    get = getattr(client, method)
    first = get(LIBRARY)
    tag = first.headers["ETag"]

    assert first.headers["Cache-Control"] == "no-cache"
    assert get(LIBRARY, headers={"If-None-Match": tag}).status_code == 304
    put_up("Another")
    assert get(LIBRARY, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_a_compressed_page_is_not_sent_twice_either(client, encoding):
    story = put_up()
    for address in (LIBRARY, at(story), "/stories/feed.xml"):
        accept = {"Accept-Encoding": encoding}
        first = client.get(address, headers=accept)
        again = client.get(address, headers=accept | {"If-None-Match": first.headers["ETag"]})

        assert first.headers["Content-Encoding"] == encoding
        assert again.status_code == 304


def test_reading_sets_no_cookie(client):
    story = put_up(topics=("water",))
    add_recording(story)

    for address in (LIBRARY, "/stories/topics/water/", at(story), "/stories/feed.xml"):
        assert "Set-Cookie" not in client.get(address).headers


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


@on_each_database
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    asked=st.dictionaries(
        st.sampled_from(["q", "topic", "level", "format", "after", "x"]),
        TEXTS | st.sampled_from(["water", "beginner", "audio", "1764000000000000.1", "\0", "%"]),
    )
)
def test_whatever_is_asked_for_the_library_answers(client, asked):
    if not db.session.scalar(db.select(Story.id).limit(1)):
        published()
    db.session.commit()
    answer = client.get(LIBRARY, query_string=asked)

    assert answer.status_code == 200
    lint(answer.text)


@on_each_database
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(typed=st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1))
def test_whatever_address_is_tried_there_is_a_page(client, typed):
    path = quote(typed.replace(".", "%2E"), safe="")
    db.session.commit()
    for address in (f"/stories/{path}/", f"/stories/topics/{path}/", f"/stories/x/{path}/"):
        assert client.get(address).status_code in {200, 404}


@pytest.mark.parametrize("bytes_", ["%ff", "%00", "%ed%a0%80", "%", "a%00b"])
def test_bytes_that_are_no_text_are_understood(client, bytes_):
    published()

    assert client.get(f"{LIBRARY}?q={bytes_}&after={bytes_}&topic={bytes_}").status_code == 200
    assert client.get(f"/stories/{bytes_}/").status_code == 404


def test_state_words_are_the_only_ones_that_lead_to_readers(app):
    """A state that is added later has to be thought about here."""
    assert {str(state) for state in StoryState} == {
        *("draft", "submitted", "editing", "with_storyteller"),
        *("approved", "published", "withdrawn", "declined"),
    }


def test_the_newest_come_first(app):
    names = many(3)

    assert shown() == names
    for newer, older in pairwise(library_query.list_stories(LibraryView.of({})).cards):
        assert newer.story.published_at > older.story.published_at


def test_no_name_is_on_a_card(visit_plain):
    put_up(answers=ALL_YES | {"reply_by": "email", "name_shown": "full"})

    assert "Lovelace" not in visit_plain(LIBRARY).text
