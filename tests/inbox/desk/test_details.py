"""A new conversation that the team begins, and who somebody is, corrected with history."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.extensions import db
from portal.inbox.desk import details, services
from portal.inbox.models import Change, Conversation, ConversationState, Direction, Kind, Rank
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.desk import fresh, history, messages, path, token
from tests.stories import a_story

CALLED = {
    "came": "phone",
    "text": "Is there a hoist?",
    "kind": "message",
    "name": "Grace",
    "reply_by": "phone",
    "phone": "+44 161 496 0000",
    "needs": "Speak slowly",
}


def correct(visit, conversation, **typed):
    return visit.send(f"{path(conversation)}/details", typed_over(visit, conversation) | typed)


def typed_over(visit, conversation):
    return visit(f"{path(conversation)}/details").form()


def new(visit, **typed):
    return visit.send("/inbox/new", CALLED | typed, button="Save the conversation")


@pytest.mark.parametrize("came", [Way.PHONE, Way.VISIT])
def test_what_came_to_a_member_is_kept_as_it_came_and_they_look_after_it(visit_plain, ada, came):
    page = new(visit_plain, came=str(came))
    conversation = db.session.scalar(db.select(Conversation))

    assert "It is kept, and you look after it." in page.text
    assert (conversation.owner_id, conversation.state) == (ada.id, ConversationState.OPEN)
    assert (conversation.phone, conversation.needs) == ("0161 496 0000", "Speak slowly")
    (message,) = messages(conversation)
    assert (message.text, message.way, message.sender) == ("Is there a hoist?", came, "Grace")
    assert message.direction is Direction.INCOMING
    assert "Ada" in page.text
    assert "wrote down what came" in page.text


def test_what_was_said_on_the_phone_is_heeded(visit_plain, ada):
    new(visit_plain, kind="press", deadline="27 March 2030 3pm")
    conversation = db.session.scalar(db.select(Conversation))
    (message,) = messages(conversation)
    corrected = {"words": "I want to die."}
    here = f"{path(conversation)}/messages/{message.id}"
    page = visit_plain.send(f"{here}/correct", corrected, button="Save the correction")
    visit_plain.post(f"{here}/take-back", token(visit_plain))

    assert "It is corrected." in page.text
    conversation = fresh(conversation)
    assert conversation.danger_at
    assert messages(conversation)[0].taken_back_at is None
    assert conversation.deadline_at == datetime(2030, 3, 27, 15, tzinfo=UTC)
    assert (conversation.kind, conversation.rank) == (Kind.PRESS, Rank.URGENT)


def test_who_writes_first_sends_a_mail_that_can_be_taken_back(visit_plain, ada):
    mail = {"came": "write", "reply_by": "email", "email": "grace@example.org", "text": "Dear G"}
    page = new(visit_plain, **mail)
    conversation = db.session.scalar(db.select(Conversation))

    assert "Undo" in page.text
    assert conversation.state is ConversationState.WAITING
    (message,) = messages(conversation)
    assert (message.direction, message.sending.outgoing.address) == (
        Direction.OUTGOING,
        "grace@example.org",
    )
    visit_plain.send(path(conversation), button="Undo: take it back")
    assert fresh(conversation).draft.text == "Dear G"


def test_form_that_is_sent_twice_is_one_conversation(visit_plain, ada):
    sent = visit_plain("/inbox/new").form() | CALLED
    for _ in range(2):
        assert visit_plain.post("/inbox/new", sent).status == 200

    assert len(list(db.session.scalars(db.select(Conversation)))) == 1


def test_details_are_corrected_and_the_history_names_no_person(visit_plain, ada):
    conversation = a_conversation()
    typed = {"name": "Grace H", "email": "g@example.net", "phone": "0161 4960000", "needs": "BSL"}
    page = correct(visit_plain, conversation, **typed, reply_by="phone", subject="The pool")
    now = fresh(conversation)

    assert page.status == 200
    assert (now.name, now.email, now.email_key) == ("Grace H", "g@example.net", "g@example.net")
    assert (now.phone, now.needs, now.subject) == ("0161 496 0000", "BSL", "The pool")
    assert "corrected: subject, name, what helps them, email address, phone number" in page.text
    assert ("reply_by", "email", "phone") in history(conversation)
    kept = str([(one.before, one.after) for one in db.session.scalars(db.select(Change))])
    assert not [word for word in ("Grace", "example", "0161", "BSL", "pool") if word in kept]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": "grace@"}, "Enter a full email address"),
        ({"reply_by": "phone"}, "Enter their phone number"),
        ({"reply_by": "phone", "phone": "1"}, "Enter a phone number"),
        ({"reply_by": "post"}, "Enter their postal address"),
        ({"reply_by": "helper"}, "Enter the name of the person who helps them."),
        ({"deadline": "soon"}, "Enter a day or a time"),
        ({"deadline": "Monday 27 March 2030"}, "is a Wednesday"),
    ],
)
def test_what_cannot_be_used_comes_back_and_nothing_is_kept(visit_plain, ada, typed, said):
    conversation = a_conversation()
    page = correct(visit_plain, conversation, **typed)

    assert page.status == 422
    assert said in page.text
    assert history(conversation)[1:] == []


@pytest.mark.parametrize("was_set", [False, True])
def test_another_kind_or_deadline_makes_it_as_urgent_as_if_it_had_come_so(
    visit_plain, ada, was_set
):
    conversation = a_conversation(deadline_words="in due time")
    usual, noon = conversation.due_at, datetime(2030, 3, 27, 12, tzinfo=UTC)
    if was_set:
        services.change(conversation, ada, {}, due_at=usual - timedelta(minutes=9))
    correct(visit_plain, conversation, kind="press", deadline="27 March 2030 noon")
    now = fresh(conversation)

    assert (now.kind, now.deadline_at, now.deadline_words) == (Kind.PRESS, noon, "")
    assert now.rank == Rank.DEADLINE
    assert now.due_at == (usual - timedelta(minutes=9) if was_set else noon)
    assert ("deadline_words", "in due time", "") in history(conversation)
    correct(visit_plain, conversation, deadline="")
    now = fresh(conversation)
    assert (now.deadline_at, now.rank) == (None, Rank.USUAL)
    assert was_set or now.due_at < noon


def test_a_story_stays_one_and_a_way_that_is_offered_no_more_stays_too(visit_plain, ada, app):
    story = a_story().conversation
    story.reply_by = Way.RELAY
    app.config["REPLY_WAYS"] = {"email": "By email"}
    db.session.commit()
    page = visit_plain(f"{path(story)}/details")
    assert not page.has("[name=kind]")
    sent = page.form() | {"needs": "Large print", "phone": "0161 496 0000"}
    assert visit_plain.post(f"{path(story)}/details", sent).status == 200

    assert (fresh(story).reply_by, fresh(story).kind) == (Way.RELAY, Kind.STORY)


def test_what_a_colleague_corrected_meanwhile_stays(visit_plain, ada, ben):
    conversation = a_conversation(phone="0161 496 0000")
    page = visit_plain(f"{path(conversation)}/details")
    details.change_details(fresh(conversation), ben, {}, needs="Large print", name="Gracie")
    sent = page.form() | {"outlet": "The Daily"}
    assert visit_plain.post(f"{path(conversation)}/details", sent).status == 200
    now = fresh(conversation)
    assert (now.needs, now.outlet, now.name) == ("Large print", "The Daily", "Gracie")

    sent |= {"name": "Grace M"}
    page = visit_plain.post(f"{path(conversation)}/details", sent)
    assert page.status == 409
    assert "NameYou sawGrace HopperNowGracieYou choseGrace M" in page.text
    visit_plain.post(f"{path(conversation)}/details", page.form())
    assert fresh(conversation).name == "Grace M"
