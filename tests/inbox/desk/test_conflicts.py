"""Nobody overwrites anybody: a save from an old page gets both sides, and nothing is lost."""

from functools import partial

import pytest

from portal.extensions import db
from portal.inbox import intake
from portal.inbox.desk import replies, services
from portal.inbox.models import Conversation, ConversationState, Direction
from portal.team.models import Member
from portal.transaction import Stale
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.desk import carried, fresh, messages, path
from tests.team import a_member

ACTIONS = {
    "answer": {"text": "My answer", "way": "email", "do": "send"},
    "triage": {"owner": "", "state": "closed", "tags": "mine", "due": "2030-03-27", "snooze": ""},
    "quick": {"do": "close"},
    "merge": {"reference": "AAAA-AAAA"},
}


@pytest.fixture
def old_page(visit_plain, ada, ben):
    """A conversation, and the hidden fields of its page from before a colleague changed it."""
    conversation = a_conversation()
    hidden = carried(visit_plain(path(conversation)))
    services.change(fresh(conversation), ben, conversation.version, tags=["bens"])
    return conversation, hidden


@pytest.mark.parametrize("action", ACTIONS)
def test_save_from_an_old_page_changes_nothing_and_shows_what_happened(
    visit_plain, old_page, action
):
    conversation, hidden = old_page
    before = fresh(conversation).version
    page = visit_plain.post(f"{path(conversation)}/{action}", hidden | ACTIONS[action])

    assert (page.status, page.heading) == (409, "Somebody else was quicker")
    assert "Ben changed the tags" in page.text
    assert fresh(conversation).version == before
    assert len(messages(conversation)) == 1


@pytest.mark.parametrize("action", ["answer", "triage"])
def test_who_has_seen_what_happened_can_go_on_from_there(visit_plain, old_page, action):
    conversation, hidden = old_page
    page = visit_plain.post(f"{path(conversation)}/{action}", hidden | ACTIONS[action])
    form = page.page.query("form")[0]
    sent = {field.attrs["name"]: field.attrs["value"] for field in form.query("input")}
    if action == "answer":
        sent["text"] = page.value("text")
    assert visit_plain.post(form.attrs["action"], sent).status == 200

    conversation = fresh(conversation)
    if action == "answer":
        assert messages(conversation)[-1].text == "My answer"
    else:
        assert (conversation.state, conversation.labels) == (ConversationState.CLOSED, ["mine"])


def test_answer_after_a_new_message_is_shown_that_message_first(visit_plain, ada, conversation):
    hidden = carried(visit_plain(path(conversation)))
    intake.add_incoming(fresh(conversation), "Forget it, I found out", way=Way.WEB)
    db.session.commit()
    page = visit_plain.post(f"{path(conversation)}/answer", hidden | ACTIONS["answer"])

    assert page.status == 409
    assert "Forget it, I found out" in page.text


@pytest.mark.usefixtures("each_database")
def test_of_two_answers_at_the_same_moment_one_is_told(app, ben, at_once, conversation):
    number, seen = conversation.id, conversation.version

    def reply(member_id):
        one, member = db.session.get(Conversation, number), db.session.get(Member, member_id)
        replies.answer(one, member, f"From {member.name}", Way.EMAIL, seen=seen)

    got = at_once(*(partial(reply, one.id) for one in (ben, a_member())))
    sent = [one for one in messages(conversation) if one.direction is Direction.OUTGOING]
    assert sorted(isinstance(one, Stale) for one in got) == [False, True]
    assert len(sent) == 1
