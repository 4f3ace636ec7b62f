"""Other forms of a story: text, link or file, each offered to the storyteller first."""

from io import BytesIO

import pytest

from portal import room
from portal.file_kinds import IS_PROGRAM, MAY_HAVE_PASSWORD
from portal.stories import captions, formats, publication
from portal.stories.files.models import FileState
from portal.stories.states import VersionKind
from portal.transaction import Stale
from tests.stories import ALL_YES, a_story, an_editor, deeds, fresh, published
from tests.stories.desk import path, post, press, with_file
from tests.stories.media import PDF, PROGRAM, a_film, a_picture, a_sound, rows, stored

GOOD = {"version_kind": "easy-read", "version_title": "The pool", "version_language": "en"}
NO_TEXT = {"title": "", "text": "", "answers": {"call_by": "phone", "call": "Now"}}


def add(visit, story, name="", data=b"", **changes):
    """Send the form, with a file if it has a name."""
    sent = {"csrf_token": visit(path(story)).value("csrf_token")} | GOOD | changes
    file = {"version_file": (BytesIO(data), name)} if name else {}
    return visit.post(path(story, "versions"), sent | file, content_type="multipart/form-data")


def test_text_in_easy_read_waits_for_their_yes_and_can_be_taken_away(visit_plain, mailbox):
    story = published()
    before = len(mailbox())
    page = add(visit_plain, story, version_text="I go to the pool.\r\n\r\nIt is good.")
    version = fresh(story).versions[0]

    assert "It is added. Nobody else sees it until the storyteller says yes." in page.text
    assert version.text == "I go to the pool.\n\nIt is good."
    assert publication.versions_for_readers(fresh(story)) == []
    assert len(mailbox()) == before + 1
    formats.approve_version(story, version.id, version.digest)
    assert "The storyteller said yes on" in visit_plain(path(story)).text

    page = press(visit_plain, story, "Take it away")
    assert "It is taken away." in page.text
    assert "There are none yet." in page.text
    assert deeds(story)[-1] == "version removed"


def test_film_by_link_and_language_by_name(visit_plain):
    story = a_story()
    film = {"version_kind": "bsl", "version_language": "British Sign Language"}
    add(visit_plain, story, **film, version_link="https://films.example/1")
    version = fresh(story).versions[0]

    assert (version.kind, version.language) == (VersionKind.BSL, "bfi")
    assert visit_plain(path(story)).has("a[href='https://films.example/1'][rel~=noopener]")


def test_sound_as_a_file_is_for_the_team_alone_and_is_no_file_of_the_storyteller(visit_plain):
    story = a_story()
    page = add(visit_plain, story, "read aloud.mp3", a_sound(), version_kind="audio")
    file = rows()[0]

    assert page.status == 200
    assert (file.state, file.name) == (FileState.KEPT, "read aloud.mp3")
    assert fresh(story).versions[0].file_id == file.id
    page, own = visit_plain(path(story)), path(story, "files", file.key)
    assert page.has(f"form[action='{own}']")
    assert "All its files are used under" in page.text
    assert fresh(story).revisions[-1].number == 1
    for address, status in ((own, 200), (f"/stories/files/{file.key}", 404)):
        assert visit_plain.client.get(address).status_code == status


def test_file_that_we_do_not_take_is_refused_and_leaves_nothing(app, visit_plain):
    story = a_story()
    for name, data, says in (
        ("IMG_1234", a_picture(), "A picture goes with the text itself."),
        ("run.exe", a_sound(), IS_PROGRAM),
        ("sound.mp3", PROGRAM, IS_PROGRAM),
        ("locked.pdf", PDF + b"<</Encrypt 1 0 R>>", MAY_HAVE_PASSWORD),
        ("sound.mp3", a_sound(), room.NO_ROOM),
    ):
        app.config["FILES_SITE_MB"] = int(says is not room.NO_ROOM)
        page = add(visit_plain, story, name, data)
        assert page.status == 422
        assert says in page.text
        assert page.has(".problem a[href='#version_file']")
        assert page.has("details[open] #version_title[value='The pool']")
        assert rows() == stored(app) == fresh(story).versions == []


@pytest.mark.parametrize(
    ("most", "told", "says"),
    [(0, {}, "You can add 0"), (9, {"telling": "call"} | NO_TEXT, "There is no text yet.")],
)
def test_story_without_text_or_room_for_a_file_keeps_none(app, visit_plain, most, told, says):
    app.config["STORY_FILES_MOST"] = most
    page = add(visit_plain, a_story(**told), "one.mp3", a_sound(), version_kind="audio")

    assert page.status == 409
    assert says in page.text
    assert rows() == stored(app) == []


