"""Somebody outside is asked without being told who wrote, and their answer stays with the team."""

import re

import pytest
from sqlalchemy import select

from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db, now
from portal.inbox import intake, links, reply_addresses, sender_page
from portal.inbox.desk import erasing, questions, replies, services, striking
from portal.inbox.incoming import doubts
from portal.inbox.models import Conversation, ConversationState, Direction, Message
from portal.ways import Way
from tests.delivery import hear, news
from tests.inbox import DAY, a_conversation
from tests.inbox.desk import fresh, path
from tests.inbox.mails import BREVO, hand_on, item

POOL = "pool@council.example"
CHECK = "Check what leaves"


@pytest.fixture
def env(env):
    return env | BREVO


@pytest.fixture
def question(ben, conversation):
    """Ben has asked the pool, and it has left."""
    asked = questions.ask(conversation, ben, POOL, "Is it warm?\n\n> I get […] cold.")
    asked.sending.outgoing.state, asked.sending.outgoing.finished_at = OutgoingState.ACCEPTED, now()
    asked.sending.outgoing.message_id = "<asked@mail.example>"
    db.session.commit()
    return asked


def send(visitor, page, **changed):
    """Press “Send it” on the page that shows what leaves."""
    (form,) = page.page.query("main form")
    hidden = {one.attrs["name"]: one.attrs["value"] for one in form.query("input[type=hidden]")}
    return visitor.post(form.attrs["action"], hidden | {"do": "send"} | changed)


def address_of(question):
    return reply_addresses.reply_to_question(question).email


def answer(client, to="reply@portal.localhost", text="It is 28 degrees.", **changes):
    """Somebody outside writes; returns the newest message."""
    sender = {"Name": "Jo", "Address": POOL}
    number = db.session.query(Message).count()
    values = {"From": sender, "RawTextBody": text, "MessageId": f"<{number}@council>"} | changes
    assert hand_on(client, item(to, **values)).status_code == 200
    return db.session.scalars(select(Message).order_by(Message.id.desc())).first()


def test_a_question_is_checked_without_names_then_leaves_and_is_a_note(
    visit_plain, ada, conversation
):
    intake.add_incoming(
        conversation, "Grace here, 0161 496 0000.\n\nIs it deep?", way=Way.WEB, sender="Grace"
    )
    db.session.commit()
    key = f"{conversation.messages[-1].id}-0"
    page = visit_plain.send(
        f"{path(conversation)}/ask",
        {"to": POOL, "words": f"Is it warm? {conversation.reference}", "passages": [key]},
        button=CHECK,
    )
    assert "[…] here, […]." in page.page.query("#quote")[0].to_text()
    page = send(visit_plain, page, quote="It is cold, says […].")

    assert f"Ada asked {POOL}, outside the team" in page.text
    assert "Your question is saved." in page.text
    mail = db.session.query(Outgoing).filter_by(name="question").one()
    assert (mail.address, mail.state) == (POOL, OutgoingState.WAITING)
    said = str(mail.payload)
    assert "> It is cold, says […]." in said
    assert not [word for word in ("Grace", conversation.reference, "/contact/") if word in said]
    assert conversation.messages[-1].direction is Direction.NOTE
    assert conversation.state is ConversationState.NEW


def test_a_question_can_be_taken_back_and_begun_again(visit_plain, ada, conversation):
    questions.ask(conversation, ada, POOL, "Is it warm?")
    page = visit_plain.send(path(conversation), button="Undo: take it back")

    assert "Your question was stopped." in page.text
    assert page.page.query("#words")[0].to_text().strip() == "Is it warm?"
    assert db.session.query(Outgoing).filter_by(name="question").one().state == "cancelled"
    assert fresh(conversation).draft is None


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("Grace@example.org", questions.OWN),
        ("media+1@getyourselfactive.org", questions.OURS),
        ("no address", "Enter a full email address"),
    ],
)
def test_the_person_and_we_ourselves_are_not_asked(visit_plain, ada, conversation, to, words):
    page = visit_plain.send(
        f"{path(conversation)}/ask", {"to": to, "words": "Is it warm?"}, button=CHECK
    )
    if page.status == 200:
        page = send(visit_plain, page)

    assert (page.status, words in page.text) == (422, True)
    assert "Is it warm?" in page.text
    assert db.session.query(Outgoing).filter_by(name="question").count() == 0


def test_the_same_question_twice_in_a_moment_leaves_once(ben, conversation):
    first, second = (questions.ask(conversation, ben, POOL, "Is it warm?") for _ in range(2))

    assert first is second


PLACES = {
    "its address": lambda to: {"to": to},
    "a relay's": lambda to: {"to": to.replace("@", "=") + "@relay.example"},
    "other case": lambda to: {"to": to.upper()},
    "its thread": lambda to: {"Headers": {"References": f"<a@b> <{to}>"}},
    "our Message-ID": lambda to: {"Headers": {"In-Reply-To": "<asked@mail.example>"}},
}


