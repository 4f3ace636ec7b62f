"""Files with an answer: checked, described, never lost to another page, gone with the person."""

import io

import pytest

from portal import antivirus, file_kinds, room
from portal.delivery import files
from portal.delivery.providers import get_providers
from portal.extensions import db
from portal.file_kinds import Unwelcome
from portal.inbox import links
from portal.inbox.desk import enclosures
from portal.inbox.desk.models import SavedReply
from portal.inbox.models import Attachment
from portal.providers.errors import TryLater
from portal.team.models import Role
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.desk import a_while_later, answer, carried, fresh, messages, path, press
from tests.stored import stored_files
from tests.stories.media import PROGRAM, a_picture
from tests.team import sign_in

POOL = "Zoës pool.png"
SHOWS = "A pool with a hoist beside it"
ADD = "Add these files"
PICTURE = a_picture()


def a_file(name=POOL, content=PICTURE):
    return io.BytesIO(content), name


def add(visit, conversation, *chosen, text="Dear Grace", **more):
    """Choose files and press the button beside the field."""
    sent = {"text": text, "way": "email", "do": "files", "files": [*(chosen or [a_file()])]}
    return visit.send(path(conversation), sent | more, button=ADD)


def described(conversation):
    """What the field for the first picture is sent with."""
    (first,) = [one for one in fresh(conversation).enclosures if one.is_picture]
    return {f"alt-{first.id}": SHOWS}


def names(holder):
    return [file.name for file in holder.enclosures]


def test_files_go_with_the_mail_and_are_on_the_persons_page_once_it_has_left(
    visit_plain, ada, mailbox, conversation
):
    page = add(visit_plain, conversation, a_file(), a_file("map.txt", b"Turn left."))
    assert "The files are with your draft." in page.text
    assert page.value("text") == "Dear Grace"
    page = answer(visit_plain, conversation, "Here it is.", **described(conversation))
    said = messages(fresh(conversation))[-1]
    own, address = links.own_url(conversation), f"/files/{said.attachments[0].id}"
    assert (page.status, fresh(conversation).enclosures) == (200, [])
    assert POOL not in visit_plain(own).text
    assert visit_plain(own + address).status == 404

    with a_while_later():
        (mail,) = [one for one in mailbox() if one["Subject"].startswith("Re:")]
        page, file = visit_plain(own), visit_plain(own + address)
    sent = [(one.get_filename(), one.get_content()) for one in mail.iter_attachments()]
    assert sent == [(POOL, PICTURE), ("map.txt", "Turn left.")]
    for text in (mail.get_body(("plain",)).get_content(), page.text):
        assert SHOWS in text
    assert f"{POOL}: {SHOWS}" in mail.get_body(("plain",)).get_content().splitlines()
    assert file.response.data == PICTURE
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "map.txt" in visit_plain(path(conversation)).text


def test_picture_that_nobody_described_is_asked_about_and_nothing_is_lost_or_sent(
    visit_plain, ada, conversation
):
    page = answer(visit_plain, conversation, "Look!", files=[a_file()])
    (file,) = fresh(conversation).enclosures

    assert (page.status, page.value("text")) == (422, "Look!")
    assert page.has(f'.problem a[href="#alt-{file.id}"]')
    assert page.has(f"#alt-{file.id}[aria-invalid=true]")
    assert len(messages(conversation)) == 1
    sent = carried(page) | {"text": "Look!", "way": "email", "do": "send", f"alt-{file.id}": SHOWS}
    assert visit_plain.post(f"{path(conversation)}/answer", sent).status == 200
    assert messages(conversation)[-1].attachments[0].alt == SHOWS


def has_a_virus(_):
    raise Unwelcome(antivirus.HAS_A_VIRUS)


def does_not_answer(_):
    raise TryLater("CLAMD_SOCKET does not answer")


@pytest.mark.parametrize(
    ("do", "name", "content", "scan", "words"),
    [
        ("files", "setup.exe", PROGRAM, None, file_kinds.IS_PROGRAM),
        ("send", "a.txt", b"", None, file_kinds.EMPTY),
        ("files", "a.txt", b"a", has_a_virus, antivirus.HAS_A_VIRUS),
        ("send", "a.txt", b"a", does_not_answer, enclosures.NOT_CHECKED),
        ("files", "a.heic", b"\0\0\0\x18ftypheic", None, enclosures.NOT_SENT),
        ("send", "large.txt", b"a", None, "It is larger than 0 MB."),
        ("files", "a.txt", b"a", None, room.NO_ROOM),
    ],
    ids=["program", "empty", "virus", "no answer", "provider", "too large", "no room"],
)
def test_file_that_we_do_not_send_says_why_and_the_rest_stays(
    app, visit_plain, ada, conversation, monkeypatch, do, name, content, scan, words
):
    add(visit_plain, conversation, a_file("map.txt", b"Turn left."))
    before = stored_files(app)
    if scan:
        monkeypatch.setattr(antivirus, "scan", scan)
    if "larger" in words:
        monkeypatch.setattr(files, "most_mb", lambda: 0)
    if words is room.NO_ROOM:
        app.config["FILES_SITE_MB"] = 0
    monkeypatch.setattr(get_providers().mail, "file_ends", frozenset({"txt", "exe"}))
    page = add(visit_plain, conversation, a_file(name, content), text="Mine", do=do)

    assert (page.status, page.value("text")) == (422, "Mine")
    assert page.has('.problem a[href="#files"]')
    assert f"{name}: {words}" in page.text
    assert names(fresh(conversation)) == ["map.txt"]
    assert (stored_files(app), len(messages(conversation))) == (before, 1)


