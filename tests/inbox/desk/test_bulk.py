"""Many at once: what is done to those that are ticked, and the one undo."""

import pytest

from portal.extensions import db
from portal.inbox.desk import services
from portal.inbox.models import Change, Conversation, ConversationState, Tag
from tests.inbox import a_conversation
from tests.inbox.desk import fresh, history
from tests.team import a_member, sign_in

on_each_database = pytest.mark.usefixtures("each_database")


@pytest.fixture
def three(app):
    return [a_conversation(text=f"Number {n}") for n in range(3)]


def do(visit_plain, conversations, action, address="/inbox/", **more):
    """Tick conversations in the list as it is now, and do something to them."""
    page = visit_plain(address)
    boxes = [page.page.query(f"#t{one.id}")[0].attrs["value"] for one in conversations]
    return send(visit_plain, page, boxes, do=action, **more)


def send(visit_plain, page, boxes, **more):
    sent = {"csrf_token": page.value("csrf_token"), "chosen": boxes} | more
    return visit_plain.post(page.page.query("#bulk")[0].attrs["action"], sent)


def press_undo(visit_plain, page):
    form = next(form for form in page.page.query("form") if "/undo" in form.attrs["action"])
    button = form.query("button")[0]
    token = form.query("[name=csrf_token]")[0].attrs["value"]
    sent = {"csrf_token": token, "batch": button.attrs["value"]}
    return visit_plain.post(form.attrs["action"], sent)


def states(conversations):
    return [str(fresh(one).state) for one in conversations]


@pytest.mark.parametrize(
    ("action", "state"), [("close", "closed"), ("spam", "spam"), ("reopen", "open")]
)
def test_those_that_are_ticked_are_moved_and_no_others(visit_plain, ada, three, action, state):
    page = do(visit_plain, three[:2], action)

    assert "2 conversations changed." in page.text
    assert states(three) == [state, state, "new"]
    assert ("state", "new", state) in history(three[0])


def test_given_to_me_and_to_nobody(visit_plain, ada, three):
    do(visit_plain, three, "mine")
    assert {fresh(one).owner_id for one in three} == {ada.id}
    do(visit_plain, three[:1], "nobody")
    assert [fresh(one).owner_id for one in three] == [None, ada.id, ada.id]


def test_tag_is_added_to_those_that_are_there(visit_plain, ada, three):
    three[0].tags = [Tag(name="hoist")]
    db.session.commit()
    page = do(visit_plain, three[:2], "tag", tag=" Pool , pool")

    assert "2 conversations changed." in page.text
    assert [fresh(one).labels for one in three] == [["hoist", "pool"], ["pool"], []]


def test_no_conversation_gets_more_tags_than_it_may_have(visit_plain, ada, three):
    three[0].tags = [Tag(name=f"tag{n:02}") for n in range(services.TAGS_MOST)]
    db.session.commit()
    page = do(visit_plain, three[:1], "tag", tag="pool")

    assert "Nothing was changed." in page.text
    assert len(fresh(three[0]).labels) == services.TAGS_MOST


def test_those_that_a_colleague_changed_are_left_alone_and_counted(visit_plain, ada, ben, three):
    page = visit_plain("/inbox/")
    boxes = [page.page.query(f"#t{one.id}")[0].attrs["value"] for one in three]
    services.change(fresh(three[1]), ben, three[1].version, tags=["bens"])
    page = send(visit_plain, page, boxes, do="close")

    assert "2 conversations changed. 1 conversation left alone" in page.text
    assert states(three) == ["closed", "new", "closed"]


def test_undo_puts_all_of_it_back_and_a_second_time_nothing(visit_plain, ada, three):
    three[0].tags = [Tag(name="hoist")]
    db.session.commit()
    page = do(visit_plain, three, "tag", tag="pool")
    undone = press_undo(visit_plain, page)
    again = press_undo(visit_plain, page)

    assert "3 conversations put back." in undone.text
    assert [fresh(one).labels for one in three] == [["hoist"], [], []]
    assert ("tags", ["hoist", "pool"], ["hoist"]) in history(three[0])
    assert "0 conversations put back." in again.text
    assert [fresh(one).labels for one in three] == [["hoist"], [], []]


