"""A story's page: what its readers get, and what machines read in it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from portal.extensions import db
from portal.stories import formats, shaping
from portal.stories.states import Level, VersionKind
from tests.stories import ALL_YES, a_draft, a_story, an_editor, approved, edited, fresh, handed_over
from tests.stories.media import a_document, a_film
from tests.stories.readers import (
    LIBRARY,
    add_file,
    add_recording,
    add_version,
    at,
    put_up,
    titles,
    unlist,
)

SENTENCES = "We roll on. It is fun. " * 100 + "\n\n" + "Come and see it. " * 40 + "And go!"


def words_of(page, selector):
    return [" ".join(one.to_text(separator=" ").split()) for one in page.page.query(selector)]


def meta(page, name):
    found = page.page.query(f"meta[property='{name}']") or page.page.query(f"meta[name='{name}']")
    return found[0].attrs["content"] if found else None


def data_of(page):
    (script,) = page.page.query("script[type='application/ld+json']")
    return json.loads(script.to_text(separator="", strip=False))


def test_the_top_says_how_long_and_how_hard_the_story_is(visit):
    story = put_up(text=SENTENCES, topics=("water", "wheels"), summary="A short one.")
    page = visit(at(story))

    assert page.heading == "How I found the water"
    assert page.page.query("a.skip")[0].attrs["href"] == "#main"
    assert words_of(page, "header .lead") == ["A short one."]
    assert words_of(page, "header .facts div") == [
        "Reading level Beginner",
        "Reading time 7 minutes",
        "Topics In the water On wheels",
    ]
    assert page.has(".facts a[href='/stories/topics/water/']")
    assert words_of(page, ".measured")[0].startswith("Measured by LIX: ")


def test_661_words_take_6_minutes(visit_plain):
    story = put_up(text=" ".join(["water"] * 660) + " end.")

    assert "Reading time 6 minutes" in words_of(visit_plain(at(story)), "header .facts div")


def test_a_level_that_the_team_set_says_so_and_why(visit_plain):
    story = put_up()
    shaping.set_level(story, an_editor(), Level.ADVANCED, "It has many names of places.")
    page = visit_plain(at(story))

    assert "Reading level Advanced" in words_of(page, "header .facts div")
    (words,) = words_of(page, ".measured")
    assert words.startswith("Our team set the level: It has many names of places. Measured by")


def test_the_text_has_headings_quotes_and_links_that_vouch_for_nothing(visit_plain):
    story = put_up(text="# Before\n\n> I float.\n\nSee [the pool](https://pool.example/). <b>x</b>")
    page = visit_plain(at(story))

    assert words_of(page, ".told h2") == ["Before"]
    assert words_of(page, ".told blockquote") == ["I float."]
    (link,) = page.page.query(".told a")
    assert {"nofollow", "noopener"} <= set(link.attrs["rel"].split())
    assert not page.has(".told b")


@pytest.mark.parametrize(
    ("shown", "told_by"),
    [("first", "Told by Ada ,"), ("full", "Told by Ada Lovelace ,"), ("none", "")],
)
def test_only_the_name_is_shown_that_was_agreed_to(visit_plain, shown, told_by):
    story = put_up(answers=ALL_YES | {"reply_by": "email", "name_shown": shown})
    page = visit_plain(at(story))

    (line,) = words_of(page, ".by")
    assert line.startswith(told_by) if told_by else "Told" not in line
    assert ("Lovelace" in page.response.text) is (shown == "full")


def test_a_name_that_is_no_longer_to_be_shown_is_gone_at_once(visit_plain):
    story = put_up()
    assert "Ada" in visit_plain(at(story)).text
    shaping.set_consents(story, {"name": (False, "")})

    assert "Ada" not in visit_plain(at(story)).response.text
    assert "Ada" not in visit_plain("/stories/feed.xml").response.text


def test_pictures_have_words_and_sizes(visit_plain):
    story = put_up(pictures=["Ada at the pool", "The pool"])
    pictures = visit_plain(at(story)).page.query("article .frame img")

    assert [one.attrs["alt"] for one in pictures] == ["Ada at the pool", "The pool"]
    assert [one.attrs.get("loading") for one in pictures] == [None, "lazy"]
    for one in pictures:
        assert (one.attrs["width"], one.attrs["height"]) == ("120", "80")


def test_what_came_after_the_yes_is_not_shown(visit_plain):
    story = put_up(pictures=["Ada at the pool"])
    add_file(story, "later.png", b"\x89PNG nothing", alt="Later")
    edited(story, text="Another text", summary="Another summary")
    page = visit_plain(at(story))

    assert "Another" not in page.response.text
    assert "Later" not in page.response.text


def test_each_part_says_its_language_and_its_direction(visit_plain):
    story = put_up("رحلتي إلى الماء", text="أذهب إلى المسبح كل أسبوع.", language="ar")
    page = visit_plain(at(story))

    for selector in ("h1", ".told"):
        assert page.page.query(selector)[0].attrs["lang"] == "ar"
    assert page.page.query("h1")[0].attrs["dir"] == "auto"
    assert page.page.query(".told p")[0].attrs["dir"] == "auto"
    assert page.page.query("html")[0].attrs["lang"] == "en-GB"


@pytest.mark.parametrize(
    "title", ["رحلتي إلى الماء", "Y llwybr wrth yr afon", "🏊🏾‍♀️", "Straße & Öl"]
)
def test_an_address_in_any_script_leads_to_its_story(visit_plain, title):
    story = put_up(title)
    (link,) = visit_plain(LIBRARY).page.query(".card h3 a")

    assert link.attrs["href"].isascii()
    assert visit_plain(link.attrs["href"]).heading == title
    assert visit_plain(at(story)).status == 200


def test_a_story_in_easy_read_has_a_page_of_its_own(visit):
    story = put_up()
    add_version(story, VersionKind.EASY_READ, "Water, easy", text="I use a **wheelchair**.")
    (link,) = visit(at(story)).page.query(".versions a")
    page = visit(link.attrs["href"])

    assert link.attrs["href"] == at(story, "easy-read")
    assert page.heading == "Water, easy"
    assert words_of(page, ".told") == ["I use a wheelchair ."]
    assert page.has(f"a[href='{at(story)}']")
    assert visit(at(story, "cy")).status == 404


def test_a_story_in_another_language_says_which(visit_plain):
    story = put_up()
    add_version(story, VersionKind.LANGUAGE, "Sut y des i o hyd i'r dŵr", "cy", text="Nofio.")
    page = visit_plain(at(story))

    assert page.has(f".versions a[href='{at(story, 'cy')}'][hreflang=cy] [lang=cy]")
    assert visit_plain(at(story, "cy")).page.query("h1")[0].attrs["lang"] == "cy"


def test_two_versions_of_one_kind_have_two_pages(visit_plain):
    story = put_up()
    for title, language in (("One", "en"), ("Two", "en"), ("Tri", "cy")):
        add_version(story, VersionKind.EASY_READ, title, language, text="I swim.")

    names = [at(story, name) for name in ("easy-read", "easy-read-2", "easy-read-cy")]
    assert [visit_plain(name).heading for name in names] == ["One", "Two", "Tri"]


def test_a_recording_can_be_played_saved_and_read(visit_plain):
    story = put_up()
    add_recording(story, "I roll to the pool.")
    page = visit_plain(at(story))

    (player,) = page.page.query("audio[controls]")
    assert player.attrs["preload"] == "none"
    assert page.has(f"a[download][href='{player.attrs['src']}']")
    assert "I roll to the pool." in page.text
    assert "media-src 'self'" in page.headers["Content-Security-Policy"]
    assert visit_plain(player.attrs["src"]).status == 200


def test_a_film_can_be_watched_here_or_where_the_link_leads(visit_plain):
    story = put_up()
    file = add_file(story, "film.mp4", a_film())
    add_version(story, VersionKind.BSL, "Signed by Ada", "bfi", file=file)
    add_version(story, VersionKind.BSL, "Signed", "bfi", link="https://www.films.example/1?a=b")
    page = visit_plain(at(story))

    assert page.has("video[controls]")
    (link,) = page.page.query(".versions a[href^='https://']")
    assert link.to_text() == "Watch it on films.example"
    assert "noopener" in link.attrs["rel"]


def test_a_document_can_be_saved(visit_plain):
    story = put_up()
    file = add_file(story, "easy.docx", a_document())
    add_version(story, VersionKind.EASY_READ, "On paper", file=file)
    page = visit_plain(at(story))

    assert page.has(".versions a[download]")
    assert not page.has("audio, video")


def test_a_version_of_an_older_text_says_so(visit_plain):
    story = put_up()
    add_version(story, VersionKind.EASY_READ, text="I swim.")
    assert "has changed since" not in visit_plain(at(story)).text
    edited(story, text="I dive now.")
    approved(story)
    shaping.publish(story, an_editor())

    assert "The text has changed since this was made." in visit_plain(at(story)).text
    assert "has changed since this was made" in visit_plain(at(story, "easy-read")).text


def test_a_version_without_a_yes_has_no_page(visit_plain):
    story = put_up()
    version = formats.add_version(
        story, an_editor(), VersionKind.EASY_READ, "Easy", "en", text="I swim."
    )
    assert visit_plain(at(story, "easy-read")).status == 404
    assert not visit_plain(at(story)).has(".versions")
    formats.approve_version(story, version.id, version.digest)
    assert visit_plain(at(story, "easy-read")).status == 200
    formats.remove_version(story, version.id)
    assert visit_plain(at(story, "easy-read")).status == 404


def test_stories_with_most_topics_in_common_come_after_it(visit_plain):
    story = put_up("Mine", topics=("water", "dance", "sport"))
    put_up("Two in common", topics=("water", "dance"))
    put_up("One, older", topics=("sport",))
    put_up("None", topics=("wheels",))
    unlist(put_up("Left the library", topics=("water", "dance", "sport")))
    put_up("One, newer", topics=("water",))
    put_up("One, newest", topics=("sport", "wheels"))

    expected = ["Two in common", "One, newest", "One, newer"]
    assert titles(visit_plain(at(story))) == expected


def test_a_story_without_topics_is_followed_by_none(visit_plain):
    put_up("Another")

    assert not visit_plain(at(put_up("Mine"))).has(".related")


def test_readers_are_led_on(visit):
    page = visit(at(put_up()))

    for address in ("/stories/share/", "/contact/", "/newsletter/", "/stories/"):
        assert page.has(f"main a[href='{address}']")
    assert page.has("main a[data-hx-get='/newsletter/beside']")


def test_machines_read_what_people_read(visit_plain):
    story = put_up(
        'Water & "wheels" </script>',
        summary="It <holds> me.",
        topics=("water",),
        pictures=["A pool"],
        text=SENTENCES,
    )
    page = visit_plain(at(story))
    data, url = data_of(page), f"http://portal.test{at(story)}"

    assert data["@type"] == "Article"
    assert data["headline"] == 'Water & "wheels" </script>'
    assert (data["url"], data["inLanguage"]) == (url, "en")
    assert data["author"] == {"@type": "Person", "name": "Ada"}
    assert data["timeRequired"] == "PT7M"
    assert data["keywords"] == ["In the water"]
    assert data["image"][0].startswith("http://portal.test/stories/pictures/")
    assert data["datePublished"] == fresh(story).published_at.isoformat()
    assert meta(page, "og:title") == data["headline"]
    assert meta(page, "og:description") == meta(page, "description") == "It <holds> me."
    assert meta(page, "og:url") == url
    assert meta(page, "og:image") == data["image"][0]
    assert meta(page, "og:image:alt") == "A pool"
    assert page.has(f"link[rel=canonical][href='{url}']")
    assert page.has("link[rel=alternate][type='application/atom+xml'][href='/stories/feed.xml']")


def test_machines_get_no_name_where_people_get_none(visit_plain):
    story = put_up(answers=ALL_YES | {"reply_by": "email", "name_shown": "none"})

    assert data_of(visit_plain(at(story)))["author"]["@type"] == "Organization"


def test_a_story_that_left_the_library_answers_but_is_not_searched(visit_plain):
    story = put_up()
    add_version(story, VersionKind.EASY_READ, text="I swim.")
    assert meta(visit_plain(at(story)), "robots") is None
    unlist(story)

    for address in (at(story), at(story, "easy-read")):
        page = visit_plain(address)
        assert page.status == 200
        assert meta(page, "robots") == "noindex"


def test_a_story_that_is_not_published_is_not_there(visit_plain):
    for story in (a_draft(), a_story(), handed_over(), approved()):
        story.slug = f"slug-{story.id}"
        db.session.commit()
        assert visit_plain(f"/stories/slug-{story.id}/").status == 404
        assert visit_plain(f"/stories/slug-{story.id}/easy-read/").status == 404


def test_a_later_text_of_a_published_story_shows_that_it_changed(visit_plain):
    story = put_up()
    before = data_of(visit_plain(at(story)))["dateModified"]
    edited(story, text="I dive now.")
    approved(story)
    shaping.publish(story, an_editor())
    after = data_of(visit_plain(at(story)))

    assert after["datePublished"] <= before < after["dateModified"]


def test_the_published_day_is_shown(visit_plain):
    story = put_up()
    story.published_at -= timedelta(days=400)
    db.session.commit()

    assert str(fresh(story).published_at.year) in words_of(visit_plain(at(story)), ".by")[0]


def test_a_page_is_asked_for_anew_each_time_and_answers_a_head(client):
    story = put_up()
    first = client.get(at(story))

    assert first.headers["Cache-Control"] == "no-cache"
    again = {"If-None-Match": first.headers["ETag"]}
    assert client.get(at(story), headers=again).status_code == 304
    head = client.head(at(story))
    assert (head.status_code, head.data) == (200, b"")
    shaping.set_level(story, an_editor(), Level.ADVANCED, "Names")
    assert client.get(at(story), headers=again).status_code == 200


def test_without_the_last_slash_an_address_leads_to_the_story(client):
    story = put_up()

    assert client.get(at(story).rstrip("/")).status_code == 308


def test_tools_that_need_a_script_are_hidden_until_it_runs(visit_plain):
    page = visit_plain(at(put_up()))

    assert page.has("#listen[hidden]")
    assert page.has("#reading[hidden]")
