"""Many at once: what is done to those that are ticked, and the one undo."""

from functools import partial

import pytest

from portal.extensions import db
from portal.inbox.desk import query, services, snooze
from portal.inbox.models import ConversationState, Kind, Tag
from portal.team.models import Member, Role
from tests.inbox import a_conversation
from tests.inbox.desk import fresh, history
from tests.team import a_member, sign_in

on_each_database = pytest.mark.usefixtures("each_database")


@pytest.fixture
def three(app):
    return [a_conversation(text=f"Number {n}") for n in range(3)]


def ticked(page, conversations):
    """The boxes of these conversations, as the list has them."""
    return [page.page.query(f"#t{one.id}")[0].attrs["value"] for one in conversations]


def do(visit_plain, conversations, action, address="/inbox/", **more):
    """Tick conversations in the list as it is now, and do something to them."""
    page = visit_plain(address)
    return send(visit_plain, page, ticked(page, conversations), do=action, **more)


def send(visit_plain, page, boxes, **more):
    sent = {"csrf_token": page.value("csrf_token"), "chosen": boxes} | more
    return visit_plain.post(page.page.query("#bulk")[0].attrs["action"], sent)


def press_undo(visit_plain, page):
    return visit_plain.send(page.response.request.url, button="Undo")


def states(conversations):
    return [str(fresh(one).state) for one in conversations]


def labels(conversations):
    return [fresh(one).labels for one in conversations]


def tag(conversation, *names):
    conversation.tags = [Tag(name=name) for name in names]
    db.session.commit()


@pytest.mark.parametrize(
    ("action", "state"), [("close", "closed"), ("spam", "spam"), ("open", "open")]
)
def test_those_that_are_ticked_are_moved_and_no_others(visit_plain, ada, three, action, state):
    page = do(visit_plain, three[:2], action)

    assert "2 conversations changed." in page.text
    assert states(three) == [state, state, "new"]
    assert ("state", "new", state) in history(three[0])


def test_given_to_a_colleague_to_me_and_to_nobody(visit_plain, ada, ben, three):
    reader = a_member(Role.READER, "Rea")
    page = do(visit_plain, three, f"give {ben.id}")
    assert {fresh(one).owner_id for one in three} == {ben.id}
    assert not page.has(f'option[value="give {reader.id}"]')
    assert "Nothing was changed" in do(visit_plain, three, f"give {reader.id}").text
    do(visit_plain, three, "mine")
    assert {fresh(one).owner_id for one in three} == {ada.id}
    do(visit_plain, three[:1], "nobody")
    assert [fresh(one).owner_id for one in three] == [None, ada.id, ada.id]


@pytest.mark.parametrize("choice", snooze.MORNINGS)
def test_hidden_until_a_morning(visit_plain, ada, three, choice):
    do(visit_plain, three, f"hide {choice}")

    found = {(fresh(one).state, fresh(one).snoozed_until) for one in three}
    assert found == {(ConversationState.WAITING, snooze.until(choice))}


def test_all_that_fit_are_changed_beyond_the_page_once_their_number_was_said(
    visit_plain, ada, three, monkeypatch
):
    monkeypatch.setattr(query, "PAGE", 2)
    tag(three[0], "hoist")
    a_conversation(text="Not this one", kind=Kind.PRESS)
    page = visit_plain("/inbox/?kind=message")
    asked = send(visit_plain, page, [], do="close", all="yes", fit=page.value("fit"))
    assert "3 conversations fit what the list shows" in asked.text
    assert states(three) == ["new"] * 3
    a_conversation(text="One more")
    (action,) = {one.attrs["action"] for one in asked.page.query("#inbox form")}
    again = visit_plain.post(action, asked.form("#inbox form") | {"do": "close"})
    assert "4 conversations fit" in again.text
    done = visit_plain.post(action, again.form("#inbox form") | {"do": "close"})

    assert "4 conversations changed." in done.text
    assert states(three) == ["closed"] * 3
    assert "4 conversations put back." in press_undo(visit_plain, done).text


def test_all_on_one_page_have_said_their_number_and_a_reader_sees_none_of_it(
    app, visit_plain, ada, three
):
    page = visit_plain("/inbox/")
    assert "All 3" in page.text
    assert (
        "3 conversations changed."
        in send(visit_plain, page, [], do="close", all="yes", fit="3").text
    )
    sign_in(visit_plain, app, role=Role.READER, name="Rea")
    page = visit_plain("/inbox/?folder=closed")

    assert len(page.page.query(".row")) == 3
    assert not page.has("#bulk")
    assert not page.has("[name=chosen], [name=all], .to-bulk")


def test_tag_is_added_to_those_that_are_there_and_one_has_no_more_than_it_may(
    visit_plain, ada, three, monkeypatch
):
    monkeypatch.setattr(services, "TAGS_MOST", 2)
    tag(three[0], "hoist")
    tag(three[1], "bus", "hoist")
    page = do(visit_plain, three, "tag", tag=" Pool , pool")

    assert "2 conversations changed." in page.text
    assert labels(three) == [["hoist", "pool"], ["bus", "hoist"], ["pool"]]


