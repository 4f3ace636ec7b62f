"""A story's page: what its readers get, and what machines read in it."""

import json
from datetime import timedelta

import pytest

from portal.extensions import db
from portal.stories import shaping
from portal.stories.states import Level, VersionKind
from tests.stories import ALL_YES, TEXT, an_editor, approved, edited, fresh, readers, withdrawn
from tests.stories.desk import with_file
from tests.stories.media import a_document, a_film
from tests.stories.readers import FEED, LIBRARY, add_version, at, put_up, titles

SENTENCES = "We roll on. It is fun. " * 100 + "\n\n" + "Come and see it. " * 40 + "And go!"


def words_of(page, selector):
    return [" ".join(one.to_text(separator=" ").split()) for one in page.page.query(selector)]


def meta(page, name):
    found = page.page.query(f"meta[property='{name}']") or page.page.query(f"meta[name='{name}']")
    return found[0].attrs["content"] if found else None


def data_of(page):
    (script,) = page.page.query("script[type='application/ld+json']")
    return json.loads(script.to_text(separator="", strip=False))


def test_the_top_says_how_long_and_how_hard_the_story_is_and_when_it_came(visit_plain):
    story = put_up(text=SENTENCES, topics=("water", "wheels"), summary="A short one.")
    story.published_at -= timedelta(days=400)
    db.session.commit()
    page = visit_plain(at(story))

    assert page.heading == "How I found the water"
    assert page.page.query("a.skip")[0].attrs["href"] == "#main"
    assert words_of(page, "header .lead") == ["A short one."]
    facts = ["Reading level Beginner", "Reading time 7 minutes", "Topics In the water On wheels"]
    assert words_of(page, "header .facts div") == facts
    assert page.has(".facts a[href='/stories/topics/water/']")
    assert words_of(page, "details.measured p")[0].startswith("Measured by LIX: ")
    assert str(fresh(story).published_at.year) in words_of(page, ".by")[0]

    shaping.set_level(story, an_editor(), Level.ADVANCED, "It has many names of places.")
    page = visit_plain(at(story))
    assert "Reading level Advanced" in words_of(page, "header .facts div")
    said = "Our team set the level: It has many names of places. Measured by"
    assert words_of(page, "details.measured p")[0].startswith(said)


@pytest.mark.parametrize("language", ["ar", "cy", "ja", "und"])
def test_how_it_was_measured_is_left_out_where_the_measure_was_never_tried(visit_plain, language):
    page = visit_plain(at(put_up(text=SENTENCES, language=language)))

    assert "LIX" not in page.text


def test_the_text_has_headings_quotes_links_that_vouch_for_nothing_and_pictures(visit_plain):
    told = "# Before\n\n> I float.\n\nSee [the pool](https://pool.example/). <b>x</b>"
    page = visit_plain(at(put_up(text=told, pictures=["Ada at the pool", "The pool"])))

    assert words_of(page, ".told h2") == ["Before"]
    assert words_of(page, ".told blockquote") == ["I float."]
    (link,) = page.page.query(".told a")
    assert {"nofollow", "noopener"} <= set(link.attrs["rel"].split())
    assert not page.has(".told b")
    pictures = [one.attrs for one in page.page.query("article .frame img")]
    assert [one["alt"] for one in pictures] == ["Ada at the pool", "The pool"]
    assert [one.get("loading") for one in pictures] == [None, "lazy"]
    assert {(one["width"], one["height"]) for one in pictures} == {("120", "80")}


US = {"@type": "Organization", "name": "Get Yourself Active"}


