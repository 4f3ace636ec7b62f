"""A manager shows somebody all that is held about them, gives it to them, and erases it."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine

from portal import people
from portal.audit import AuditEntry
from portal.delivery.models import Action, Outgoing
from portal.extensions import db, now
from portal.inbox.desk import replies
from portal.inbox.incoming import services as incoming
from portal.newsletter import services as newsletter
from portal.people import Person
from portal.providers.webhooks import mime
from portal.stories.models import Story
from portal.team.models import Role
from portal.your_details.desk import services
from tests.inbox import a_conversation
from tests.inbox.mails import reply_address
from tests.newsletter import put_on, tables
from tests.stories import a_draft, a_story, count, handed_over
from tests.stories.desk import with_file
from tests.team import a_member, sign_in

LOOK = "/team/person/"
ADA, NUMBER = "ada@example.org", "07700 900123"
PROVEN = {"email": ADA, "phone": NUMBER, "proof": "seen"}
NOTE = "She prefers the morning"
SAID, CALL, UNSENT = "I roll to the pool", "Call me on Monday", "Nobody has read this"
HERS = (SAID, NOTE, CALL, "The pool", "Too quick", "Eve is away")
CARD = "I met them, and they showed a card with their name"


@pytest.fixture
def manager(app, visit_plain):
    return sign_in(visit_plain, app, Role.MANAGER, "Mo")


@pytest.fixture
def ada(app, manager):
    """Ada has something of each kind, and Eve's conversation has a mail of hers."""
    put_on(ADA, "Ada", ["stories"])
    newsletter.hold(ADA, [], "plain", ["Too quick"])
    talk = a_conversation(email=ADA, text=SAID)
    replies.add_note(talk, manager, NOTE)
    a_conversation(email="", phone="+44 7700 900123", text=CALL)
    story = handed_over(a_story(email=ADA, title="The pool"))
    with_file(story, "me.txt", b"My whole life")
    a_draft(email=ADA, title=UNSENT)
    a_member(Role.READER, "Ada L", ADA)
    eve = a_conversation(email="eve@example.org", text="Eve wrote this")
    mail = f"From: {ADA}\r\nTo: {reply_address(eve)}\r\nMessage-ID: <a@b>\r\n\r\nEve is away"
    incoming.receive(mime.read(mail.encode()), "local")
    db.session.commit()


def looked(visit_plain, **changes):
    return visit_plain.send(LOOK, PROVEN | changes)


@pytest.mark.usefixtures("ada")
def test_all_of_it_is_on_one_page_and_the_look_is_noted_without_the_person(visit_plain):
    page = looked(visit_plain)

    assert page.status == 200
    for words in (
        SAID,
        NOTE,
        "Call me on Monday",
        "The pool",
        "Gets the newsletter",
        "Eve is away",
    ):
        assert words in page.text, words
    for words in ("An account of our team", "A story that was not sent", "Too quick"):
        assert words in page.text, words
    assert UNSENT not in page.text
    assert "Eve wrote this" not in page.text
    noted = [(one.deed, one.why) for one in db.session.query(AuditEntry)]
    assert noted == [("looked a person up", CARD)] * 2
    db.session.commit()
    assert ADA not in str(tables()["audit_entry"])
    for typed in (ADA.upper(), "+44 7700 900123"):
        found = visit_plain("/team/audit/", query_string={"q": typed})
        assert len(found.page.query(".row")) == 1


