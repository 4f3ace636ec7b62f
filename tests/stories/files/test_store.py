"""Which files a story has, what others get of them, and how they all go."""

from __future__ import annotations

import pytest
from flask import render_template_string

from portal import storage
from portal.extensions import db
from portal.stories import formats, shaping, withdrawal
from portal.stories.files import store
from portal.stories.files.models import FileState, StoryFile
from portal.stories.models import Version
from portal.stories.states import VersionKind
from tests.stories import a_draft, a_story, an_editor, published
from tests.stories.media import PROGRAM, a_film, a_picture, a_sound, rows, stored

COMING, CHECKING, KEPT, REFUSED = FileState

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def story(app, add):
    """A draft with files of each kind and state."""
    story = a_draft()
    add(
        story,
        ("a.png", a_picture(size=(600, 400))),
        ("b.mp3", a_sound()),
        ("c.exe", PROGRAM),
        ("d.png", a_picture()),
    )
    for state in (COMING, CHECKING):
        store.add(story.id, f"{state}.mp4", 1000, state).parts = [storage.keep(b"a piece")]
    db.session.commit()
    return story


def test_the_files_come_in_the_order_in_which_they_were_added(story):
    names = [file.name for file in store.files_of(story)]

    assert names == ["a.png", "b.mp3", "c.exe", "d.png", "coming.mp4", "checking.mp4"]


def test_a_text_gets_the_pictures_that_are_ready_with_their_words(story):
    first, *_ = store.files_of(story)
    store.describe(first, alt="I swim.")

    found = store.kept_pictures(story)

    assert [one["alt"] for one in found] == ["I swim.", ""]
    assert {one["file"] for one in found} == {
        file.key for file in store.files_of(story) if file.name in {"a.png", "d.png"}
    }
    assert all(set(one) == {"file", "digest", "alt"} and len(one["digest"]) == 64 for one in found)


def test_a_file_is_found_by_its_key_and_only_with_its_own_story(story):
    file = store.files_of(story)[0]
    other = a_draft()

    assert store.find(file.key) is store.find_of_story(story, file.key) is file
    assert store.find_of_story(other, file.key) is store.find("nothing") is None


def test_of_several_keys_those_that_are_ready_are_found(story):
    keys = [file.key for file in store.files_of(story)]

    found = store.kept_by_key([*keys, "nothing"])

    assert sorted(file.name for file in found.values()) == ["a.png", "b.mp3", "d.png"]
    assert store.kept_by_key([]) == {}


def test_all_files_go_with_whatever_the_storage_has_of_them(app, story):
    assert len(stored(app)) == 6

    places = store.drop_all(story)
    assert len(stored(app)) == 6
    db.session.commit()
    for place in places:
        storage.drop(place)

    assert rows() == stored(app) == []


def a_version(story, file):
    version = formats.add_version(
        story, an_editor(), VersionKind.AUDIO, "To listen to", "en", file=file
    )
    return version.id


@pytest.mark.parametrize("how", ["remove", "withdraw"])
def test_a_version_goes_with_its_file(app, add, how):
    story = published()
    add(story, ("b.mp3", a_sound()))
    file = db.session.get(StoryFile, rows()[0].id)
    version_id = a_version(story, file)

    if how == "remove":
        store.remove(file.id)
    else:
        withdrawal.withdraw(story, keep_files=False)

    db.session.expire_all()
    version = db.session.get(Version, version_id)
    assert version.file_id is None
    assert version.removed_at is not None
    assert rows() == stored(app) == []


def test_a_story_that_is_erased_takes_its_files_along(app, add):
    story = a_story()
    add(story, ("a.png", a_picture()), ("b.mp3", a_sound()), ("sign.mp4", a_film()))
    a_version(story, db.session.get(StoryFile, rows()[1].id))

    withdrawal.erase(story)

    assert rows() == stored(app) == []


def test_files_that_stay_with_a_story_that_was_taken_back_are_kept(app, add):
    story = published()
    add(story, ("a.png", a_picture()))
    withdrawal.withdraw(story, keep_files=True)

    assert len(rows()) == len(stored(app)) == 1


def test_removing_what_is_gone_already_is_no_mistake(story):
    file_id = store.files_of(story)[0].id
    store.remove(file_id)
    store.remove(file_id)

    assert len(rows()) == 5


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
def test_a_picture_says_its_true_widths_and_keeps_its_room(app, add, width, shown):
    story = a_draft()
    add(story, ("a.png", a_picture(size=(width, width))))
    file = store.files_of(story)[0]
    with app.test_request_context():
        html = render_template_string(PICTURE, file=file, token="")

    address = f"/stories/pictures/{file.key}"
    offered = [one.split(" ") for one in shown]
    assert f'srcset="{", ".join(f"{address}/{w}.webp {s}" for w, s in offered)}"' in html
    assert f'width="{file.width}" height="{file.height}"' in html
    assert 'alt="I swim" loading="lazy"' in html
    with app.test_request_context():
        private = render_template_string(PICTURE, file=file, token="secret")
    assert f'src="/stories/share/secret/files/{file.key}/960.webp"' in private


def test_a_decoration_has_no_words(story):
    first, *_ = store.files_of(story)
    store.describe(first, alt="I swim.", is_decoration=True)

    assert store.kept_pictures(story)[0]["alt"] == ""


def test_the_same_words_again_make_no_new_text(add):
    story = a_story()
    add(story, ("a.png", a_picture()))
    db.session.expire_all()

    assert shaping.revise_pictures(story) is None
