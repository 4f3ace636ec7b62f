"""Drafts: kept as they are typed, shared, and never lost to a colleague's."""

import pytest

from portal.extensions import db
from portal.inbox.desk import replies
from portal.inbox.models import SavedReply
from portal.transaction import Stale
from tests.inbox import a_conversation
from tests.inbox.desk import answer, fresh, history, path
from tests.team import sign_in
from tests.visit import Visit


def keep(visit_plain, conversation, text, **more):
    """Press the button that keeps a draft."""
    sent = {"text": text, "way": "email", "do": "draft"} | more
    return visit_plain.send(path(conversation), sent, button="Answer")


def typed(visit_plain, conversation, text, seen):
    """What the page sends by itself while somebody types."""
    token = visit_plain(path(conversation)).value("csrf_token")
    sent = {"csrf_token": token, "text": text, "draft_seen": seen}
    return visit_plain.post(f"{path(conversation)}/draft", sent)


def in_field(page):
    return page.page.query("#text")[0].to_text().strip()


def test_draft_is_kept_and_every_colleague_sees_it(visit_plain, ada, ben, app):
    conversation = a_conversation()
    page = keep(visit_plain, conversation, "Dear Grace, I will")
    assert "The draft is saved." in page.text
    assert in_field(page) == "Dear Grace, I will"

    other = Visit(app, htmx=False)
    sign_in(other, app, name="Cleo")
    page = other(path(conversation))
    assert in_field(page) == "Dear Grace, I will"
    assert "by Ada" in page.text


def test_draft_needs_no_way_and_no_words(visit_plain, ada):
    conversation = a_conversation()
    keep(visit_plain, conversation, "something")
    page = keep(visit_plain, conversation, "", way="")

    assert page.status == 200
    assert fresh(conversation).draft.text == ""


def test_typing_keeps_the_draft_and_says_how_hard_it_is_to_read(visit_plain, ada):
    conversation = a_conversation()
    page = typed(visit_plain, conversation, "We meet at ten. Bring a towel.", 0)

    assert page.status == 200
    assert "Draft kept now" in page.text
    assert "Reading level (LIX): 4, very easy" in page.text
    assert page.value("draft_seen") == "1"
    assert fresh(conversation).draft.text == "We meet at ten. Bring a towel."


def test_two_who_write_at_once_see_both_texts_and_lose_neither(visit_plain, ada, ben):
    conversation = a_conversation()
    replies.save_draft(fresh(conversation), ben, "Ben was first", 0)
    page = typed(visit_plain, conversation, "Ada was second", 0)

    assert page.status == 409
    assert "Ben has changed this draft" in page.text
    assert "Ben was first" in page.text
    assert fresh(conversation).draft.text == "Ben was first"


def test_who_keeps_their_own_text_leaves_the_colleagues_in_the_history(visit_plain, ada, ben):
    conversation = a_conversation()
    replies.save_draft(fresh(conversation), ben, "Ben was first", 0)
    token = visit_plain(path(conversation)).value("csrf_token")
    sent = {"csrf_token": token, "text": "Instead, from Ada", "over": "1"}
    page = visit_plain.post(f"{path(conversation)}/over", sent)

    assert page.status == 200
    assert fresh(conversation).draft.text == "Instead, from Ada"
    assert ("draft replaced", None, "Ben was first") in history(conversation)


def test_answer_from_before_a_colleagues_draft_shows_both_and_sends_nothing(visit_plain, ada, ben):
    conversation = a_conversation()
    page = visit_plain(path(conversation))
    hidden = {name: page.value(name) for name in ("csrf_token", "seen", "draft_seen")}
    replies.save_draft(fresh(conversation), ben, "Ben is writing too", 0)
    sent = hidden | {"text": "Mine", "way": "email", "do": "send"}
    page = visit_plain.post(f"{path(conversation)}/answer", sent)

    assert page.status == 409
    assert "Ben is writing too" in page.text
    assert in_field(page) == "Mine"
    assert fresh(conversation).answered_at is None


def test_draft_is_gone_once_the_answer_is_given(visit_plain, ada):
    conversation = a_conversation()
    keep(visit_plain, conversation, "Half")
    answer(visit_plain, conversation, "Half and whole")

    assert fresh(conversation).draft is None
    assert in_field(visit_plain(path(conversation))) == ""


def test_saved_reply_is_put_at_the_end_with_the_persons_name(visit_plain, ada):
    conversation = a_conversation()
    saved = SavedReply(title="Thanks", text="Thank you, {name}.")
    db.session.add(saved)
    db.session.commit()
    page = keep(visit_plain, conversation, "It is warm.", do="insert", saved=str(saved.id))

    assert in_field(page) == "It is warm.\n\nThank you, Grace Hopper."


def test_stale_draft_changes_nothing(app, ben):
    conversation = a_conversation()
    replies.save_draft(conversation, ben, "one", 0)
    replies.save_draft(fresh(conversation), ben, "two", 1)
    with pytest.raises(Stale):
        replies.save_draft(fresh(conversation), ben, "three", 1)

    assert fresh(conversation).draft.text == "two"