@pytest.mark.parametrize("place", PLACES)
def test_an_answer_comes_back_as_a_note_that_the_team_hears_of(client, question, place):
    conversation = db.session.get(Conversation, question.conversation_id)
    conversation.state = ConversationState.CLOSED
    told = db.session.query(Outgoing).filter_by(name="team_notice").count()
    one = answer(client, **PLACES[place](address_of(question)))
    two = answer(client, Headers={"In-Reply-To": one.mail_id}, text="And 1 metre deep.")

    assert [each.conversation_id for each in (one, two)] == [conversation.id] * 2
    assert [(each.direction, each.way) for each in (one, two)] == [(Direction.NOTE, Way.EMAIL)] * 2
    assert (one.sender, one.text) == (f"Jo ({POOL})", "It is 28 degrees.")
    assert fresh(conversation).state is ConversationState.OPEN
    assert db.session.query(Outgoing).filter_by(name="team_notice").count() == told + 1
    assert fresh(conversation).untold_at


@pytest.mark.usefixtures("ada")
def test_nothing_of_it_ever_reaches_the_person(visit_plain, client, ben, question):
    conversation = db.session.get(Conversation, question.conversation_id)
    note = answer(client, address_of(question), text="zq-the-pool-says")
    was = conversation.email
    services.answer_to(conversation, ben, {"email": was}, POOL)
    replies.answer(conversation, ben, "Yes, it is.", Way.EMAIL, seen=conversation.version)

    (mail,) = db.session.query(Outgoing).filter_by(name="reply")
    own = links.own_url(conversation).partition("portal.test")[2]
    shown = visit_plain(own).text + str(sender_page.entries(conversation))
    for said in (str(mail.payload), shown):
        for secret in ("zq-the-pool-says", POOL, "asked@mail", note.mail_id, "Is it warm?"):
            assert secret not in said
    assert (conversation.email, mail.address) == (was, was)


def test_a_question_that_came_back_is_trouble_that_says_so(question):
    row = question.sending.outgoing
    hear(news("bounced", "1", address=POOL, key=row.key, reason="No such user."))

    trouble = db.session.get(Conversation, question.conversation_id).trouble
    assert trouble == "Of a question to somebody outside: A mail came back. No such user."


@pytest.mark.parametrize("why", ["forged", "late", "erased", "taken back"])
def test_an_answer_to_a_question_that_is_none_is_held(client, ben, clock, conversation, why):
    asked = questions.ask(conversation, ben, POOL, "Is it warm?")
    to = address_of(asked)
    match why:
        case "forged":
            to = re.sub(r"q\d+-", "q7-", to)
        case "late":
            clock.shift(61 * DAY)
        case "erased":
            erasing.erase(conversation, ben)
        case "taken back":
            replies.take_back(asked, conversation, ben)
    held = answer(client, to)

    other = db.session.get(Conversation, held.conversation_id)
    assert (other.id == conversation.id, other.state) == (False, ConversationState.HELD)
    assert other.doubts == (doubts.FORGED if why == "forged" else doubts.LATE)


def test_a_machines_answer_wakes_nobody_and_erasing_reaches_both(client, ben, question):
    conversation = db.session.get(Conversation, question.conversation_id)
    conversation.state = ConversationState.CLOSED
    note = answer(client, address_of(question), Headers={"Auto-Submitted": "auto-replied"})
    assert (note.automatic, fresh(conversation).state) == (True, ConversationState.CLOSED)

    erasing.erase(conversation, ben)
    rows = [str([vars(one) for one in db.session.scalars(select(each))]) for each in HELD]
    assert not [row for row in rows if POOL in row or "28 degrees" in row]


HELD = (Message, Outgoing)

STRUCK = {
    "I am Grace Hopper.": "I am […].",
    "GRACE and hopper's dog, by Grace": "[…] and hopper's dog, by […]",
    "Call 0161 496 0000, +44 161 496 0000 or (0161) 4960000": "Call […], […] or […]",
    "grace@example.org or Grace@else.example.": "[…] or […].",
    "I live at 1 pool lane in M1 1AA": "I live at […] in […]",
    "With grace she swims on 12 May 2026, 10:30": "With grace she swims on 12 May 2026, 10:30",
    "http://portal.test/contact/abc.def, https://pool.example": "[…], https://pool.example",
}


def test_names_addresses_and_numbers_are_struck_out_and_other_words_stay(app):
    talk = a_conversation(phone="0161 496 0000", postal="1 Pool Lane\nLeeds", helper="Joan Day")
    reference = talk.reference.lower()
    grace, layla = a_conversation(name="grace"), a_conversation(name="ليلى")

    assert {text: striking.strike(text, [talk]) for text in STRUCK} == STRUCK
    assert striking.strike("Grace, with grace", [grace]) == "[…], with grace"
    assert striking.strike("أنا ليلى.", [layla]) == "أنا […]."
    for one in (reference, reference.replace("-", ""), reference.replace("-", " ")):
        assert striking.strike_keys(f"It is {one}.", [talk]) == "It is […]."
