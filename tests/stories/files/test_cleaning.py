"""Readers get a copy without place, device, name and time, or they get nothing."""

import json
import subprocess
from functools import partial
from pathlib import Path
from struct import unpack_from
from tempfile import TemporaryDirectory

import pytest

from portal.extensions import db, huey
from portal.stories import formats, publication, withdrawal
from portal.stories.files import cleaning, remuxing, store
from portal.stories.states import VersionKind
from tests.stories import an_editor, desk, fresh, published, withdrawn
from tests.stories.media import a_document, a_film, rows, stored
from tests.stories.recordings import MADE, SECRETS, ffmpeg, played, recorded, run
from tests.team import sign_in

__all__ = ["ffmpeg"]
pytestmark = pytest.mark.usefixtures("ffmpeg")
BESIDE = ("bin_data", "mjpeg")  # chapters, and the picture on a sound's cover
WITH_NAME = "Ada Lovelace 2025-06-14 Pixel 9."


def offered(story, name, content):
    """A file as a version with its storyteller's yes; returns the address that readers have."""
    file = desk.with_file(story, name, content)
    version = formats.add_version(story, an_editor(), VersionKind.AUDIO, "It", "en", file=file)
    formats.approve_version(story, version.id, version.digest)
    db.session.commit()
    return f"/stories/files/{file.key}"


def secrets_in(*answers):
    return [secret for secret in SECRETS if any(secret.encode() in one for one in answers)]


def probed(content, folder):
    """What a player knows of it: each stream, and how long it takes."""
    file = folder / "probed"
    file.write_bytes(content)
    asked = "stream=codec_type,codec_name,width,height,sample_rate:stream_side_data=rotation"
    command = [
        "ffprobe",
        "-v",
        "error",
        "-show_entries",
        f"{asked}:format=duration",
        "-of",
        "json",
        str(file),
    ]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found["streams"], float(found["format"].get("duration", 0.5))


def times(content):
    """The moments in the heads of a film in boxes: when it was made, and changed."""
    for name in (b"mvhd", b"tkhd", b"mdhd"):
        at = content.find(name)
        while at >= 0:
            yield unpack_from(">QQ" if content[at + 4] else ">II", content, at + 8)
            at = content.find(name, at + 4)


@pytest.mark.parametrize("name", MADE)
def test_readers_get_sound_and_film_as_they_were_and_nothing_beside(client, work, tmp_path, name):
    content, end = recorded(name), name.rpartition(".")[2]
    assert len(secrets_in(content)) >= 3
    story = published()
    path = offered(story, WITH_NAME + end, content)
    assert client.get(path).status_code == 404

    cleaning.sweep.call_local()
    work()
    answer = client.get(path)
    assert answer.status_code == 200
    assert secrets_in(answer.data, str(answer.headers).encode()) == []
    assert set(times(answer.data)) <= {(0, 0)}
    assert played(answer.data, tmp_path) == played(content, tmp_path)
    (streams, seconds), (before, lasted) = probed(answer.data, tmp_path), probed(content, tmp_path)
    assert streams == [one for one in before if one.get("codec_name", "bin_data") not in BESIDE]
    assert seconds == pytest.approx(lasted, abs=0.1)
    part = client.get(path, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, answer.data[:10])


def vorbis_in_webm() -> bytes:
    """Sound that brings notes of its own along into any file of this kind."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "sound.webm")
        run("-f", "lavfi", "-i", "sine=duration=0.2", "-c:a", "libvorbis", str(file))
        return file.read_bytes()


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("notes.weba", vorbis_in_webm),
        ("junk.mp4", a_film),
        ("a.zip", partial(a_document, "notes.txt")),
    ],
)
def test_what_cannot_be_cleaned_is_not_given_out_and_the_desk_says_why(
    app, client, visit_plain, work, name, make
):
    story = published()
    path = offered(story, name, make())
    cleaning.sweep.call_local()
    work()
    sign_in(visit_plain, app, name="Eva")

    assert client.get(path).status_code == 404
    assert "Readers do not get it. We can" in visit_plain(desk.path(story)).text
    assert len(stored(app)) == 1
    cleaning.sweep.call_local()
    assert huey.pending_count() == 0


def test_without_the_program_nothing_is_given_out_and_everybody_is_told(
    app, client, visit_plain, work, monkeypatch, caplog
):
    story = published()
    with monkeypatch.context() as patch:
        patch.setattr(remuxing, "which", lambda program: None)
        path = offered(story, "sound.mp3", recorded("sound.mp3"))
        cleaning.sweep.call_local()
        assert huey.pending_count() == 0
        cleaning.clean.call_local(rows()[0].id, 0)
        assert "has to wait: ffmpeg is not installed" in caplog.text
        cleaning.init_app(app)
        sign_in(visit_plain, app, name="Eva")

        assert "ffmpeg, which is not on our server." in visit_plain(desk.path(story)).text
        assert "apt install ffmpeg" in caplog.text
        assert client.get(path).status_code == 404
        assert publication.versions_for_readers(fresh(story)) == []
    cleaning.sweep.call_local()
    work()
    assert client.get(path).status_code == 200
    assert "Readers get a copy" in visit_plain(desk.path(story)).text
    assert len(publication.versions_for_readers(fresh(story))) == 1


@pytest.mark.parametrize("how", ["remove", "withdraw", "erase"])
def test_a_clean_copy_goes_with_its_file(app, client, work, how):
    story = published()
    path = offered(story, "sound.mp3", recorded("sound.mp3"))
    clean = partial(cleaning.clean.call_local, rows()[0].id, 0)
    clean()
    clean()
    assert (len(stored(app)), client.get(path).status_code) == (2, 200)
    if how == "remove":
        store.remove(rows()[0].id)
    elif how == "withdraw":
        withdrawn(story, keep_files=False)
    else:
        withdrawal.erase(story)

    assert stored(app) == []
    assert client.get(path).status_code == (404)


@pytest.mark.parametrize("first", ["clean", "remove"])
def test_two_workers_or_a_removal_meanwhile_leave_nothing_over(app, meanwhile, first):
    story = published()
    offered(story, "sound.mp3", recorded("sound.mp3"))
    row_id = rows()[0].id
    clean = partial(cleaning.clean.call_local, row_id, 0)
    meanwhile(cleaning, "_settle", clean if first == "clean" else partial(store.remove, row_id))
    clean()

    assert len(stored(app)) == (2 if first == "clean" else 0)


@pytest.mark.usefixtures("each_database")
def test_captions_are_made_once_the_length_is_known_and_a_yes_meanwhile_stays(app, meanwhile):
    story, words = published(), {"transcript": "I roll. I swim."}
    waits, agreed = (
        desk.with_file(story, f"{n}.mp3", recorded("sound.mp3"), **words) for n in "ab"
    )
    add = partial(formats.add_version, story, an_editor(), VersionKind.AUDIO, "It", "en")
    first, second = add(file=waits), add(file=agreed)
    approve = partial(formats.approve_version, story, second.id, second.digest)
    cleaning.clean.call_local(waits.id, 0)
    meanwhile(cleaning, "_settle", approve)
    cleaning.clean.call_local(agreed.id, 0)

    first, second, third = fresh(story).versions
    assert (bool(first.removed_at), first.captions, third.text) == (True, "", first.text)
    assert third.captions.count("-->") == 2
    assert (second.removed_at, second.captions) == (None, "")
    assert publication.versions_for_readers(fresh(story)) == [second]
