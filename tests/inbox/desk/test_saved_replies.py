"""Saved replies: answers that are given often."""

from functools import partial

import pytest

from portal.extensions import db
from portal.inbox.desk import replies
from portal.inbox.desk.models import SavedReply
from portal.team.models import Role
from portal.ways import Way
from tests.inbox import a_conversation, enquiry
from tests.inbox.desk import path, token
from tests.team import sign_in


@pytest.fixture
def thanks(app):
    saved = SavedReply(title="Thanks", text="Thank you, {name}.")
    db.session.add(saved)
    db.session.commit()
    return saved


def all_saved():
    """What is saved, as (title, text)."""
    db.session.commit()
    found = db.session.execute(db.select(SavedReply.title, SavedReply.text)).all()
    db.session.commit()
    return [tuple(row) for row in found]


def edit(saved):
    return f"/inbox/replies/{saved.id}"


def test_new_one_is_saved_listed_offered_in_a_conversation_and_can_be_changed(visit_plain, ada):
    sent = {"title": "Where", "text": "We meet at the pool."}
    page = visit_plain.send("/inbox/replies/new", sent, button="Save")

    assert page.heading == "Saved replies"
    assert "We meet at the pool." in page.text
    assert "Where" in visit_plain(path(a_conversation())).page.query("#saved")[0].to_text()
    visit_plain.send("/inbox/replies/1", sent | {"text": "At ten."}, button="Save")
    assert all_saved() == [("Where", "At ten.")]


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "another one"])
def test_title_that_is_taken_keeps_what_was_typed_and_all_that_was_saved(
    visit_plain, ada, thanks, is_new
):
    other = SavedReply(title="Other", text="Other")
    db.session.add(other)
    db.session.commit()
    address = "/inbox/replies/new" if is_new else edit(other)
    page = visit_plain.send(address, {"title": "Thanks", "text": "Mine"}, button="Save")

    assert (page.status, page.value("text")) == (422, "Mine")
    assert "There is one with this title already." in page.text
    assert all_saved() == [("Thanks", "Thank you, {name}."), ("Other", "Other")]


def test_of_two_who_change_it_the_second_sees_both_and_can_go_on(visit_plain, ada, thanks):
    hidden = visit_plain(edit(thanks)).form()
    thanks.text, thanks.title = "Ben was first.", "Many thanks"
    db.session.commit()
    sent = hidden | {"title": "Thanks", "text": "Ada was second."}
    page = visit_plain.post(edit(thanks), sent)
    assert (page.status, page.value("text")) == (409, "Ada was second.")
    assert "Ben was first." in page.text
    assert all_saved() == [("Many thanks", "Ben was first.")]

    visit_plain.post(edit(thanks), page.form() | {"do": "save"})
    assert all_saved() == [("Many thanks", "Ada was second.")]


@pytest.mark.usefixtures("each_database")
def test_of_two_who_save_at_once_one_is_told(visit_plain, ada, cleo, thanks, at_once):
    address, posts = edit(thanks), []
    for visitor in (visit_plain, cleo):
        sent = visitor(address).form() | {"title": "Thanks", "text": f"From {len(posts)}"}
        posts.append(partial(visitor.post, address, sent))

    assert sorted(answer.status for answer in at_once(*posts)) == [200, 409]
    assert len(all_saved()) == 1


def test_removed_one_is_gone_and_removing_it_twice_says_so(visit_plain, ada, thanks):
    address = edit(thanks)
    page = visit_plain.send(address, button="Remove it")

    assert "There are none yet." in page.text
    assert visit_plain.post(f"{address}/remove", token(visit_plain)).status == 404
    assert all_saved() == []


def test_reader_sees_them_and_cannot_change_them(app, visit_plain, thanks):
    sign_in(visit_plain, app, role=Role.READER)
    page = visit_plain("/inbox/replies/")

    assert "Thank you" in page.text
    assert not page.has(f'a[href="{edit(thanks)}"]')
    assert visit_plain(edit(thanks)).status == 403
    assert visit_plain("/inbox/replies/new").status == 403


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Thank you, Grace Hopper."),
        ({"name": ""}, "Thank you, there."),
        ({"reply_by": Way.HELPER, "helper": "Bob"}, "Thank you, Bob."),
        ({"name": "{name} {0}"}, "Thank you, {name} {0}."),
    ],
)
def test_name_is_filled_in(app, thanks, changes, words):
    conversation = enquiry(**changes)

    assert replies.put_in(thanks, conversation, "") == words
    assert replies.put_in(thanks, conversation, "Hello\n\n") == f"Hello\n\n{words}"


@pytest.mark.parametrize("saved", ["1", "", "x", "²", "999", "9" * 5000])
def test_reply_is_put_at_the_end_of_a_draft_and_an_unknown_one_is_not(
    visit_plain, ada, thanks, saved
):
    sent = {"text": "Mine", "way": "email", "do": "insert", "saved": saved}
    page = visit_plain.send(path(a_conversation()), sent, button="Answer")

    text = "Mine\n\nThank you, Grace Hopper." if saved == "1" else "Mine"
    assert page.status == 404 if saved == "999" else page.value("text") == text
