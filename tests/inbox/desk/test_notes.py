"""Notes are for the team alone: no path mails them."""

import json

from hypothesis import given
from hypothesis import strategies as st

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox import intake
from portal.inbox.desk import replies, services
from portal.inbox.models import ConversationState, Direction
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.desk import carried, fresh, history, messages, path
from tests.team import a_member

SECRET = "zq-only-for-us-qz"


def test_note_is_kept_and_looks_different(visit_plain, ada, conversation):
    page = visit_plain.send(path(conversation), {"note": "She prefers Ms."}, button="Save the note")

    assert "Only the team sees it." in page.text
    assert "Note by Ada, for the team only" in page.text
    assert messages(conversation)[-1].direction is Direction.NOTE


def test_two_corrections_of_a_note_lose_no_words(visit_plain, ada, ben, conversation):
    note = replies.add_note(conversation, ada, "She prefers Ms.")
    correct = f"{path(conversation)}/messages/{note.id}/correct"
    sent = carried(visit_plain(correct)) | {"words": "She prefers Mx."}
    replies.correct(note, conversation, ben, "She prefers Dr.", seen=0)
    page = visit_plain.post(correct, sent)
    assert (page.status, page.value("words")) == (422, "She prefers Mx.")
    assert "A colleague has just corrected it." in page.text
    assert "She prefers Dr." in page.text

    page = visit_plain.post(correct, sent | carried(page))
    assert "It is corrected." in page.text
    kept = [after for what, _, after in history(conversation) if what == "corrected"]
    assert kept == ["She prefers Ms.", "She prefers Dr."]
    visit_plain.send(correct, button="Take it back")
    assert ("note taken back", None, None) in history(conversation)
    assert visit_plain(correct).status == 404


DEEDS = {
    "note": lambda one, other, ada: replies.add_note(one, ada, SECRET),
    "answer": lambda one, other, ada: replies.answer(one, ada, "Yes", Way.EMAIL),
    "take back": lambda one, other, ada: with_answer(replies.take_back, one, ada),
    "again": lambda one, other, ada: with_answer(replies.send_again, one, ada),
    "incoming": lambda one, other, ada: intake.add_incoming(one, "Me again", way=Way.WEB),
    "close": lambda one, other, ada: change(one, ada, state=ConversationState.CLOSED),
    "tag": lambda one, other, ada: change(one, ada, tags=["pool"]),
    "merge": lambda one, other, ada: services.merge(one.id, other.reference, ada, {}),
    "apart": lambda one, other, ada: services.take_apart(one, ada, {}),
}


def with_answer(do, conversation, ada):
    answers = [one for one in messages(conversation) if one.direction is Direction.OUTGOING]
    return answers and do(answers[-1], conversation, ada)


def change(conversation, ada, **wanted):
    services.change(conversation, ada, {}, **wanted)


@given(st.lists(st.sampled_from([*DEEDS]), min_size=1, max_size=8))
def test_no_order_of_deeds_mails_a_note(app, deeds):
    other, conversation = a_conversation(text="Another one"), a_conversation()
    ada = a_member(email=f"ada{conversation.id}@team.example")
    replies.add_note(conversation, ada, SECRET)
    for deed in deeds:
        DEEDS[deed](fresh(conversation), fresh(other), ada)
        db.session.commit()

    rows = db.session.scalars(db.select(Outgoing)).all()
    assert SECRET not in json.dumps([row.payload for row in rows])
