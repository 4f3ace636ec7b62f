"""The library: what readers find there, and how they find it."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.demo.samples import read_all
from portal.extensions import db, now
from portal.letters import fold
from portal.stories import formats, shaping
from portal.stories.library import query as library_query
from portal.stories.library import search
from portal.stories.library.query import LibraryView
from portal.stories.models import Story
from portal.stories.states import Level, StoryState, VersionKind
from tests import stories
from tests.page_lint import lint
from tests.stories import an_editor, approved, edited, readers
from tests.stories.readers import FEED, LIBRARY, add_version, at, put_up, titles

on_each_database = pytest.mark.usefixtures("each_database")
PAGE = 3


@pytest.fixture
def short_pages(monkeypatch):
    """A page of the list holds three stories."""
    monkeypatch.setattr(library_query, "PAGE", PAGE)


def shown(**view):
    cards = search.find(LibraryView.of(view)).cards
    found = [card.story.published.title for card in cards]
    db.session.commit()
    return found


def many(number, **changes):
    """That many published stories, a day apart; returns their titles, newest first."""
    for n in range(number):
        put_up(f"Story {n}", **changes).published_at += timedelta(days=n)
    db.session.commit()
    return [f"Story {n}" for n in reversed(range(number))]


def older(page):
    """Where the button for older stories leads."""
    more = page.page.query("nav.pages a.button")
    return more[0].attrs["href"] if more else ""


def test_a_card_says_what_the_story_is_and_how_it_reads_and_names_nobody(visit_plain):
    story = put_up(
        pictures=["Ada floats on her back"],
        topics=("water", "wheels"),
        summary="I roll to the pool each week.",
        answers=stories.ALL_YES | {"reply_by": "email", "name_shown": "full"},
    )
    add_version(story, VersionKind.EASY_READ, text="I swim.")
    page = visit_plain(LIBRARY)

    (card,) = page.page.query(".card")
    words = " ".join(card.to_text(separator=" ").split())
    assert words.startswith("How I found the water I roll to the pool each week.")
    for part in ("level Beginner", "time 1 minute", "In the water, On wheels", "Also as Easy Read"):
        assert part in words
    assert "Lovelace" not in page.text
    (picture,) = card.query("img")
    assert picture.attrs["alt"] == "Ada floats on her back"
    assert {"width", "height", "srcset", "sizes"} <= set(picture.attrs)
    assert visit_plain.client.get(picture.attrs["src"]).mimetype == "image/webp"
    assert page.has(f"a[href='{at(story)}']")

    shaping.set_consents(story, {"photo": (False, "")})
    for address in (LIBRARY, at(story)):
        assert "/stories/pictures/" not in visit_plain(address).response.text


def test_a_sample_says_that_it_is_one(visit_plain):
    sample = put_up(is_sample=True)
    put_up("A real one")

    assert len(visit_plain(LIBRARY).page.query(".mark")) == 1
    assert "Sample story" in visit_plain(at(sample)).text
    assert visit_plain(FEED).response.text.count('label="Sample story"') == 1


NOT_PUBLIC = {  # a state that is added later has to be thought about here
    StoryState.DRAFT: stories.a_draft,
    StoryState.SUBMITTED: stories.a_story,
    StoryState.EDITING: lambda: edited(stories.a_story()).story,
    StoryState.WITH_STORYTELLER: stories.handed_over,
    StoryState.APPROVED: approved,
    StoryState.DECLINED: stories.declined,
}
PUBLIC_ONCE = {StoryState.PUBLISHED, StoryState.WITHDRAWN}  # the second has a module of its own


@pytest.mark.parametrize("state", sorted(set(StoryState) - PUBLIC_ONCE), ids=str)
def test_nothing_is_found_that_is_not_published(visit_plain, state):
    story = NOT_PUBLIC[state]()
    story.slug = "a-secret"
    readers.unlist(put_up("Left the library"))

    assert story.state is state
    for address in (LIBRARY, f"{LIBRARY}?q=the", FEED, "/sitemap.xml"):
        text = visit_plain(address).response.text
        assert not re.search("found the water|a-secret|left.the.library", text, re.IGNORECASE)
    for address in ("/stories/a-secret/", "/stories/a-secret/easy-read/"):
        assert visit_plain(address).status == 404


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


def test_a_format_is_found_and_read_only_with_the_storytellers_yes(visit_plain):
    story = put_up()
    version = formats.add_version(
        story, an_editor(), VersionKind.EASY_READ, "Easy", "en", text="I swim."
    )

    def is_there():
        has_link = visit_plain(at(story)).has(".versions")
        assert visit_plain(at(story, "easy-read")).status == (200 if has_link else 404)
        assert bool(shown(format="easy-read")) is has_link
        return has_link

    assert not is_there()
    formats.approve_version(story, version.id, version.digest)
    assert is_there()
    formats.remove_version(story, version.id)
    assert not is_there()


@on_each_database
def test_search_finds_stories_with_all_the_words_and_parts_of_phrases(app):
    told = (
        "It is 100% fun: step-free, and I don\u2019t mind “rain”.\n\nIt has an under_score. سباحة"
    )
    put_up("Café on wheels", text=told)
    found = ["CAFÉ", "cafe wheels", "wheels cafe", "caf", "100%", "under_score", "سباحة", "  ", "%"]
    found += [
        '"is 100% fun',
        "“step free”",
        "100% step-free",
        "don't mind \u2018rain\u2019",
        "dont",
        "rain it",
    ]

    for typed in found:
        assert shown(q=typed), typed
    for typed in ("cafe boat", "underxscore"):
        assert not shown(q=typed), typed


SLIPS = {
    "doubled": lambda word, at: word[: at + 1] + word[at:],
    "dropped": lambda word, at: word[:at] + word[at + 1 :],
    "swapped": lambda word, at: word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
}


@on_each_database
@given(slip=st.sampled_from([*SLIPS]), number=st.integers(0, 2**16), place=st.floats(0, 0.99))
def test_a_published_word_with_one_slip_finds_its_story(app, slip, number, place):
    samples = {one["title"]: one for one in read_all() if one.key[:2] in {"02", "10", "11"}}
    if not shown():
        for title, sample in samples.items():
            put_up(title, text=sample.text, language=sample.language)
    words = [(word, title) for title in samples for word in fold(samples[title].text).split()]
    word, title = words[number % len(words)]
    typed = SLIPS[slip](word, int(place * len(word)))
    has_it = [other for known, other in words if typed in known]

    assert set(shown(q=typed)) >= set(has_it or [title])


def test_a_near_word_is_named_and_comes_only_where_nothing_else_does(visit_plain):
    put_up("Water", text="The water holds me when I am swimming.")
    put_up("Cricket", text="I am a batter.")
    page = visit_plain(f"{LIBRARY}?q=watter")
    assert titles(page) == ["Water"]
    assert "No story has <q>watter</q>." in page.response.text
    assert "1 story with <q>water</q>" in " ".join(page.response.text.split())
    for typed, expected in {"watter swiming": ["Water"], "bater": ["Cricket"]}.items():
        assert titles(visit_plain(f"{LIBRARY}?q={typed}")) == expected
    for typed in ("watter cricket", "watterr", "wter batter"):
        assert titles(visit_plain(f"{LIBRARY}?q={typed}")) == []


@on_each_database
@pytest.mark.parametrize("name_shown", ["full", "none"])
def test_a_name_is_found_as_long_as_it_is_shown(app, name_shown):
    story = put_up(answers=stories.ALL_YES | {"reply_by": "email", "name_shown": name_shown})
    by_name = ("Ada Lovelace", "lovelacee")
    for typed in by_name:
        assert bool(shown(q=typed)) is (name_shown == "full")
    shaping.set_consents(story, {"name": (False, "")})
    for typed in by_name:
        assert not shown(q=typed)
    assert shown(q="water")


def test_a_list_without_stories_says_what_to_do(visit_plain):
    page = visit_plain(LIBRARY)
    assert "Be the first" in page.text
    assert page.has("a[href='/stories/share/']")
    assert not page.has("form.find")

    put_up()
    page = visit_plain(f"{LIBRARY}?q=volcano&level=advanced")

    assert "No story fits" in page.text
    assert page.value("q") == "volcano"
    assert page.has("option[value=advanced][selected]")
    assert page.has("details[open]")
    assert page.has("a.button[href='/stories/']")


def test_a_topic_has_a_page_of_its_own(visit_plain):
    water = put_up("Water", topics=("water", "once"))
    put_up("Dance", topics=("dance",))
    page = visit_plain("/stories/topics/water/")

    assert page.heading == "Stories: In the water"
    assert titles(page) == ["Water"]
    assert page.has("nav.topics a[aria-current=page][href='/stories/topics/water/']")
    assert visit_plain("/stories/topics/nothing/").status == 404
    # What is no longer offered is still named.
    assert "once" in visit_plain(LIBRARY).text
    assert "once" in visit_plain(at(water)).text
    assert visit_plain(f"{LIBRARY}?topic=once").status == 200


@on_each_database
@pytest.mark.usefixtures("short_pages")
def test_pages_follow_each_other_newest_first_without_gaps_or_repeats(visit_plain):
    expected = many(2 * PAGE + 1)
    for _ in range(2):
        seen, address = [], LIBRARY
        while address:
            page = visit_plain(address)
            seen.append(titles(page))
            address = older(page)
        assert [title for part in seen for title in part] == expected
        assert [len(part) for part in seen] == [PAGE, PAGE, 1]
        db.session.execute(db.update(Story).values(published_at=now()))  # all in one moment
        db.session.commit()


@pytest.mark.usefixtures("short_pages")
def test_older_pages_keep_what_was_chosen_and_what_comes_meanwhile_moves_nothing(visit_plain):
    many(PAGE + 1, topics=("water",))
    address = older(visit_plain(f"{LIBRARY}?q=story&topic=water&level=beginner"))
    newest = put_up("The newest story", topics=("water",))
    newest.published_at += timedelta(days=99)
    db.session.commit()
    page = visit_plain(address)

    assert titles(page) == ["Story 0"]
    assert page.value("q") == "story"
    assert page.has("#topic option[value=water][selected]")
    assert titles(visit_plain(LIBRARY))[0] == "The newest story"


def test_a_place_that_there_is_not_is_the_start_and_any_bytes_are_understood(visit_plain):
    put_up()
    for after in ("", "x", "1", "1.2.3", "-1.5", "9" * 40 + ".1", "1.9e9", "٣.٣"):
        assert titles(visit_plain(f"{LIBRARY}?after={after}")) == ["How I found the water"]

    for sent in ("%ff", "%00", "%ed%a0%80", "%", "a%00b"):  # bytes that are no text
        assert visit_plain(f"{LIBRARY}?q={sent}&after={sent}&topic={sent}").status == 200
        assert visit_plain(f"/stories/{sent}/").status == 404

    past = visit_plain(f"{LIBRARY}?after=1.1")
    assert "There are no older stories." in past.text
    assert past.has("nav.pages a[href='/stories/']")


def test_search_engines_are_led_to_the_library_and_its_topics_only(visit_plain):
    put_up(topics=("water",))

    for address in (LIBRARY, "/stories/topics/water/"):
        assert not visit_plain(address).has("meta[name=robots]")
    for asked in ("q=water", "level=beginner", "after=1.1"):
        assert visit_plain(f"{LIBRARY}?{asked}").has("meta[name=robots]")
    page = visit_plain(f"{LIBRARY}?topic=water&q=&level=&format=")
    assert page.has("link[rel=canonical][href='http://portal.test/stories/topics/water/']")


def test_a_long_list_asks_no_more_reads_no_text_and_loads_pictures_late(visit_plain, statements):
    def asked():
        db.session.commit()
        statements.clear()
        pictures = visit_plain(LIBRARY).page.query(".card img")
        late = [one.attrs.get("loading") == "lazy" for one in pictures]
        assert late == [n > 2 for n in range(len(late))], "all that are below the first row"
        assert not re.search(r"(revision|story|version)\.text", "".join(statements))
        return [one for one in statements if one.lstrip().startswith("SELECT")]

    put_up("One", pictures=["A pool"], topics=("water",), text="A text. " * 20_000)
    few = asked()
    for number in range(3):
        story = put_up(f"Story {number}", pictures=["A pool"], topics=("water", "dance"))
        add_version(story, VersionKind.EASY_READ, text="I swim.")

    assert len(asked()) == len(few) <= 7


@pytest.mark.parametrize("encoding", ["", "br", "gzip"])
def test_what_readers_get_is_asked_for_anew_and_costs_little_if_it_is_the_same(client, encoding):
    story = put_up(topics=("water",))
    readers.add_recording(story)
    accept = {"Accept-Encoding": encoding}
    tags = {}
    for address in (LIBRARY, "/stories/topics/water/", at(story), FEED):
        first = client.get(address, headers=accept)
        tags[address] = {"If-None-Match": first.headers["ETag"]}

        assert first.headers["Cache-Control"] == "no-cache"
        assert first.headers.get("Content-Encoding", "") == encoding
        assert not {"Set-Cookie", "Last-Modified"} & set(first.headers.keys())
        assert client.get(address, headers=accept | tags[address]).status_code == 304
        head = client.head(address, headers=accept)
        assert (head.status_code, head.data) == (200, b"")
        assert client.head(address, headers=accept | tags[address]).status_code == 304
    shaping.set_level(story, an_editor(), Level.ADVANCED, "Names")
    put_up("Another")
    for address in (LIBRARY, at(story), FEED):
        assert client.get(address, headers=accept | tags[address]).status_code == 200


@on_each_database
@given(
    asked=st.dictionaries(
        st.sampled_from(["q", "topic", "level", "format", "after", "x"]),
        st.text(max_size=40) | st.sampled_from(["water", "beginner", "audio", "1764000000000.1"]),
    ),
    typed=st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1),
)
def test_whatever_is_asked_for_the_library_answers(client, asked, typed):
    if not shown():
        put_up()
    answer = client.get(LIBRARY, query_string=asked)
    assert answer.status_code == 200
    lint(answer.text)

    path = quote(typed.replace(".", "%2E"), safe="")
    for address in (f"/stories/{path}/", f"/stories/topics/{path}/", f"/stories/x/{path}/"):
        assert client.get(address).status_code in {200, 404}