def test_undo_brings_back_the_day_until_which_it_was_hidden(visit_plain, ada, three):
    one = three[0]
    services.change(one, ada, one.version, snoozed_until=one.due_at)
    hidden = fresh(one).snoozed_until
    page = do(visit_plain, [one], "close", "/inbox/?folder=waiting")
    assert fresh(one).snoozed_until is None
    press_undo(visit_plain, page)

    assert fresh(one).state is ConversationState.WAITING
    assert fresh(one).snoozed_until == hidden


def test_undo_leaves_alone_what_was_changed_since(visit_plain, ada, ben, three):
    page = do(visit_plain, three, "close")
    services.change(fresh(three[0]), ben, fresh(three[0]).version, state=ConversationState.SPAM)
    undone = press_undo(visit_plain, page)

    assert "2 conversations put back." in undone.text
    assert states(three) == ["spam", "new", "new"]


def test_list_stays_as_its_address_says(visit_plain, ada, three):
    page = do(visit_plain, three[:1], "close", "/inbox/?sort=newest&owner=nobody")

    assert page.has("select[name=owner] option[value=nobody][selected]")
    assert page.has('#bulk[action$="owner=nobody&sort=newest"]')


def test_what_makes_no_sense_changes_nothing_and_says_so(visit_plain, ada, three):
    page = visit_plain("/inbox/")
    ticked = [page.page.query(f"#t{one.id}")[0].attrs["value"] for one in three]
    none = ([], [""], ["x"], ["1"], ["1.²"], ["9999999999.1"], ["999999.1"], ["1." + "1" * 5000])
    tries = [(ticked, {"do": "tag", "tag": tag}) for tag in ("", " , ", "x" * 41, "a\u202eb", "\0")]
    tries += [(ticked, {"do": action}) for action in ("", "explode", "close\0")]
    tries += [(boxes, {"do": "close"}) for boxes in none]

    for boxes, sent in tries:
        said = send(visit_plain, page, boxes, **sent).text
        assert "Nothing was changed. Tick some conversations" in said, (boxes, sent)
    for batch in ("", "x", "\0", "x" * 10_000):
        sent = {"csrf_token": page.value("csrf_token"), "batch": batch}
        assert "0 conversations put back." in visit_plain.post("/inbox/undo", sent).text
    assert states(three) == ["new", "new", "new"]
    assert [fresh(one).labels for one in three] == [[], [], []]


@on_each_database
def test_ten_thousand_ticked_are_no_trouble(app, visit_plain):
    sign_in(visit_plain, app)
    one = a_conversation()
    boxes = [f"{n}.{one.version}" for n in range(one.id, one.id + 10_000)]
    page = send(visit_plain, visit_plain("/inbox/"), boxes, do="close")

    assert "1 conversation changed." in page.text
    assert fresh(one).state is ConversationState.CLOSED


@on_each_database
def test_deed_and_undo_share_a_batch_in_the_history_alone(app):
    ada, one = a_member(), a_conversation()
    batch, done, stale = services.change_many({one.id: one.version}, ada, {"owner_id": ada.id})
    assert (done, stale) == (1, 0)
    assert services.undo(batch, ada) == 1
    query = db.select(Change.batch).where(Change.what == "owner_id").order_by(Change.id)

    assert list(db.session.scalars(query)) == [batch, None]


@on_each_database
def test_two_who_tick_the_same_at_once_do_it_once(app, at_once):
    """One does it; the other is told that somebody was quicker."""
    members = [a_member(name=name).id for name in ("Ada", "Ben")]
    chosen = {one.id: one.version for one in [a_conversation() for _ in range(5)]}

    def give(member_id):
        member = db.session.get(services.Member, member_id)
        return services.change_many(chosen, member, {"owner_id": member_id})[1:]

    answers = at_once(*(lambda one=one: give(one) for one in members))
    assert sorted(answers) == [(0, 5), (5, 0)]
    owners = set(db.session.scalars(db.select(Conversation.owner_id)))
    assert len(owners) == 1


@on_each_database
def test_undone_by_two_at_once_it_is_put_back_once(app, at_once):
    ada, conversations = a_member(), [a_conversation() for _ in range(3)]
    chosen = {one.id: one.version for one in conversations}
    batch, _, _ = services.change_many(chosen, ada, {"state": ConversationState.CLOSED})
    number = ada.id

    def undo():
        return services.undo(batch, db.session.get(services.Member, number))

    assert sorted(at_once(undo, undo)) == [0, 3]
    assert states(conversations) == ["new", "new", "new"]