def test_those_of_which_a_colleague_changed_the_same_are_left_alone_and_counted(
    visit_plain, ada, ben, three
):
    page = visit_plain("/inbox/")
    services.change(fresh(three[0]), ben, {}, tags=["bens"], owner_id=ben.id)
    services.change(fresh(three[1]), ben, {}, state=ConversationState.SPAM)
    page = send(visit_plain, page, ticked(page, three), do="close")

    assert "2 conversations changed. 1 conversation left alone" in page.text
    assert states(three) == ["closed", "spam", "closed"]
    assert (fresh(three[0]).owner_id, labels(three)[0]) == (ben.id, ["bens"])


def test_undo_puts_all_of_it_back_and_a_second_time_nothing(visit_plain, ada, three):
    tag(three[0], "hoist")
    page = do(visit_plain, three, "tag", tag="pool")
    for number in (3, 0):
        undone = press_undo(visit_plain, page)

        assert f"{number} conversations put back." in undone.text
        assert labels(three) == [["hoist"], [], []]
    assert ("tags", ["hoist", "pool"], ["hoist"]) in history(three[0])


def test_undo_brings_back_the_day_until_which_it_was_hidden(visit_plain, ada, three):
    one = three[0]
    services.change(one, ada, {}, snoozed_until=one.due_at)
    hidden = fresh(one).snoozed_until
    page = do(visit_plain, [one], "close", "/inbox/?folder=waiting")
    assert fresh(one).snoozed_until is None
    press_undo(visit_plain, page)

    one = fresh(one)
    assert (one.state, one.snoozed_until) == (ConversationState.WAITING, hidden)


def test_undo_leaves_alone_what_was_changed_since(visit_plain, ada, ben, three):
    page = do(visit_plain, three, "close")
    services.change(fresh(three[0]), ben, {}, state=ConversationState.SPAM)
    undone = press_undo(visit_plain, page)

    assert "2 conversations put back." in undone.text
    assert states(three) == ["spam", "new", "new"]


def test_list_stays_as_its_address_says(visit_plain, ada, three):
    page = do(visit_plain, three[:1], "close", "/inbox/?sort=newest&owner=nobody")

    assert page.has("select[name=owner] option[value=nobody][selected]")
    assert page.has('#bulk[action$="owner=nobody&sort=newest"]')


def test_what_makes_no_sense_changes_nothing_and_says_so(visit_plain, ada, three):
    page = visit_plain("/inbox/")
    right = ticked(page, three)
    none = ([], [""], ["x"], ["1"], ["1.²"], ["9999999999.1"], ["999999.1"], ["1." + "1" * 5000])
    tries = [(right, {"do": "tag", "tag": tag}) for tag in ("", " , ", "x" * 41, "a\u202eb", "\0")]
    tries += [(right, {"do": action}) for action in ("", "explode", "close\0")]
    tries += [(boxes, {"do": "close"}) for boxes in none]

    for boxes, sent in tries:
        said = send(visit_plain, page, boxes, **sent).text
        assert "Nothing was changed. Tick some conversations" in said, (boxes, sent)
    for batch in ("", "x", "\0", "x" * 10_000):
        sent = {"csrf_token": page.value("csrf_token"), "batch": batch}
        assert "0 conversations put back." in visit_plain.post("/inbox/undo", sent).text
    assert (states(three), labels(three)) == (["new"] * 3, [[]] * 3)


@on_each_database
def test_ten_thousand_ticked_are_no_trouble(visit_plain, ada):
    one = a_conversation()
    boxes = [f"{n}.new." for n in range(one.id, one.id + 10_000)]
    page = send(visit_plain, visit_plain("/inbox/"), boxes, do="close")

    assert "1 conversation changed." in page.text
    assert fresh(one).state is ConversationState.CLOSED


@on_each_database
def test_two_who_tick_the_same_at_once_do_it_once_and_it_is_put_back_once(app, three, at_once):
    """One does it; the other is told that somebody was quicker."""
    members = [a_member(name=name).id for name in ("Ada", "Ben")]
    chosen = {one.id: {"state": "new", "owner_id": None} for one in three}

    def give(number):
        member = db.session.get(Member, number)
        return services.change_many(chosen, member, {"owner_id": number})

    answers = at_once(*(partial(give, number) for number in members))
    assert sorted(answer[1:] for answer in answers) == [(0, 3), (3, 0)]
    assert len({fresh(one).owner_id for one in three}) == 1

    (batch,) = [batch for batch, done, _ in answers if done]

    def undo():
        return services.undo(batch, db.session.get(Member, members[0]))

    assert sorted(at_once(undo, undo)) == [0, 3]
    assert [fresh(one).owner_id for one in three] == [None] * 3
