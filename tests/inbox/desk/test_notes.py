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
from tests.inbox.desk import fresh, messages, path
from tests.team import a_member

SECRET = "zq-only-for-us-qz"


def test_note_is_kept_and_looks_different(visit_plain, ada):
    conversation = a_conversation()
    page = visit_plain.send(path(conversation), {"note": "She prefers Ms."}, button="Save the note")

    assert "Only the team sees it." in page.text
    assert "Note by Ada, for the team only" in page.text
    assert messages(conversation)[-1].direction is Direction.NOTE


DEEDS = ("note", "answer", "take back", "incoming", "close", "tag", "merge", "apart", "again")


@given(st.lists(st.sampled_from(DEEDS), min_size=1, max_size=8))
def test_no_order_of_deeds_mails_a_note(app, deeds):
    ada = a_member(email=f"ada{id(deeds)}.{len(deeds)}.{a_conversation().id}@team.example")
    other = a_conversation(text="Another one")
    conversation = a_conversation()
    replies.add_note(conversation, ada, SECRET)
    for deed in deeds:
        _do(deed, fresh(conversation), fresh(other), ada)

    rows = db.session.scalars(db.select(Outgoing)).all()
    assert SECRET not in json.dumps([row.payload for row in rows])


def _do(deed, conversation, other, ada):
    seen = conversation.version
    answered = [one for one in messages(conversation) if one.direction is Direction.OUTGOING]
    deeds = {
        "note": lambda: replies.add_note(conversation, ada, SECRET),
        "answer": lambda: replies.answer(conversation, ada, "Yes", Way.EMAIL, seen=seen),
        "take back": lambda: answered and replies.take_back(answered[-1], conversation, ada),
        "again": lambda: answered and replies.send_again(answered[-1], conversation, ada),
        "incoming": lambda: intake.add_incoming(conversation, "Me again", way=Way.WEB),
        "close": lambda: services.change(conversation, ada, seen, state=ConversationState.CLOSED),
        "tag": lambda: services.change(conversation, ada, seen, tags=["pool"]),
        "merge": lambda: services.merge(conversation, other.reference, ada, seen),
        "apart": lambda: services.take_apart(conversation, ada, seen),
    }
    deeds[deed]()
    db.session.commit()
