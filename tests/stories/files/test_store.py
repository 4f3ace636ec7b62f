"""What readers get of a story's files, and how they all go."""

import pytest
from flask import render_template_string

from portal import storage
from portal.extensions import db
from portal.stories import formats, withdrawal
from portal.stories.files import store
from portal.stories.files.models import FileState, StoryFile
from portal.stories.models import Version
from portal.stories.states import VersionKind
from tests.stories import an_editor, published, withdrawn
from tests.stories.media import PROGRAM, a_film, a_picture, a_sound, rows, stored


def test_all_files_go_with_whatever_the_storage_has_of_them(app, story, add):
    lake, d = ("a.png", a_picture(size=(600, 400))), ("d.png", a_picture())
    add(story, lake, ("b.mp3", a_sound()), ("c.exe", PROGRAM), d)
    for state in (FileState.COMING, FileState.CHECKING):
        store.add(story.id, f"{state}.mp4", 1000, state).parts = [storage.keep(b"a piece")]
    db.session.commit()
    first = store.files_of(story)[0].id
    store.remove(first)
    store.remove(first)  # what is gone already is no mistake
    assert (len(rows()), len(stored(app))) == (5, 4)

    store.drop_all(story)
    db.session.rollback()
    assert len(stored(app)) == 4
    store.drop_all(story)
    db.session.commit()
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
