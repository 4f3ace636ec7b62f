"""Nobody overwrites anybody: only what somebody changed is saved, and both sides are shown."""

from datetime import UTC, datetime
from functools import partial

import pytest

from portal.extensions import db
from portal.inbox import intake
from portal.inbox.desk import edits, replies, services
from portal.inbox.desk.page import last_change
from portal.inbox.models import Conversation, ConversationState, Direction
from portal.team.models import Member
from portal.transaction import Stale
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.desk import fresh, messages, path
from tests.team import a_member


@pytest.fixture
def page(visit_plain, ada, conversation):
    """The conversation's page, from before a colleague does something."""
    return visit_plain(path(conversation))


def press(visit, page, action, **typed):
    """Send a form of a page that was opened before."""
    action = f'form[action$="/{action}"]'
    form = page.page.query(action)[0]
    return visit.post(form.attrs["action"], page.form(action) | typed)


def go_on(visit, page):
    """Press the button of the page that shows both sides."""
    assert (page.status, page.heading) == (409, "Somebody else was quicker")
    form = page.page.query("main form")[0]
    return visit.post(form.attrs["action"], page.form())


NOON = datetime(2030, 3, 27, 12, tzinfo=UTC)
BENS = {
    "owner_id": lambda ben: ben.id,
    "state": lambda _: ConversationState.SPAM,
    "tags": lambda _: ["bens"],
    "due_at": lambda _: NOON,
    "snoozed_until": lambda _: NOON,
}
MINE = {
    "owner": "2",
    "state": "closed",
    "tags": "mine",
    "due": "28 March 2030",
    "snooze": "28 March 2030",
}
# What mine comes to, and what of Ben's makes me look again.
SAVED = {
    "owner": ("owner_id", 2, {"owner_id"}),
    "state": ("state", ConversationState.CLOSED, {"state", "snoozed_until"}),
    "tags": ("tags", ["mine"], {}),
    "due": ("due_at", datetime(2030, 3, 28, 17, tzinfo=UTC), {"due_at"}),
    "snooze": ("snoozed_until", datetime(2030, 3, 28, tzinfo=UTC), {"state", "snoozed_until"}),
}


# The same field twice, and each beside another; test_two_people has all of them in any order.
PAIRS = [
    *zip(MINE, BENS, strict=True),
    *zip(MINE, [*BENS][1:] + [*BENS][:1], strict=True),
    ("state", "snoozed_until"),
    ("snooze", "state"),
]


@pytest.mark.parametrize(("mine", "bens"), PAIRS)
def test_what_a_colleague_changed_stays_unless_it_was_the_same_and_i_say_so(
    visit_plain, ben, page, conversation, mine, bens
):
    name, value, lost = SAVED[mine]
    services.change(fresh(conversation), ben, {}, **{bens: BENS[bens](ben)})
    theirs = edits.read(fresh(conversation), bens)
    answer = press(visit_plain, page, "triage", **{mine: MINE[mine]})
    if bens in lost:
        assert edits.read(fresh(conversation), bens) == theirs
        assert "Ben" in answer.text
        answer = go_on(visit_plain, answer)
        theirs = value if name == bens else edits.read(fresh(conversation), bens)

    assert "Saved." in answer.text
    now = fresh(conversation)
    assert edits.read(now, bens) == (["bens", "mine"] if mine == bens == "tags" else theirs)
    assert edits.read(now, name) == (["bens", "mine"] if mine == bens == "tags" else value)


def test_conflict_is_told_in_words_and_on_local_clocks(visit_plain, ben, page, conversation):
    summer = datetime(2030, 7, 1, 11, tzinfo=UTC)
    services.change(fresh(conversation), ben, {}, owner_id=ben.id, due_at=summer)
    mine = {"owner": str(a_member(name="Cleo").id), "due": "3 July 2030", "tags": "pool"}
    said = press(visit_plain, page, "triage", **mine).text

    for words in (
        *("Who looks after itYou sawnobodyNowBenYou choseCleo", "gave it to Ben"),
        *("Now1 July 2030 at 12:00You chose3 July 2030 at 17:00", "All else that your colleagues"),
        "What you sentTagspool",
    ):
        assert words in said
    for raw in ("owner_id", "due_at", "2030-07", "T11:00"):
        assert raw not in said


