"""The files on their page: their words, their state, and how they go again."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.stories import texts
from portal.stories.files import store
from portal.stories.files.models import FileState
from portal.stories.states import StoryState
from tests.stories import a_draft, a_story, published
from tests.stories.media import PDF, PROGRAM, a_film, a_picture, a_sound, address, rows, stored

COMING, CHECKING, KEPT, REFUSED = FileState


@pytest.fixture
def story(app):
    return a_draft()


def words_of(row):
    return {"alt": row.alt, "is_decoration": row.is_decoration, "transcript": row.transcript}


def test_what_a_picture_shows_is_kept(visit, add, story):
    add(story, ("lake.png", a_picture()))
    (row,) = rows()

    answer = visit.post(address(story, row.key, "words"), {"alt": " I swim.\r\nSam laughs. "})

    if visit.htmx:
        assert answer.status == 200
        assert "Your words are saved." in answer.text
    assert words_of(rows()[0]) == {
        "alt": "I swim.\nSam laughs.",
        "is_decoration": False,
        "transcript": "",
    }


def test_a_picture_can_be_only_decoration(client, add, story):
    add(story, ("lake.png", a_picture()))
    path = address(story, rows()[0].key, "words")

    client.post(path, data={"alt": "A line", "is_decoration": "yes"})
    assert words_of(rows()[0]) == {"alt": "", "is_decoration": True, "transcript": ""}

    client.post(path, data={"alt": "A line"})
    assert words_of(rows()[0]) == {"alt": "A line", "is_decoration": False, "transcript": ""}


@pytest.mark.parametrize(("name", "content"), [("a.mp3", a_sound()), ("a.mp4", a_film())])
def test_what_is_said_in_a_sound_or_film_is_kept(client, add, story, name, content):
    add(story, (name, content))
    text = "I said hello.\n" * 1000

    client.post(address(story, rows()[0].key, "words"), data={"transcript": text})

    assert rows()[0].transcript == text.strip()


@pytest.mark.parametrize(
    ("name", "content", "field", "longest"),
    [
        ("a.png", a_picture(), "alt", store.ALT_LONGEST),
        ("a.mp3", a_sound(), "transcript", store.TRANSCRIPT_LONGEST),
    ],
)
def test_words_that_are_too_long_come_back_as_they_were_typed(
    visit, add, story, name, content, field, longest
):
    add(story, (name, content), ("other.png", a_picture()))
    (row, _) = rows()
    text = "x" * longest + "yz"

    answer = visit.post(address(story, row.key, "words"), {field: text})

    assert answer.status == 422
    assert f"must have {longest:,} letters or fewer" in answer.text
    assert text in answer.text
    assert answer.has(f"a[href='#{field}-{row.key}']")
    assert words_of(rows()[0])[field] == ""


def test_a_document_or_a_file_that_is_not_ready_has_no_words(client, add, story):
    add(story, ("a.pdf", PDF), ("b.exe", PROGRAM))

    for row in rows():
        answer = client.post(address(story, row.key, "words"), data={"alt": "x"})
        assert answer.status_code in {303, 404}
        assert words_of(row) == {"alt": "", "is_decoration": False, "transcript": ""}


def test_a_file_can_be_removed(app, visit, add, story):
    add(story, ("a.png", a_picture()), ("b.mp3", a_sound()), ("c.exe", PROGRAM))
    assert len(stored(app)) == 2

    for row in rows():
        answer = visit.post(address(story, row.key, "remove"))
        assert answer.status in {200, 404}
        if visit.htmx:
            assert row.name in answer.text
            assert answer.text.endswith("is gone.")

    assert rows() == stored(app) == []


def test_a_file_of_another_story_is_out_of_reach(client, add, story):
    add(story, ("a.png", a_picture()), ("b.mp3", a_sound()))
    other = a_draft()
    for row in rows():
        assert client.post(address(other, row.key, "remove")).status_code == 404
        assert client.post(address(other, row.key, "words"), data={"alt": "x"}).status_code == 404
        for what in ("own", "480.webp", ""):
            assert client.get(address(other, row.key, what).rstrip("/")).status_code == 404
    assert len(rows()) == 2


def test_the_storyteller_gets_their_files_back(client, add, story):
    add(story, ("a.png", a_picture()), ("Zoë.mp3", a_sound()))
    picture, sound = rows()

    shown = client.get(address(story, picture.key, "480.webp"))
    saved = client.get(address(story, sound.key, "own"))

    assert (shown.status_code, shown.mimetype) == (200, "image/webp")
    assert (saved.status_code, saved.mimetype, saved.data) == (200, "audio/mpeg", a_sound())
    assert "attachment" in saved.headers["Content-Disposition"]
    for answer in (shown, saved):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(address(story, picture.key, "own")).status_code == 404
    assert client.get(address(story, picture.key, "481.webp")).status_code == 404
    assert client.get(address(story, sound.key, "480.webp")).status_code == 404


def test_every_state_is_said_in_words(visit, add, story):
    add(story, ("a.png", a_picture()), ("b.mp3", a_sound()), ("c.exe", PROGRAM))
    for name, state, received in (("d.mp4", COMING, 30), ("e.mp4", CHECKING, 100)):
        file = store.add(story.id, name, 100, state)
        file.received = received
    db.session.commit()

    text = visit(address(story, "add")).text

    assert "We have it. It has no words yet." in text
    assert "Only 30% of it has come." in text
    assert "It has come. We are checking it." in text
    assert "We could not take it." in text


def test_one_file_can_be_seen_by_itself_and_no_news_is_no_answer(client, story):
    file = store.add(story.id, "e.mp4", 100, CHECKING)
    db.session.commit()
    path, htmx = address(story, file.key), {"HX-Request": "true"}

    assert client.get(path).status_code == 303
    assert "We are checking it" in client.get(path, headers=htmx).text
    assert client.get(f"{path}?was=checking", headers=htmx).status_code == 204

    file.state = REFUSED
    db.session.commit()
    assert "We could not take it" in client.get(f"{path}?was=checking", headers=htmx).text


def newest_pictures(story):
    db.session.expire_all()
    return [(one["file"], one["alt"]) for one in texts.latest(story).pictures]


def test_after_sending_other_pictures_or_words_make_a_new_text(client, add):
    story = published()
    add(story, ("a.png", a_picture()))
    (row,) = rows()
    assert newest_pictures(story) == [(row.key, "")]
    assert texts.valid_approval(story) is None

    client.post(address(story, row.key, "words"), data={"alt": "I swim."})
    assert newest_pictures(story) == [(row.key, "I swim.")]

    client.post(address(story, row.key, "remove"))
    assert newest_pictures(story) == []
    assert story.state is StoryState.PUBLISHED


def test_a_sound_makes_no_new_text(add):
    story = a_story()
    add(story, ("a.mp3", a_sound()))

    assert texts.number(story) == 1