def test_version_that_is_not_there_or_anothers_cannot_be_taken_away(visit_plain):
    story, other = a_story(), a_story()
    kind = VersionKind.EASY_READ
    version = formats.add_version(other, an_editor(), kind, "Easy", "en", text="I swim.")
    for one in (0, 999, 2**31 - 1, 2**63, "9" * 40, version.id):
        assert post(visit_plain, story, "versions", one, "remove").status in {404, 409}
    assert fresh(other).versions[0].removed_at is None


def a_signed_film(story, **words):
    """A film that came with a story, and was made clean."""
    words = {"language": "bfi", "transcript": "I roll to the pool. I feel light."} | words
    return with_file(story, "film.mp4", a_film(), seconds=4.0, **words)


def words_form(page, version):
    """What the form for the words of a version holds."""
    return page.form(f"form[action$='/versions/{version.id}/words']")


@pytest.mark.parametrize(
    ("language", "kinds"), [("bfi", ["bsl"]), ("en", ["audio"]), ("", ["bsl", "audio"])]
)
def test_film_that_came_is_a_version_by_one_button(visit_plain, mailbox, language, kinds):
    story = a_story()
    film = a_signed_film(story, language=language)
    before = len(mailbox())
    offered = visit_plain(path(story)).page.query("form[action$='/version'] input[name=kind]")
    assert [one.attrs["value"] for one in offered] == kinds
    name = "BSL" if "bsl" in kinds else "audio"
    page = press(visit_plain, story, f"Use this film as the {name} version")
    (version,) = fresh(story).versions

    assert "It is added. Nobody else sees it until the storyteller says yes." in page.text
    assert (version.kind, version.file_id, version.text) == (kinds[0], film.id, film.transcript)
    assert version.language == ("bfi" if kinds[0] == "bsl" else "en")
    assert formats.text_language(version) == "en"
    assert version.captions == captions.make(film.transcript, 4.0)
    assert len(mailbox()) == before + 1


def test_link_that_was_given_is_the_version_in_bsl_by_one_button(visit_plain):
    answers = ALL_YES | {"link": "https://films.example/1"}
    story = a_story(telling="link", answers=answers)
    press(visit_plain, story, "Use this link as the BSL version")
    (version,) = fresh(story).versions

    assert (version.kind, version.language, version.link) == ("bsl", "bfi", answers["link"])
    other = with_file(a_story(), "film.mp4", a_film())
    for part in (f"files/{other.key}/version", "files/none/version", "link/version"):
        target = a_story() if part == "link/version" else story
        assert post(visit_plain, target, part, kind="bsl").status == 404
    document = with_file(story, "a.pdf", PDF)
    assert post(visit_plain, story, f"files/{document.key}/version", kind="bsl").status == 404


def test_words_and_captions_are_set_right_by_an_editor_and_each_needs_a_yes(visit_plain):
    story = published()
    a_signed_film(story, transcript="")
    press(visit_plain, story, "Use this film as the BSL version")
    (version,) = fresh(story).versions
    assert (version.text, version.captions) == ("", "")

    save = f"versions/{version.id}/words"
    typed = words_form(visit_plain(path(story)), version)
    page = visit_plain.post(path(story, save), typed | {"words": "I swim.", "do": "make"})
    made = words_form(page, version)
    assert made["lines"].startswith("WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nI swim.")
    assert len(fresh(story).versions) == 1
    wrong = visit_plain.post(path(story, save), made | {"lines": "I swim."})
    assert wrong.status == 422
    assert captions.NO_HEAD in wrong.text
    assert words_form(wrong, version)["words"] == "I swim."
    page = visit_plain.post(path(story, save), made)
    assert "The words and captions are saved." in page.text
    assert visit_plain.post(path(story, save), made).status == 409  # it is another one by now

    first, second = fresh(story).versions
    assert (bool(first.removed_at), second.text, second.captions) == (
        True,
        "I swim.",
        made["lines"],
    )
    with pytest.raises(Stale):
        formats.approve_version(story, second.id, made["digest"])
    formats.approve_version(story, second.id, second.digest)
    again = words_form(visit_plain(path(story)), second) | {"words": "I roll."}
    visit_plain.post(path(story, f"versions/{second.id}/words"), again)
    _, second, third = fresh(story).versions
    assert (second.removed_at, third.text, third.approved_digest) == (None, "I roll.", None)
    formats.approve_version(story, third.id, third.digest)
    _, second, third = fresh(story).versions
    assert (bool(second.removed_at), third.removed_at) == (True, None)