@pytest.mark.parametrize(
    ("shown", "told_by", "author"),
    [
        ("first", "Told by Ada ,", {"@type": "Person", "name": "Ada"}),
        ("full", "Told by Ada Lovelace ,", {"@type": "Person", "name": "Ada Lovelace"}),
        ("none", "", US),
    ],
)
def test_everybody_gets_the_name_that_was_agreed_to_or_none(visit_plain, shown, told_by, author):
    story = put_up(answers=ALL_YES | {"reply_by": "email", "name_shown": shown})
    page, feed = visit_plain(at(story)), visit_plain(FEED).response.text

    (line,) = words_of(page, ".by")
    assert line.startswith(told_by) if told_by else "Told" not in line
    assert data_of(page)["author"] == author
    assert f"<name>{author['name']}</name>" in feed.partition("<entry")[2]
    for text in (page.response.text, feed):
        assert ("Lovelace" in text) is (shown == "full")
    shaping.set_consents(story, {"name": (False, "")})

    for address in (at(story), FEED):
        assert "Ada" not in visit_plain(address).response.text


def test_each_part_says_its_language_and_its_direction(visit_plain):
    story = put_up("رحلتي إلى الماء", text="أذهب إلى المسبح كل أسبوع.", language="ar")
    page = visit_plain(at(story))

    assert page.has("h1[lang=ar][dir=auto]")
    assert page.has(".told[lang=ar] p[dir=auto]")
    assert page.has("html[lang=en-GB]")


@pytest.mark.parametrize(
    "title", ["رحلتي إلى الماء", "Y llwybr wrth yr afon", "🏊🏾‍♀️", "Straße & Öl"]
)
def test_an_address_in_any_script_leads_to_its_story(visit_plain, title):
    story = put_up(title)
    (link,) = visit_plain(LIBRARY).page.query(".card h3 a")

    assert link.attrs["href"].isascii()
    assert visit_plain(link.attrs["href"]).heading == title
    assert visit_plain(at(story)).status == 200
    assert visit_plain.client.get(at(story).rstrip("/")).status_code == 308


def test_a_story_in_easy_read_or_another_language_has_a_page_of_its_own(visit_plain):
    story = put_up()
    assert visit_plain(at(story, "easy-read")).status == 404
    for title, language in (("One", "en"), ("Two", "en"), ("Tri", "cy")):
        add_version(story, VersionKind.EASY_READ, title, language, text="I use a **wheelchair**.")
    add_version(story, VersionKind.LANGUAGE, "Sut y des i o hyd i'r dŵr", "cy", text="Nofio.")
    page = visit_plain(at(story))
    names = [at(story, name) for name in ("easy-read", "easy-read-2", "easy-read-cy", "cy")]

    links = [one.attrs["href"] for one in page.page.query(".versions a")]
    assert sorted(links) == sorted(names)
    headings = [visit_plain(name).heading for name in names]
    assert headings == ["One", "Two", "Tri", "Sut y des i o hyd i'r dŵr"]
    easy = visit_plain(names[0])
    assert words_of(easy, ".told") == ["I use a wheelchair ."]
    assert easy.has(f"a[href='{at(story)}']")
    assert page.has(f".versions a[href='{names[3]}'][hreflang=cy] [lang=cy]")
    assert visit_plain(names[3]).page.query("h1")[0].attrs["lang"] == "cy"


def test_other_forms_can_be_played_watched_saved_and_read(visit_plain):
    story = put_up()
    readers.add_recording(story, "I roll to the pool.")
    film = with_file(story, "film.mp4", a_film(), transcript="I sign.", seconds=3.0)
    add_version(story, VersionKind.BSL, "Signed by Ada", "bfi", file=film)
    add_version(story, VersionKind.BSL, "Signed", "bfi", link="https://www.films.example/1?a=b")
    paper = with_file(story, "easy.docx", a_document())
    add_version(story, VersionKind.EASY_READ, "On paper", file=paper)
    page = visit_plain(at(story))

    (player,) = page.page.query("audio[controls]")
    assert player.attrs["preload"] == "none"
    assert visit_plain(player.attrs["src"]).status == 200
    assert "I roll to the pool." in page.text
    assert "media-src 'self'" in page.headers["Content-Security-Policy"]
    for address in (player.attrs["src"], f"/stories/files/{paper.key}"):
        assert page.has(f".versions a[download][href='{address}']")
    (link,) = page.page.query(".signed a[href^='https://']")
    assert link.to_text() == "Watch it on films.example"
    assert "noopener" in link.attrs["rel"]

    (track,) = page.page.query(f".signed video[src='/stories/files/{film.key}'] track")
    assert (track.attrs["kind"], track.attrs["srclang"]) == ("captions", "en")
    assert page.text.index("British Sign Language") < page.text.index(TEXT[:20])
    answer = visit_plain(track.attrs["src"])
    assert (answer.status, answer.response.mimetype) == (200, "text/vtt")
    assert "I sign." in answer.response.text
    assert "I sign." in page.text
    withdrawn(story)
    assert visit_plain(track.attrs["src"]).status == 410


