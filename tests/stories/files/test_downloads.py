"""What readers and storytellers get of files: as downloads, and only what stands."""

from __future__ import annotations

import logging

import pytest

from portal import storage
from portal.extensions import db
from portal.stories import formats, shaping, texts, withdrawal
from portal.stories.states import VersionKind
from tests.stories import a_story, an_editor, published
from tests.stories.media import PDF, a_document, a_film, a_picture, a_sound, address, rows

PRIVATE, PUBLIC = "no-store", "no-cache"


@pytest.fixture
def shown(app, add):
    """A published story with a picture, and the picture's address."""
    story = a_story()
    add(story, ("lake.png", a_picture(size=(600, 400))))
    (row,) = rows()
    _publish(story)
    return story, f"/stories/pictures/{row.key}/480.webp"


def _publish(story):
    newest = texts.latest(story)
    shaping.approve(story, newest.id, newest.digest)
    shaping.publish(story, an_editor())
    db.session.commit()


def test_a_published_picture_is_sent_and_asked_for_each_time(client, shown):
    answer = client.get(shown[1])

    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert answer.data[:4] == b"RIFF"
    assert answer.headers["Cache-Control"] == PUBLIC
    again = client.get(shown[1], headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(shown[1].replace("480", "1600")).status_code == 200
    assert client.get(shown[1].replace("480", "481")).status_code == 404


@pytest.mark.parametrize("keep_files", [True, False])
def test_once_a_story_is_taken_back_its_pictures_are_gone_for_every_cache(
    client, shown, keep_files
):
    story, path = shown
    etag = client.get(path).headers["ETag"]
    withdrawal.withdraw(story, keep_files=keep_files)
    db.session.commit()

    answer = client.get(path, headers={"If-None-Match": etag})

    assert answer.status_code == (410 if keep_files else 404)


def test_without_the_consent_a_picture_is_not_shown(client, shown):
    story, path = shown
    shaping.set_consents(story, {"photo": (False, "")})
    db.session.commit()
    assert client.get(path).status_code == 404

    shaping.set_consents(story, {"photo": (True, "")})
    db.session.commit()
    assert client.get(path).status_code == 200


def test_a_picture_is_not_shown_before_it_is_published(client, add):
    story = a_story()
    add(story, ("lake.png", a_picture()))

    assert client.get(f"/stories/pictures/{rows()[0].key}/480.webp").status_code == 404


def test_a_picture_that_was_added_after_the_yes_is_not_shown(client, shown, add):
    story, path = shown
    add(story, ("new.png", a_picture(colour=(1, 2, 3))))
    new = rows()[-1]

    assert client.get(f"/stories/pictures/{new.key}/480.webp").status_code == 404
    assert client.get(path).status_code == 200


def test_a_picture_that_was_removed_is_gone_at_once(client, shown):
    story, path = shown
    client.post(address(story, rows()[0].key, "remove"))

    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["pictures/nothing/480.webp", "files/nothing", "files/%00"])
def test_an_address_that_stands_for_nothing_is_not_found(client, path):
    assert client.get(f"/stories/{path}").status_code == 404


@pytest.fixture
def version(app, add):
    """A published story with a sound version, which waits for its yes."""
    story = published()
    add(story, ("Zoë reads.mp3", a_sound()))
    file = db.session.merge(rows()[0])
    made = formats.add_version(
        story, an_editor(), VersionKind.AUDIO, "To listen to", "en", file=file
    )
    db.session.commit()
    return story, made.id, f"/stories/files/{file.key}"


def test_a_version_is_a_download_once_it_has_its_yes(client, version):
    story, version_id, path = version
    assert client.get(path).status_code == 404
    seen = db.session.get(formats.Version, version_id).digest
    formats.approve_version(story, version_id, seen)
    db.session.commit()

    answer = client.get(path)

    assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/mpeg", a_sound())
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == PUBLIC
    etag = answer.headers["ETag"]
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304

    formats.remove_version(story, version_id, an_editor())
    db.session.commit()
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 404


def test_a_version_of_a_story_that_was_taken_back_is_gone(client, version):
    story, version_id, path = version
    seen = db.session.get(formats.Version, version_id).digest
    formats.approve_version(story, version_id, seen)
    withdrawal.withdraw(story, keep_files=True)
    db.session.commit()

    assert client.get(path).status_code == 410


FILES = [
    ("letter.pdf", PDF + a_document("page.html"), "application/pdf"),
    ("words.txt", b"<script>alert(1)</script>", "text/plain"),
    ("sign.mp4", a_film(), "video/mp4"),
]


@pytest.mark.parametrize(("name", "content", "mimetype"), FILES)
def test_whatever_is_in_a_file_it_is_only_ever_saved(client, add, name, content, mimetype):
    story = a_story()
    add(story, (name, content))

    answer = client.get(address(story, rows()[0].key, "own"))

    assert (answer.mimetype, answer.data) == (mimetype, content)
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == PRIVATE


@pytest.fixture
def film(client, add):
    """The address of the storyteller's own film."""
    story = a_story()
    add(story, ("sign.mp4", a_film()))
    return address(story, rows()[0].key, "own")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=200000-200099", 200_000, 200_100),
        ("bytes=300000-", 300_000, None),
        ("bytes=-50", -50, None),
    ],
)
def test_a_player_gets_the_part_that_it_asks_for(client, film, asked, start, end):
    answer = client.get(film, headers={"Range": asked})

    assert answer.status_code == 206
    assert answer.data == a_film()[start:end]
    assert answer.headers["Content-Range"].endswith(f"/{len(a_film())}")
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_a_part_that_is_not_there_is_refused(client, film):
    assert client.get(film, headers={"Range": "bytes=999999999-"}).status_code == 416
    assert client.head(film).headers["Content-Length"] == str(len(a_film()))


def test_what_the_storage_lost_is_not_found_and_logged(client, add, caplog):
    story = a_story()
    add(story, ("a.pdf", PDF), ("b.png", a_picture()))
    pdf, picture = rows()
    for place in (pdf.place, *picture.widths.values()):
        storage.drop(place)

    with caplog.at_level(logging.ERROR):
        assert client.get(address(story, pdf.key, "own")).status_code == 404
        assert client.get(address(story, picture.key, "480.webp")).status_code == 404

    assert f"no file for story file {pdf.id}" in caplog.text
