"""Files that come with mails: kept if they are what they say, and given out as downloads."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from sqlalchemy import select

from portal import file_kinds, storage
from portal.extensions import db, huey, now
from portal.file_kinds import MB
from portal.inbox.desk import erasing
from portal.inbox.incoming import attachments, services
from portal.inbox.models import Attachment, Conversation, Keeping, Message, Original
from portal.providers.errors import Refused, TryLater
from portal.providers.values import InboundAttachment
from portal.providers.webhooks import mime
from portal.providers.webhooks.values import NAME_LONGEST, line
from portal.team.models import Role
from tests.delivery import Scripted
from tests.inbox.mails import file, hand_on, item
from tests.stories.media import PROGRAM, SVG, a_document, stored
from tests.team import a_member, sign_in

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60


@pytest.fixture
def kept(app):
    """Takes a mail with these files in, and returns their rows."""

    def take(*files):
        mail = EmailMessage()
        mail["From"], mail["To"] = "grace@example.org", "reply@portal.localhost"
        mail["Message-ID"] = "<files@mail.example.org>"
        mail.set_content("Here they are")
        for name, content in files:
            mail.add_attachment(content, "application", "octet-stream", filename=name)
        services.receive(mime.read(mail.as_bytes()), "local")
        return rows()

    return take


def rows():
    return list(db.session.scalars(select(Attachment).order_by(Attachment.id)))


def whole_mail():
    """The one mail, as it is kept."""
    return storage.read(db.session.scalars(select(Original.place)).one()).read()


GOOD = [
    ("lake.png", PNG, "image/png"),
    ("IMG_1234", PNG, "image/png"),
    ("phone.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
    ("letter.pdf", b"\r\n%PDF-1.4\n", "application/pdf"),
    ("empty.txt", b"", "text/plain"),
    ("new.docx", a_document(), file_kinds.TYPES["docx"]),
    ("many.zip", a_document("a.txt"), "application/zip"),
    ("walk.unknown", b"\0\1\2\3", "application/octet-stream"),
    ("locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), file_kinds.TYPES["docx"]),
]
BAD = [
    *((name, PROGRAM, file_kinds.IS_PROGRAM) for name in ("lake.jpg", "no-end", "setup.exe")),
    *((name, PNG, file_kinds.IS_PROGRAM) for name in ("setup.exe", "lake.png.scr")),
    *((name, SVG, file_kinds.IS_PAGE) for name in ("lake.png", "page.html", "drawing.svg")),
    ("many.zip", a_document("setup.exe"), file_kinds.HAS_PROGRAM),
]


def test_files_are_kept_as_what_they_are_whatever_their_name(kept):
    for row, (name, content, kind) in zip(kept(*(one[:2] for one in GOOD)), GOOD, strict=True):
        assert (row.state, row.name, row.content_type) == (Keeping.KEPT, name, kind)
        assert (row.reason == file_kinds.HAS_PASSWORD) is ("locked" in name)
        assert row.size == len(content)
        assert storage.read(row.place).read() == content


def test_a_program_or_page_is_refused_and_the_conversation_says_which_and_why(app, kept, client):
    found = kept(*(one[:2] for one in BAD))
    for row, (name, _, reason) in zip(found, BAD, strict=True):
        assert (row.state, row.name, row.reason) == (Keeping.REFUSED, name, reason)
    assert stored(app) == [whole_mail()]
    sign_in(client, app, Role.READER)
    page = client.get("/inbox/1").text
    assert all(f"{name}: {reason}" in page for name, _, reason in BAD)


def test_a_file_that_is_too_large_is_refused(app):
    app.config["ATTACHMENT_MAX_MB"] = 1
    large = InboundAttachment("words.txt", b"x" * (MB + 1))
    (row,) = attachments.take_in([large], "local")

    assert (row.state, row.reason) == (Keeping.REFUSED, "It is larger than 1 MB.")


def test_where_there_is_no_room_the_words_are_kept_and_the_files_are_named(app, kept, client):
    app.config["FILES_SITE_MB"] = 0
    (row,) = kept(("lake.png", PNG))

    assert (row.state, row.name, row.reason) == (Keeping.REFUSED, "lake.png", attachments.NO_ROOM)
    assert stored(app) == []
    sign_in(client, app)
    assert all(words in client.get("/inbox/1").text for words in ("Here they are", row.reason))
    assert "not kept whole" in client.get("/inbox/attachments/mails/1").text


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\temp\\lake.png", "lake.png"),
        (".hidden.png", "hidden.png"),
        ("a\r\nb.png", "a b.png"),
        ("\u202egnp.exe", "gnp.exe"),
        *((nothing, "file") for nothing in ("", "..", "/")),
        ("x" * 500 + ".png", "x" * 116 + ".png"),
        ("a." + "x" * 500, "x" * 120),
        ("\ud800\0.png", "?\ufffd.png"),
    ],
)
def test_a_name_is_made_harmless(name, clean):
    assert attachments.clean_name(line(name, NAME_LONGEST)) == clean


def test_of_too_many_files_the_first_are_kept_and_the_rest_is_counted(client):
    files = [file(f"{number}.png", f"token-{number}") for number in range(1_000)]

    assert hand_on(client, item(Attachments=files)).status_code == 200
    found = rows()
    assert len(found) == attachments.MOST + 1
    assert (found[-1].state, found[-1].name) == (Keeping.REFUSED, "900 more")
    assert "ask for them again: 100.png, 101.png" in found[-1].reason


@pytest.mark.parametrize(
    "files",
    [
        *(None, "text", {}, [None, 7, []], [{}]),
        [{"Name": None, "DownloadToken": 7, "ContentLength": "many"}],
    ],
)
def test_malformed_files_never_lose_the_mail(client, count, files):
    assert hand_on(client, item(Attachments=files)).status_code == 200
    assert count(Message) == 1
    assert all(row.state is Keeping.REFUSED and row.reason for row in rows())


def test_a_mail_that_comes_twice_leaves_no_second_file(app, kept):
    kept(("lake.png", PNG))
    kept(("lake.png", PNG))

    assert sorted(stored(app)) == sorted([PNG, whole_mail()])
    assert len(rows()) == 1


def test_a_mail_that_cannot_be_saved_leaves_no_file(app, kept, count, monkeypatch):
    def broken(*_):
        raise RuntimeError("a reason of ours")

    monkeypatch.setattr(services, "_add_parts", broken)
    with pytest.raises(RuntimeError):
        kept(("lake.png", PNG))

    assert stored(app) == []
    assert count(Message) == 0


def test_an_erased_conversation_leaves_no_file_and_no_whole_mail(app, kept, count):
    kept(("lake.png", PNG))
    erasing.erase(db.session.scalars(select(Conversation)).one(), a_member())

    assert rows() == stored(app) == []
    assert count(Original) == 0


class Keeper(Scripted):
    name = "brevo"

    def fetch(self, token, limit):
        return self.answer(token, limit)


@pytest.fixture
def keeper(app, client):
    """Stands for Brevo, which has a file of a mail that came in."""
    keeper = Keeper()
    hand_on(client, item(Attachments=[file()]))
    app.extensions["providers"].callers["brevo"] = keeper
    return keeper


def one():
    db.session.expire_all()
    return db.session.scalars(select(Attachment)).one()


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        (PNG, Keeping.KEPT, ""),
        (PROGRAM, Keeping.KEPT, file_kinds.IS_PROGRAM),
        (b"x" * (MB + 1), Keeping.KEPT, "It is larger than 1 MB."),
        (Refused("It is gone."), Keeping.REFUSED, "It is gone. Ask the person to send it again."),
    ],
    ids=["as it says", "a program", "too large", "refused"],
)
def test_a_file_that_the_provider_keeps_is_fetched_by_the_worker_and_looked_at(
    app, keeper, work, answer, state, reason
):
    app.config["ATTACHMENT_MAX_MB"] = 1
    assert one().state is Keeping.FETCHING
    keeper.answers = [answer]

    work()

    row = one()
    assert (row.state, row.reason) == (state, reason)
    assert keeper.calls == [("token-1", 75 * MB)]
    if state is not Keeping.KEPT:
        assert row.place == ""
        return
    content = storage.read(row.place).read()
    assert row.size == len(content)
    if reason:  # it is in a mail, as files are that came with theirs
        assert (row.name, row.content_type) == ("lake.png.eml", "message/rfc822")
        assert mime.read(content).attachments == (InboundAttachment("lake.png", answer),)
    else:
        assert (row.content_type, content) == ("image/png", PNG)


@pytest.mark.parametrize(("down", "tries"), [(2, 3), (5, 5)])
def test_a_provider_that_is_down_is_asked_again_later_and_at_last_by_the_sweep(
    keeper, work, down, tries
):
    keeper.answers = [*[TryLater("down")] * down, PNG]

    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(7):
            work()
            clock.shift(timedelta(minutes=20))
        assert len(keeper.calls) == tries
        attachments.sweep.call_local()
        work()

    assert one().state is Keeping.KEPT


def test_what_there_is_no_room_for_stays_with_the_provider_until_there_is(app, keeper, work):
    keeper.answers = [PNG]
    for most, state in ((0, Keeping.FETCHING), (100, Keeping.KEPT)):
        app.config["FILES_SITE_MB"] = most
        attachments.fetch(one().id, len(attachments.BACK_OFF))
        work()
        assert one().state is state


def test_what_the_queue_has_lost_is_found_by_the_sweep(keeper, work):
    huey.flush()
    keeper.answers = [PNG]

    for hours, state in ((0, Keeping.FETCHING), (1, Keeping.KEPT)):
        with time_machine.travel(now() + timedelta(hours=hours), tick=False):
            attachments.sweep.call_local()
            work()
        assert one().state is state


def test_after_a_week_a_file_is_given_up_and_the_team_is_told_why(keeper):
    with time_machine.travel(now() + timedelta(days=8), tick=False):
        attachments.sweep.call_local()

    assert (one().state, one().reason) == (Keeping.REFUSED, attachments.GAVE_UP)
    assert keeper.calls == []


def test_a_file_that_several_workers_fetch_is_stored_once(app, keeper):
    number = one().id

    def slowly():
        attachments.fetch.call_local(number, 0)
        return PNG

    keeper.answers = [slowly, PNG]
    for _ in range(2):
        attachments.fetch.call_local(number, 0)

    assert sorted(stored(app)) == sorted([PNG, whole_mail()])
    assert storage.read(one().place).read() == PNG


def test_the_team_gets_a_file_as_a_download_and_nothing_runs_in_it(app, kept, client):
    app.config["WTF_CSRF_ENABLED"] = False
    (row,) = kept(("Zoë's lake.jpg", PNG))
    sign_in(client, app, Role.READER)
    address = f"/inbox/attachments/{row.id}"
    db.session.commit()
    answer = client.post(address)

    assert client.get(address).status_code == 405
    assert f'action="{address}"' in client.get("/inbox/1").text
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PNG, "image/png")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=")
    assert "filename*=UTF-8''Zo%C3%AB%27s%20lake.jpg.png" in disposition
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_file_that_was_refused_or_is_lost_is_not_found(app, kept, client, caplog):
    app.config["WTF_CSRF_ENABLED"] = False
    refused, lost = kept(("setup.exe", PROGRAM), ("lake.png", PNG))
    storage.discard(lost.place)
    sign_in(client, app, Role.READER)
    numbers = [refused.id, lost.id]
    db.session.commit()

    for number in numbers:
        assert client.post(f"/inbox/attachments/{number}").status_code == 404
    assert f"no file for attachment {numbers[1]}" in caplog.text