def test_what_came_after_the_yes_is_shown_after_the_next_and_what_is_older_says_so(visit_plain):
    story = put_up(pictures=["Ada at the pool"])
    add_version(story, VersionKind.EASY_READ, text="I swim.")
    before = visit_plain(at(story))
    with_file(story, "later.png", b"\x89PNG nothing", alt="Later")
    edited(story, text="I dive now.", summary="Another summary")
    assert visit_plain(at(story)).text == before.text
    assert "has changed since" not in before.text

    shaping.publish(approved(story), an_editor())
    after = visit_plain(at(story))
    assert "I dive now." in after.text
    assert "The text has changed since this was made." in after.text
    assert "has changed since this was made" in visit_plain(at(story, "easy-read")).text
    was, now = data_of(before)["dateModified"], data_of(after)["dateModified"]
    assert data_of(after)["datePublished"] <= was < now


def test_stories_with_most_topics_in_common_come_after_it(visit_plain):
    story = put_up("Mine", topics=("water", "dance", "sport"))
    put_up("Two in common", topics=("water", "dance"))
    put_up("One, older", topics=("sport",))
    none = put_up("None")
    readers.unlist(put_up("Left the library", topics=("water", "dance", "sport")))
    put_up("One, newer", topics=("water",))
    put_up("One, newest", topics=("sport", "wheels"))

    expected = ["Two in common", "One, newest", "One, newer"]
    assert titles(visit_plain(at(story))) == expected
    assert not visit_plain(at(none)).has(".related")


def test_readers_are_led_on(visit_plain):
    page = visit_plain(at(put_up()))

    for address in ("/stories/share/", "/contact/", "/newsletter/", "/stories/"):
        assert page.has(f"main a[href='{address}']")
    assert page.has("main a[data-hx-get='/newsletter/beside']")


def test_machines_read_what_people_read(visit_plain):
    about = {"summary": "It <holds> me.", "topics": ("water",), "pictures": ["A pool"]}
    story = put_up('Water & "wheels" </script>', text=SENTENCES, **about)
    page = visit_plain(at(story))
    data, url = data_of(page), f"http://portal.test{at(story)}"

    assert data | {"image": []} == {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": 'Water & "wheels" </script>',
        "description": "It <holds> me.",
        "url": url,
        "inLanguage": "en",
        "datePublished": fresh(story).published_at.isoformat(),
        "dateModified": data["dateModified"],
        "timeRequired": "PT7M",
        "keywords": ["In the water"],
        "author": {"@type": "Person", "name": "Ada"},
        "publisher": US,
        "image": [],
        "isAccessibleForFree": True,
    }
    assert data["image"][0].startswith("http://portal.test/stories/pictures/")
    assert meta(page, "og:title") == data["headline"]
    assert meta(page, "og:description") == meta(page, "description") == "It <holds> me."
    assert meta(page, "og:url") == url
    assert meta(page, "og:image") == data["image"][0]
    assert meta(page, "og:image:alt") == "A pool"
    assert page.has(f"link[rel=canonical][href='{url}']")
    assert page.has("link[rel=alternate][type='application/atom+xml'][href='/stories/feed.xml']")


def test_a_story_that_left_the_library_answers_but_is_not_searched(visit_plain):
    story = put_up()
    add_version(story, VersionKind.EASY_READ, text="I swim.")
    assert meta(visit_plain(at(story)), "robots") is None
    readers.unlist(story)

    for address in (at(story), at(story, "easy-read")):
        page = visit_plain(address)
        assert (page.status, meta(page, "robots")) == (200, "noindex")