def test_what_fits_is_said_before_and_more_is_refused_by_its_sum(
    visit_plain, ada, conversation, monkeypatch
):
    monkeypatch.setattr(get_providers().mail, "largest_mail", 3_000_000)
    assert "Up to 1 MB together." in visit_plain(path(conversation)).text
    large = b"a" * 400_000
    for number in range(3):
        page = add(visit_plain, conversation, a_file(f"{number}.txt", large))
    assert "2.txt: With it, the files would have more than 1 MB together." in page.text
    assert names(fresh(conversation)) == ["0.txt", "1.txt"]

    monkeypatch.setattr(get_providers().mail, "largest_mail", 1_500_000)
    page = answer(visit_plain, conversation)
    assert "The files have more than 0 MB together. Remove some." in page.text
    assert len(messages(conversation)) == 1


def test_file_that_is_removed_is_gone_and_the_words_stay(app, visit_plain, ada, conversation):
    before = stored_files(app)
    add(visit_plain, conversation, a_file(), a_file("map.txt", b"Turn left."))
    page = press(visit_plain, conversation, f"Remove “{POOL}”", text="Mine", way="email")

    assert (names(fresh(conversation)), page.value("text")) == (["map.txt"], "Mine")
    assert len(stored_files(app)) == len(before) + 1


def test_answer_that_does_not_show_a_colleagues_file_is_stopped_and_each_file_stays(
    visit_plain, ada, cleo, conversation
):
    sent = carried(visit_plain(path(conversation))) | {"text": "Mine", "way": "email", "do": "send"}
    sent["files"] = [a_file("a.txt", b"a")]
    add(cleo, conversation, a_file("map.txt", b"Turn left."))
    page = visit_plain.post(f"{path(conversation)}/answer", sent)

    assert (page.status, page.value("text")) == (409, "Mine")
    for name in ("map.txt", "a.txt"):
        assert name in page.text
        assert name in names(fresh(conversation))
    assert len(messages(conversation)) == 1


def test_taken_back_answer_has_its_files_and_others_in_the_draft_again(
    visit_plain, ada, mailbox, conversation
):
    add(visit_plain, conversation, a_file("map.txt", b"Turn left."))
    answer(visit_plain, conversation, "Too quick", also_to="bo@example.org")
    page = press(visit_plain, conversation, "Undo: take it back")
    with a_while_later():
        assert [one for one in mailbox() if one["Subject"].startswith("Re:")] == []

    assert names(fresh(conversation)) == ["map.txt"]
    assert page.value("also_to") == "bo@example.org"


def test_files_of_an_answer_by_phone_are_mailed_to_nobody_and_on_the_persons_page(
    visit_plain, ada, mailbox
):
    conversation = a_conversation(reply_by=Way.PHONE, phone="0161 496 0000")
    add(visit_plain, conversation, a_file("map.txt", b"Turn left."))
    answer(visit_plain, conversation, "I read it out.", "phone")

    assert "map.txt" in visit_plain(links.own_url(conversation)).text
    assert [one for one in mailbox() if one["Subject"].startswith("Re:")] == []


def test_file_of_one_person_is_not_on_anothers_page(visit_plain, ada, conversation):
    other = a_conversation(reply_by=Way.WEB, email="")
    add(visit_plain, other, a_file("map.txt", b"Turn left."))
    answer(visit_plain, other, "Here.", "web")
    number = messages(fresh(other))[-1].attachments[0].id

    assert visit_plain(f"{links.own_url(other)}/files/{number}").status == 200
    assert visit_plain(f"{links.own_url(conversation)}/files/{number}").status == 404


def test_erased_person_has_no_file_left(app, visit_plain, conversation):
    sign_in(visit_plain, app, role=Role.MANAGER)
    before = stored_files(app)
    add(visit_plain, conversation, a_file("map.txt", b"Turn left."))
    answer(visit_plain, conversation)
    add(visit_plain, fresh(conversation), a_file("next.txt", b"Right."))
    assert len(stored_files(app)) == len(before) + 2
    visit_plain.send(f"{path(conversation)}/erase", button="Erase it all")

    assert db.session.scalars(db.select(Attachment)).all() == []
    assert stored_files(app) == before


def test_saved_replys_files_go_with_each_answer_that_it_is_put_into(
    app, visit_plain, ada, conversation
):
    sent = {"title": "Map", "text": "Here, {name}.", "do": "save", "files": [a_file()]}
    page = visit_plain.send("/inbox/replies/new", sent, button="Save")
    saved = db.session.scalar(db.select(SavedReply))
    (file,) = saved.enclosures
    assert (page.status, page.has(f"#alt-{file.id}[aria-invalid=true]")) == (422, True)
    was = {"was": page.value("was"), f"alt-{file.id}": SHOWS}
    sent = carried(page) | was | {"title": "Map", "text": "Here.", "do": "save"}
    page = visit_plain.post(f"/inbox/replies/{saved.id}", sent)
    assert (page.heading, POOL in page.text) == ("Saved replies", True)

    number = saved.id
    sent = {"text": "", "way": "email", "do": "insert", "saved": str(number)}
    visit_plain.send(path(conversation), sent, button="Answer")
    (copy,) = fresh(conversation).enclosures
    assert (copy.name, copy.alt, copy.size) == (POOL, SHOWS, len(PICTURE))
    before = len(stored_files(app))
    visit_plain.send(f"/inbox/replies/{number}", button="Remove it")
    assert len(stored_files(app)) == before - 1
    assert answer(visit_plain, conversation).status == 200
