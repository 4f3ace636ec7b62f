"""Which files a story has, what others get of them, and how they all go."""

import pytest
from flask import render_template_string

from portal import storage
from portal.extensions import db
from portal.stories import formats, withdrawal
from portal.stories.files import store
from portal.stories.files.models import FileState, StoryFile
from portal.stories.models import Version
from portal.stories.states import VersionKind
from tests.stories import a_draft, an_editor, published, withdrawn
from tests.stories.media import PROGRAM, a_film, a_picture, a_sound, rows, stored


@pytest.fixture
def full(story, add):
    """A draft with files of each kind and state."""
    lake, d = ("a.png", a_picture(size=(600, 400))), ("d.png", a_picture())
    add(story, lake, ("b.mp3", a_sound()), ("c.exe", PROGRAM), d)
    for state in (FileState.COMING, FileState.CHECKING):
        store.add(story.id, f"{state}.mp4", 1000, state).parts = [storage.keep(b"a piece")]
    db.session.commit()
    return story


def test_files_are_found_in_their_order_and_only_with_their_own_story(full):
    files = store.files_of(full)
    names = [file.name for file in files]
    assert names == ["a.png", "b.mp3", "c.exe", "d.png", "coming.mp4", "checking.mp4"]

    file, other = files[0], a_draft()
    assert store.find(file.key) is store.find_of_story(full, file.key) is file
    assert store.find_of_story(other, file.key) is store.find("nothing") is None
    ready = store.kept_by_key([*(file.key for file in files), "nothing"])
    assert sorted(file.name for file in ready.values()) == ["a.png", "b.mp3", "d.png"]
    assert store.kept_by_key([]) == {}


def test_a_text_gets_the_pictures_that_are_ready_with_their_words(full):
    first, _, _, last, *_ = store.files_of(full)
    store.describe(first, alt="I swim.")
    found = store.kept_pictures(full)

    assert [(one["file"], one["alt"]) for one in found] == [(first.key, "I swim."), (last.key, "")]
    assert all(len(one["digest"]) == 64 for one in found)
    store.describe(first, alt="I swim.", is_decoration=True)
    assert store.kept_pictures(full)[0]["alt"] == ""


def test_all_files_go_with_whatever_the_storage_has_of_them(app, full):
    first = store.files_of(full)[0].id
    store.remove(first)
    store.remove(first)  # what is gone already is no mistake
    assert (len(rows()), len(stored(app))) == (5, 4)

    places = store.drop_all(full)
    assert len(stored(app)) == 4
    db.session.commit()
    for place in places:
        storage.drop(place)

    assert rows() == stored(app) == []


@pytest.mark.parametrize("how", ["remove", "withdraw", "erase"])
def test_a_version_goes_with_its_file(app, add, how):
    story = published()
    add(story, ("b.mp3", a_sound()), ("sign.mp4", a_film()))
    sound, film = (db.session.get(StoryFile, row.id) for row in rows())
    kind = VersionKind.AUDIO
    version_id = formats.add_version(story, an_editor(), kind, "To hear", "en", file=sound).id

    if how == "remove":
        store.remove(sound.id)
        store.remove(film.id)
    elif how == "withdraw":
        withdrawn(story, keep_files=False)
    else:
        withdrawal.erase(story)

    assert rows() == stored(app) == []
    version = db.session.get(Version, version_id)
    assert version is None or (version.file_id is None and version.removed_at)
    assert (version is None) is (how == "erase")


def test_files_that_stay_with_a_story_that_was_taken_back_are_kept(app, add):
    story = published()
    add(story, ("a.png", a_picture()))
    withdrawn(story)

    assert len(rows()) == len(stored(app)) == 1


PICTURE = """{% from "stories/_picture.html" import picture %}
{{ picture(file, "I swim", token=token) }}"""


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (300, ["480 300w"]),
        (700, ["480 480w", "960 700w"]),
        (2000, ["480 480w", "960 960w", "1600 1600w"]),
    ],
)
def test_a_picture_says_its_true_widths_and_keeps_its_room(app, story, add, width, shown):
    add(story, ("a.png", a_picture(size=(width, 40))))
    file = store.files_of(story)[0]
    with app.test_request_context():
        html = render_template_string(PICTURE, file=file, token="")
        private = render_template_string(PICTURE, file=file, token="secret")

    address = f"/stories/pictures/{file.key}"
    offered = [one.split(" ") for one in shown]
    assert f'srcset="{", ".join(f"{address}/{w}.webp {s}" for w, s in offered)}"' in html
    assert f'width="{file.width}" height="{file.height}"' in html
    assert 'alt="I swim" loading="lazy"' in html
    assert f'src="/stories/share/secret/files/{file.key}/960.webp"' in private