@pytest.mark.parametrize("bens", [{"tags": ["bens"]}, {"owner_id": 1}, {"due_at": NOON}])
def test_who_answers_or_presses_a_button_is_not_held_up_by_how_it_was_sorted(
    visit_plain, ben, page, conversation, bens
):
    services.change(fresh(conversation), ben, {}, **bens)
    typed = {"text": "My answer", "way": "email", "do": "send"}

    assert press(visit_plain, page, "answer", **typed).status == 200
    assert messages(conversation)[-1].text == "My answer"
    services.change(fresh(conversation), ben, {}, state=ConversationState.NEW)
    assert press(visit_plain, page, "quick", do="close").status == 200
    now = fresh(conversation)
    assert now.state is ConversationState.CLOSED
    assert {name: edits.read(now, name) for name in bens} == bens


def in_what_was_put_in(conversation, ben):
    other = a_conversation(text="Put in")
    services.merge(other.id, conversation.reference, ben, {})
    intake.add_incoming(fresh(other), "Forget it, I know", way=Way.WEB)


NEWS = {
    "a message in what was put in": in_what_was_put_in,
    "a message": lambda one, ben: intake.add_incoming(one, "Forget it, I know", way=Way.WEB),
    "an answer": lambda one, ben: replies.answer(one, ben, "Forget it, I know", Way.EMAIL),
    "a note": lambda one, ben: replies.add_note(one, ben, "Forget it, I know"),
}


@pytest.mark.parametrize("news", NEWS)
def test_answer_after_something_was_said_is_shown_that_first_and_can_go_on(
    visit_plain, ben, page, conversation, news
):
    NEWS[news](fresh(conversation), ben)
    db.session.commit()
    typed = {"text": "My answer", "way": "email", "do": "send"}
    answer = press(visit_plain, page, "answer", **typed)

    assert "Forget it, I know" in answer.text
    assert answer.value("text") == "My answer"
    assert "My answer" not in [one.text for one in messages(conversation)]
    assert go_on(visit_plain, answer).status == 200
    assert messages(conversation)[-1].text == "My answer"


def test_button_is_held_up_where_the_very_thing_was_changed(visit_plain, ben, page, conversation):
    services.change(fresh(conversation), ben, {}, owner_id=ben.id)
    answer = press(visit_plain, page, "quick", do="mine")

    assert "NowBenYou choseAda" in answer.text
    assert fresh(conversation).owner_id == ben.id
    go_on(visit_plain, answer)
    assert fresh(conversation).owner_id != ben.id


def test_what_was_put_away_meanwhile_is_not_put_elsewhere(visit_plain, ben, page, conversation):
    first, second = a_conversation(text="First"), a_conversation(text="Second")
    services.merge(conversation.id, first.reference, ben, {})
    answer = press(visit_plain, page, "merge", reference=second.reference)

    assert "Put into another conversationYou sawnoNowyes" in answer.text
    assert fresh(conversation).merged_into_id == first.id
    go_on(visit_plain, answer)
    assert fresh(conversation).merged_into_id == second.id


@pytest.mark.usefixtures("each_database")
def test_of_two_answers_at_the_same_moment_one_is_told(app, ben, at_once, conversation):
    number, seen = conversation.id, last_change([conversation.id])

    def reply(member_id):
        one, member = db.session.get(Conversation, number), db.session.get(Member, member_id)
        replies.answer(one, member, f"From {member.name}", Way.EMAIL, seen=seen)

    got = at_once(*(partial(reply, one.id) for one in (ben, a_member())))
    sent = [one for one in messages(conversation) if one.direction is Direction.OUTGOING]
    assert sorted(isinstance(one, Stale) for one in got) == [False, True]
    assert len(sent) == 1
