"""Answers: by mail through the outbox, or noted down."""

import pytest

from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db
from portal.inbox import intake, links, reply_addresses
from portal.inbox.models import ConversationState, Direction
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.desk import a_while_later, answer, fresh, history, messages, path, press, token

UNDO = "Undo: take it back"


@pytest.fixture
def answers(mailbox):
    """The answers that have been mailed."""
    return lambda: [mail for mail in mailbox() if mail["Subject"].startswith("Re:")]


def test_answer_leaves_when_its_writer_chose_and_comes_back_to_an_address_of_its_own(
    visit_plain, ada, answers
):
    ada.undo_seconds = 300
    conversation = a_conversation()
    page = answer(visit_plain, conversation, "Yes, it is warm.")
    with a_while_later():
        before = answers()
    with a_while_later(minutes=5):
        (mail,) = answers()

    assert page.status == 200
    assert "Your answer is saved.It leaves in 5 minutes, at" in page.text
    assert before == []
    for kind in ("plain", "html"):
        assert "Yes, it is warm." in mail.get_body((kind,)).get_content()
    assert mail["To"] == "Grace Hopper <grace@example.org>"
    assert reply_addresses.read(mail["Reply-To"].addresses[0].addr_spec) == conversation.id
    row = db.session.scalar(db.select(Outgoing).where(Outgoing.name == "reply"))
    assert (row.state, row.payload) == (OutgoingState.ACCEPTED, {})  # and nothing of it stays


def test_answered_conversation_waits_and_has_an_owner_and_the_time_of_its_first_answer(
    visit_plain, ada, conversation
):
    answer(visit_plain, conversation)
    one = fresh(conversation)
    first = one.answered_at
    assert (one.state, one.owner_id) == (ConversationState.WAITING, ada.id)
    assert first is not None
    assert one.opened_at is not None
    assert ("answered", "new", "email") in history(one)

    with a_while_later():
        answer(visit_plain, one, "One thing more.")
    assert fresh(one).answered_at == first


def test_answer_can_be_taken_back_in_time_and_is_a_draft_again(visit_plain, ada, answers):
    conversation = a_conversation()
    answer(visit_plain, conversation, "Too quick")
    page = press(visit_plain, conversation, UNDO)
    with a_while_later():
        assert answers() == []

    conversation = fresh(conversation)
    assert "It is a draft again." in page.text
    assert conversation.draft.text == "Too quick"
    assert conversation.state is ConversationState.OPEN
    assert conversation.answered_at is None
    assert messages(conversation)[-1].taken_back_at is not None


def test_answer_that_closes_goes_on_to_the_next_of_its_list_where_it_can_be_undone(
    visit_plain, ada
):
    first, second = a_conversation(subject="First"), a_conversation(subject="Second")
    sent = {"text": "Yes.", "way": "email", "do": "send-close", "next": "yes"}
    page = visit_plain.send(path(first), sent, button="Answer")
    assert page.heading == "Second"
    assert page.has("#next[checked]")
    assert "Your answer toGrace Hopper: Firstis saved. It is closed." in page.text
    assert fresh(first).state is ConversationState.CLOSED
    assert ("state", "waiting", "closed") in history(first)

    page = visit_plain.send(path(second), sent, button="Answer")
    assert (page.heading, page.has("#next[checked]")) == ("Second", True)
    assert "It is closed. That was the last one of this list." in page.text
    page = visit_plain.send(f"{path(first)}?done=answered&of={second.id}", button=UNDO)
    assert (page.heading, page.value("text")) == ("Second", "Yes.")
    goals = [visit_plain.client.get(f"{path(one)}/next").location for one in (first, second)]
    assert [goal.partition("?")[0] for goal in goals] == [path(second), "/inbox/"]


def test_what_has_left_and_what_they_wrote_is_neither_taken_back_nor_corrected(
    visit_plain, ada, answers, conversation
):
    answer(visit_plain, conversation)
    with a_while_later():
        assert len(answers()) == 1
        for message in messages(conversation):
            here = f"{path(conversation)}/messages/{message.id}"
            page = visit_plain.post(f"{here}/take-back", token(visit_plain))
            assert "It was too late: the answer has left." in page.text
            assert visit_plain(f"{here}/correct").status == 404

    assert fresh(conversation).state is ConversationState.WAITING
    assert {one.taken_back_at for one in messages(conversation)} == {None}


