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
from tests.inbox.desk import fresh, messages, path
from tests.team import a_member

ACTIONS = {
    "answer": {"text": "My answer", "way": "email", "do": "send"},
    "triage": {"owner": "", "state": "closed", "tags": "mine", "due": "2030-03-27", "snooze": ""},
    "quick": {"do": "close"},
    "merge": {"reference": "AAAA-AAAA"},
}


@pytest.fixture
def old_page(visit_plain, ada):
    """A conversation, and the hidden fields of its page from before a colleague changed it."""
    conversation = a_conversation()
    page = visit_plain(path(conversation))
    hidden = {name: page.value(name) for name in ("csrf_token", "seen", "draft_seen")}
    ben = a_member(name="Ben")
    services.change(fresh(conversation), ben, conversation.version, tags=["bens"])
    return conversation, hidden


@pytest.mark.parametrize("action", ACTIONS)
def test_save_from_an_old_page_changes_nothing_and_shows_what_happened(
    visit_plain, old_page, action
):
    conversation, hidden = old_page
    before = fresh(conversation).version
    page = visit_plain.post(f"{path(conversation)}/{action}", hidden | ACTIONS[action])

    assert page.status == 409
    assert page.heading == "Somebody else was quicker"
    assert "Ben changed the tags" in page.text
    assert fresh(conversation).version == before
    assert len(messages(conversation)) == 1


def test_answer_from_an_old_page_can_go_on_from_there(visit_plain, old_page):
    conversation, hidden = old_page
    page = visit_plain.post(f"{path(conversation)}/answer", hidden | ACTIONS["answer"])
    form = page.page.query("form")[0]
    sent = {field.attrs["name"]: field.attrs["value"] for field in form.query("input")}
    assert form.query("#text")[0].to_text().strip() == "My answer"
    page = visit_plain.post(form.attrs["action"], sent | {"text": "My answer, after all"})

    assert page.status == 200
    assert messages(conversation)[-1].text == "My answer, after all"


def test_triage_from_an_old_page_can_go_on_from_there(visit_plain, old_page):
    conversation, hidden = old_page
    page = visit_plain.post(f"{path(conversation)}/triage", hidden | ACTIONS["triage"])
    form = page.page.query("form")[0]
    sent = {field.attrs["name"]: field.attrs["value"] for field in form.query("input")}
    visit_plain.post(form.attrs["action"], sent)

    assert fresh(conversation).state is ConversationState.CLOSED
    assert fresh(conversation).labels == ["mine"]


def test_answer_after_a_new_message_is_shown_that_message_first(visit_plain, ada):
    conversation = a_conversation()
    page = visit_plain(path(conversation))
    hidden = {name: page.value(name) for name in ("csrf_token", "seen", "draft_seen")}
    intake.add_incoming(fresh(conversation), "Forget it, I found out", way=Way.WEB)
    db.session.commit()
    page = visit_plain.post(f"{path(conversation)}/answer", hidden | ACTIONS["answer"])

    assert page.status == 409
    assert "Forget it, I found out" in page.text


@pytest.mark.usefixtures("each_database")
def test_of_two_answers_at_the_same_moment_one_is_told(app, at_once):
    conversation = a_conversation()
    members = [a_member(name=name).id for name in ("Ada", "Ben")]
    number, seen = conversation.id, conversation.version

    def reply(member_id):
        one, member = db.session.get(Conversation, number), db.session.get(Member, member_id)
        replies.answer(one, member, f"From {member.name}", Way.EMAIL, seen=seen)

    got = at_once(*(partial(reply, one) for one in members))
    sent = [one for one in messages(conversation) if one.direction is Direction.OUTGOING]
    assert sorted(isinstance(one, Stale) for one in got) == [False, True]
    assert len(sent) == 1
