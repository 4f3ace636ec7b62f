"""The files on their page: their words, their state, and how they go again."""

import pytest

from portal.extensions import db
from portal.stories import texts
from portal.stories.files import store
from portal.stories.files.models import FileState
from portal.stories.states import StoryState
from tests.stories import published
from tests.stories.media import PDF, PROGRAM, a_film, a_picture, a_sound, address, rows, stored

COMING, CHECKING, KEPT, REFUSED = FileState
LONG = "I said hello.\n" * 1000


def words_of(row):
    return row.alt, row.is_decoration, row.language + row.transcript


@pytest.mark.parametrize(
    ("name", "content", "sent", "kept"),
    [
        ("a.png", a_picture(), {"alt": " I swim.\r\nSam. "}, ("I swim.\nSam.", False, "")),
        ("lake.png", a_picture(), {"alt": "A line", "is_decoration": "yes"}, ("", True, "")),
        ("a.mp3", a_sound(), {"transcript": LONG}, ("", False, LONG.strip())),
        (
            "a.mp4",
            a_film(),
            {"transcript": LONG, "language": "bfi"},
            ("", False, "bfi" + LONG.strip()),
        ),
        ("a.pdf", PDF, {"alt": "x"}, ("", False, "")),
        ("b.exe", PROGRAM, {"alt": "x"}, ("", False, "")),
    ],
    ids=["picture", "decoration", "sound", "film", "document", "not taken"],
)
def test_words_are_kept_where_a_file_can_have_some(visit, add, story, name, content, sent, kept):
    add(story, (name, content))
    path = address(story, rows()[0].key, "words")
    answer = visit.post(path, sent)

    assert words_of(rows()[0]) == kept
    if any(kept):
        assert answer.status == 200
        assert ("Your words are saved." in answer.text) is visit.htmx
        visit.post(path, {"alt": "Other", "transcript": "Other"})
        assert words_of(rows()[0])[1] is False


def test_words_that_are_too_long_come_back_as_they_were_typed(visit, add, story):
    add(story, ("a.mp3", a_sound()), ("other.png", a_picture()))
    (row, _) = rows()
    text = "x" * store.TRANSCRIPT_LONGEST + "yz"
    answer = visit.post(address(story, row.key, "words"), {"transcript": text})

    assert answer.status == 422
    assert "must have 200,000 letters or fewer" in answer.text
    assert text in answer.text
    assert answer.has(f"a[href='#transcript-{row.key}']")
    assert words_of(rows()[0]) == ("", False, "")


def test_a_file_can_be_removed(app, visit, add, story):
    add(story, ("a.png", a_picture()), ("b.mp3", a_sound()), ("c.exe", PROGRAM))
    assert len(stored(app)) == 2

    for row in rows():
        answer = visit.post(address(story, row.key, "remove"))
        assert answer.status in {200, 404}
        if visit.htmx:
            assert row.name in answer.text
            assert answer.text.endswith("is removed.")
    assert rows() == stored(app) == []


def test_every_state_is_said_in_words(visit_plain, add, story):
    add(story, ("a.png", a_picture()), ("b.mp3", a_sound()), ("c.exe", PROGRAM))
    for name, state, received in (("d.mp4", COMING, 30), ("e.mp4", CHECKING, 100)):
        store.add(story.id, name, 100, state).received = received
    db.session.commit()
    text = visit_plain(address(story, "add")).text

    assert "We have it. It has no words yet." in text
    assert "Only 30% of it has arrived." in text
    assert "It has arrived. We are checking it." in text
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


def test_after_sending_pictures_or_words_for_them_make_a_new_text_and_a_sound_does_not(client, add):
    story = published()

    def newest():
        db.session.expire_all()
        return [(one["file"], one["alt"]) for one in texts.latest(story).pictures]

    add(story, ("a.mp3", a_sound()))
    assert texts.number(story) == 1
    add(story, ("a.png", a_picture()))
    row = rows()[1]
    assert newest() == [(row.key, "")]
    assert texts.valid_approval(story) is None

    for _ in range(2):  # the same words again make no new text
        client.post(address(story, row.key, "words"), data={"alt": "I swim."})
        assert newest() == [(row.key, "I swim.")]
        assert texts.number(story) == 3

    client.post(address(story, row.key, "remove"))
    assert newest() == []
    assert story.state is StoryState.PUBLISHED