def test_mails_of_a_conversation_are_one_thread_in_both_directions(visit_plain, ada, answers, work):
    conversation = a_conversation()
    answer(visit_plain, conversation, "First")
    with a_while_later():
        (first,) = answers()
        back = intake.add_incoming(fresh(conversation), "Thank you!", way=Way.EMAIL)
        back.mail_id = "<theirs@example.org>"
        db.session.commit()
        answer(visit_plain, conversation, "Second")
        with a_while_later():
            second = answers()[-1]

    assert first["In-Reply-To"] is None
    assert second["In-Reply-To"] == "<theirs@example.org>"
    assert second["References"] == f"{first['Message-ID']} <theirs@example.org>"


@pytest.mark.parametrize("way", ["web", "phone", "sms", "relay", "post"])
def test_call_or_letter_is_noted_in_one_step_and_mails_nothing(visit_plain, ada, mailbox, way):
    conversation = a_conversation(reply_by=Way(way), phone="0161 496 0000", email="")
    answer(visit_plain, conversation, "I told her that it is warm.", way)
    with a_while_later():
        mails = [mail for mail in mailbox() if mail["To"] != "media@getyourselfactive.org"]

    said = messages(conversation)[-1]
    assert (said.direction, str(said.way)) == (Direction.OUTGOING, way)
    assert fresh(conversation).state is ConversationState.WAITING
    assert mails == []


def test_call_that_was_noted_is_corrected_and_taken_back_also_on_the_senders_page(visit_plain, ada):
    conversation = a_conversation(reply_by=Way.PHONE, phone="0161 496 0000", email="")
    own = links.own_url(conversation)
    page = answer(visit_plain, conversation, "It is cold.", "phone")
    assert "Write down what you said or sent. They can read it on their private page." in page.text

    correct = f"{path(conversation)}/messages/{messages(conversation)[-1].id}/correct"
    assert page.has(f".done a[href='{correct}']")
    page = visit_plain.send(correct, {"words": "It is warm."}, button="Save the correction")
    assert "It is corrected." in page.text
    assert ("corrected", ada.id, "It is cold.") in history(conversation)
    assert "It is warm." in visit_plain(own).text
    assert "It is cold." not in visit_plain(own).text

    page = visit_plain.send(correct, button="Take it back")
    assert "It is taken back, and is a draft again." in page.text
    assert page.value("text") == "It is warm."
    assert "It is warm." not in visit_plain(own).text
    assert fresh(conversation).answered_at is None


def test_another_way_than_asked_for_needs_a_reason_which_is_for_the_team_alone(
    visit_plain, ada, answers
):
    conversation = a_conversation(reply_by=Way.PHONE, phone="0161 496 0000")
    refused = answer(visit_plain, conversation, "By mail then", "email")
    assert (refused.status, refused.value("text")) == (422, "By mail then")
    assert "Say why you choose this one." in refused.text
    assert len(messages(conversation)) == 1

    taken = answer(visit_plain, conversation, "By mail then", "email", reason="Nobody picked up")
    assert taken.status == 200
    assert "Nobody picked up" in taken.text
    assert messages(conversation)[-1].reason == "Nobody picked up"
    with a_while_later():
        (mail,) = answers()
    assert "Nobody picked up" not in mail.as_string()


def test_mail_without_an_address_is_not_offered_and_not_taken(visit_plain, ada):
    conversation = a_conversation(reply_by=Way.PHONE, phone="0161 496 0000", email="")
    page = answer(visit_plain, conversation, "Hello", "email", reason="Because")

    assert page.status == 422
    assert "Choose how you answer." in page.text
    assert len(messages(conversation)) == 1


def test_whoever_helps_is_answered_by_the_way_that_leads_to_them(visit_plain, ada, answers):
    conversation = a_conversation(reply_by=Way.HELPER, helper="Bob", email="bob@example.org")
    page = answer(visit_plain, conversation, "Tell Grace: yes.")
    with a_while_later():
        (mail,) = answers()

    assert (page.status, mail["To"]) == (200, "Bob <bob@example.org>")