@pytest.mark.usefixtures("ada")
def test_the_file_has_all_of_it_to_read_and_for_programs_with_what_they_sent(visit_plain):
    token = {"csrf_token": looked(visit_plain).value("csrf_token")}
    answer = visit_plain.client.post(f"{LOOK}file", data=PROVEN | token)
    archive = zipfile.ZipFile(BytesIO(answer.data))
    page = archive.read("all-that-we-keep.html").decode()
    told = archive.read("all-that-we-keep.json").decode()

    for words in (
        SAID,
        NOTE,
        "Call me on Monday",
        "The pool",
        "Nobody has read this",
        "Eve is away",
    ):
        assert words in page, words
        assert words in told, words
    assert "Eve wrote this" not in page + told
    json.loads(told)
    files = {name.rpartition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert b"My whole life" in files.values()
    assert any(b"Eve is away" in content for name, content in files.items() if "mail-" in name)


@pytest.mark.usefixtures("ada")
def test_parts_are_erased_after_a_second_look_and_the_rest_stays(visit_plain):
    page = looked(visit_plain)
    token = {"csrf_token": page.value("csrf_token")}
    none = visit_plain.post(f"{LOOK}erase", PROVEN | token)
    assert (none.status, none.has("#parts-error")) == (422, True)
    asked = visit_plain.post(f"{LOOK}erase", PROVEN | token | {"parts": "stories"})
    assert asked.heading == "Erase this for good?"
    assert "A published story leaves this site at once." in asked.text
    assert "What you do not erase" in asked.text
    assert count(Story) == 2
    chosen = asked.form("form[action$='/erase']")
    done = visit_plain.post(f"{LOOK}erase", chosen | {"sure": "y"})

    assert "It is erased." in done.text
    assert count(Story) == 0
    assert "Gets the newsletter" in looked(visit_plain).text


@pytest.mark.usefixtures("ada")
def test_all_is_erased_and_what_others_said_stays(visit_plain, work):
    page = looked(visit_plain)
    token = {"csrf_token": page.value("csrf_token")}
    parts = [one.attrs["value"] for one in page.page.query("input[name=parts]")]
    visit_plain.post(f"{LOOK}erase", PROVEN | token | {"parts": parts, "sure": "y"})
    work()

    kept = tables()
    del kept["member"]
    text = str(kept)
    for words in (
        ADA,
        SAID,
        NOTE,
        "Call me on Monday",
        "The pool",
        "Nobody has read",
        "Eve is away",
    ):
        assert words not in text, words
    assert "Eve wrote this" in text
    again = looked(visit_plain)
    assert "An account of our team" in again.text
    assert "Messages" not in again.text


@pytest.mark.usefixtures("ada")
def test_who_has_not_shown_who_they_are_gets_nothing(visit_plain):
    token = {"csrf_token": visit_plain(LOOK).value("csrf_token")}
    page = looked(visit_plain, proof="none")
    sent = PROVEN | token | {"proof": "none", "parts": "messages", "sure": "y"}

    assert "Nobody has shown who they are." in page.text
    assert not page.has("input[name=parts]")
    for end in ("file", "erase"):
        assert visit_plain.client.post(f"{LOOK}{end}", data=sent).status_code == 400
    assert SAID in str(tables())


@pytest.mark.usefixtures("ada")
def test_what_managers_alone_read_is_not_beside_a_conversation(app, visit_plain):
    looked(visit_plain)
    beside = {one.holder.name for one in people.gather(Person.of([ADA], [NUMBER]), 3)}

    assert beside.isdisjoint({"staff", "typed", "audit", "emails"})
    assert "audit" in {one.holder.name for one in people.gather(Person.of([ADA], asks=True), 3)}


@pytest.mark.usefixtures("ada")
def test_nothing_is_shown_that_is_not_noted_whichever_step_is_sent_first(visit_plain):
    token = {"csrf_token": visit_plain(LOOK).value("csrf_token")}
    bent = ({}, {"proof": ""}, {"proof": "x"}, {"proof": "none"}, {"email": "ada@", "phone": ""})
    for end, changes in ((end, one) for end in ("", "file", "erase") for one in bent):
        before = db.session.query(AuditEntry).count()
        db.session.commit()
        sent = visit_plain.client.post(f"{LOOK}{end}", data=PROVEN | token | changes)
        is_shown = SAID.encode() in sent.data or sent.mimetype == "application/zip"
        after = db.session.query(AuditEntry).count()
        db.session.commit()

        assert (after > before) is is_shown, (end, changes)
        assert is_shown is (not changes or (end == "" and changes == {"proof": "none"}))


def test_nobody_is_nobody_and_a_conversation_leads_here(visit_plain, manager):
    talk = a_conversation(email=ADA, phone=NUMBER)
    led = visit_plain(f"{LOOK}?conversation={talk.id}")

    assert visit_plain(f"/inbox/{talk.id}/person").has(f"a[href='{LOOK}?conversation={talk.id}']")
    assert (led.value("email"), led.value("phone")) == (ADA, NUMBER)
    assert "We keep nothing" in looked(visit_plain, email="zoe@example.org", phone="").text


@pytest.mark.usefixtures("manager")
def test_the_provider_is_told_of_whoever_got_a_mail(visit_plain, work):
    talk = a_conversation(email=ADA)
    replies.answer(talk, a_member(Role.EDITOR, "Eda"), "It is warm", talk.reply_by)
    with time_machine.travel(now() + timedelta(hours=1)):
        work()
    services.erase(Person.of([ADA], whole=True), (), "")
    erasures = db.session.query(Outgoing).filter_by(action=Action.ERASE, address=ADA).count()

    assert erasures == 1
