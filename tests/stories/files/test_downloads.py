"""What readers, storytellers and the team get of files: as downloads, and only what stands."""

import logging

import pytest

from portal import storage
from portal.extensions import db
from portal.stories import formats, shaping
from portal.stories.files import cleaning
from portal.stories.states import VersionKind
from tests.stories import a_draft, a_story, an_editor, published
from tests.stories import desk as editor
from tests.stories.media import PDF, a_document, a_film, a_picture, a_sound, address, rows
from tests.team import sign_in

LAKE = ("lake.png", a_picture(size=(600, 400)))


def test_a_picture_is_sent_as_long_as_it_is_published_allowed_and_there(client, add):
    story, sent = a_story(), a_story()
    add(story, LAKE)
    published(story)
    add(sent, LAKE)
    add(story, ("after the yes.png", a_picture(colour=(1, 2, 3))))
    key, *others = (row.key for row in rows())
    path = f"/stories/pictures/{key}/480.webp"
    answer = client.get(path)

    assert (answer.status_code, answer.mimetype, answer.data[:4]) == (200, "image/webp", b"RIFF")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for width, status in (("1600", 200), ("481", 404)):
        assert client.get(path.replace("/480.", f"/{width}.")).status_code == status
    for nothing in ("pictures/nothing/480.webp", "files/nothing", "files/%00"):
        assert client.get(f"/stories/{nothing}").status_code == 404
    for other in others:
        assert client.get(path.replace(key, other)).status_code == 404
    for given, status in ((False, 404), (True, 200)):
        shaping.set_consents(story, {"photo": (given, "")})
        db.session.commit()
        assert client.get(path).status_code == status
    client.post(address(story, key, "remove"))
    assert client.get(path).status_code == 404


def test_a_version_is_a_download_once_it_has_its_yes_until_it_is_taken_away(client, app, add):
    story = published()
    add(story, ("Zoë reads.txt", b"Read by me."))
    file = db.session.merge(rows()[0])
    path = f"/stories/files/{file.key}"

    kind = VersionKind.AUDIO
    version = formats.add_version(story, an_editor(), kind, "To listen to", "en", file=file)
    db.session.commit()
    cleaning.clean.call_local(file.id, 0)
    assert client.get(path).status_code == 404

    formats.approve_version(story, version.id, version.digest)
    db.session.commit()
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "text/plain", b"Read by me.")
    assert f"{story.slug}.txt" in answer.headers["Content-Disposition"]
    assert_only_saved(answer, "no-cache")
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(path, headers=tag).status_code == 304

    formats.remove_version(story, version.id, an_editor())
    db.session.commit()
    assert client.get(path, headers=tag).status_code == 404


def assert_only_saved(answer, cache):
    """No browser opens or runs it."""
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == cache


@pytest.mark.parametrize(
    ("name", "content", "mimetype"),
    [
        ("letter.pdf", PDF + a_document("page.html"), "application/pdf"),
        ("words.txt", b"<script>alert(1)</script>", "text/plain"),
        ("sign.mp4", a_film(), "video/mp4"),
        ("Zoë.mp3", a_sound(), "audio/mpeg"),
    ],
)
def test_what_was_sent_is_given_out_only_to_be_saved(
    app, visit_plain, add, name, content, mimetype
):
    story, other = a_story(), a_draft()
    add(story, (name, content))
    key, client = rows()[0].key, visit_plain.client
    sign_in(client, app)
    token = {"csrf_token": visit_plain(editor.path(story)).value("csrf_token")}

    for answer in (
        client.get(address(story, key, "own")),
        client.post(editor.path(story, "files", key), data=token),  # it is noted
    ):
        assert (answer.status_code, answer.mimetype, answer.data) == (200, mimetype, content)
        assert_only_saved(answer, "private, no-store")
    assert client.post(editor.path(other, "files", key), data=token).status_code == 404
    assert client.get(address(story, key, "480.webp")).status_code == 404


def test_storyteller_and_team_see_pictures_as_readers_would(app, client, add):
    story, other = a_story(), a_draft()
    add(story, LAKE)
    key = rows()[0].key
    sign_in(client, app)

    for path in (address(story, key), editor.path(story, "pictures", key)):
        answer = client.get(f"{path}/480.webp")
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert client.get(f"{path}/481.webp").status_code == 404
        assert client.get(f"{path}x/480.webp").status_code == 404
    other = editor.path(other, "pictures", key, "480.webp")
    for path in (other, address(story, key, "own")):
        assert client.get(path).status_code == 404


def test_a_player_gets_the_part_that_it_asks_for(client, add):
    story, content = a_story(), a_film()
    add(story, ("sign.mp4", content))
    path = address(story, rows()[0].key, "own")
    for asked, part in (
        ("0-99", content[:100]),
        ("200000-200099", content[200_000:200_100]),
        ("300000-", content[300_000:]),
        ("-50", content[-50:]),
    ):
        answer = client.get(path, headers={"Range": f"bytes={asked}"})
        assert (answer.status_code, answer.data) == (206, part)
        assert answer.headers["Content-Range"].endswith(f"/{len(content)}")
        assert answer.headers["Accept-Ranges"] == "bytes"
    assert client.get(path, headers={"Range": "bytes=999999999-"}).status_code == 416
    assert client.head(path).headers["Content-Length"] == str(len(content))


def test_what_the_storage_lost_is_not_found_and_logged(client, add, caplog):
    story = a_story()
    add(story, ("a.pdf", PDF), ("b.png", a_picture()))
    pdf, picture = rows()
    for place in (pdf.place, *picture.widths.values()):
        storage.discard(place)
    with caplog.at_level(logging.ERROR):
        for path in (address(story, pdf.key, "own"), address(story, picture.key, "480.webp")):
            assert client.get(path).status_code == 404

    assert f"no file for story file {pdf.id}" in caplog.text
