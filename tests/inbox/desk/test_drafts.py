"""Drafts: kept as they are typed, shared, and never lost to a colleague's."""

from portal.inbox.desk import replies
from tests.inbox import a_conversation
from tests.inbox.desk import answer, carried, fresh, history, path, token


def keep(visit, conversation, text, **more):
    """Press the button that keeps a draft."""
    sent = {"text": text, "way": "email", "do": "draft"} | more
    return visit.send(path(conversation), sent, button="Answer")


def typed(visit, conversation, text, seen):
    """What the page sends by itself while somebody types."""
    sent = token(visit) | {"text": text, "draft_seen": seen}
    return visit.post(f"{path(conversation)}/draft", sent)


def test_draft_is_kept_and_every_colleague_sees_it(visit_plain, ada, cleo, conversation):
    page = keep(visit_plain, conversation, "Dear Grace, I will")
    assert "The draft is saved." in page.text
    assert page.value("text") == "Dear Grace, I will"

    page = cleo(path(conversation))
    assert page.value("text") == "Dear Grace, I will"
    assert "by Ada" in page.text


def test_draft_needs_no_way_and_no_words(visit_plain, ada, conversation):
    keep(visit_plain, conversation, "something")

    assert keep(visit_plain, conversation, "", way="").status == 200
    assert fresh(conversation).draft.text == ""


def test_typing_keeps_the_draft_and_says_how_hard_it_is_to_read(visit_plain, ada, conversation):
    page = typed(visit_plain, conversation, "We meet at ten. Bring a towel.", 0)

    assert (page.status, page.value("draft_seen")) == (200, "1")
    assert "Draft kept now" in page.text
    assert "Reading level (LIX): 4, very easy" in page.text
    assert fresh(conversation).draft.text == "We meet at ten. Bring a towel."


def test_two_who_write_at_once_see_both_texts_and_the_one_that_is_left_out_is_in_the_history(
    visit_plain, ada, ben
):
    conversation = a_conversation()
    replies.save_draft(fresh(conversation), ben, "Ben was first", 0)
    page = typed(visit_plain, conversation, "Ada was second", 0)
    assert page.status == 409
    assert "Ben has changed this draft" in page.text
    assert "Ben was first" in page.text
    assert fresh(conversation).draft.text == "Ben was first"

    sent = token(visit_plain) | {"text": "Ada was second", "over": "1"}
    assert visit_plain.post(f"{path(conversation)}/over", sent).status == 200
    assert fresh(conversation).draft.text == "Ada was second"
    assert ("draft replaced", None, "Ben was first") in history(conversation)


def test_answer_from_before_a_colleagues_draft_shows_both_and_sends_nothing(visit_plain, ada, ben):
    conversation = a_conversation()
    sent = carried(visit_plain(path(conversation)))
    replies.save_draft(fresh(conversation), ben, "Ben is writing too", 0)
    sent |= {"text": "Mine", "way": "email", "do": "send"}
    page = visit_plain.post(f"{path(conversation)}/answer", sent)

    assert (page.status, page.value("text")) == (409, "Mine")
    assert "Ben is writing too" in page.text
    assert fresh(conversation).answered_at is None


def test_draft_is_gone_once_the_answer_is_given(visit_plain, ada, conversation):
    keep(visit_plain, conversation, "Half")
    page = answer(visit_plain, conversation, "Half and whole")

    assert fresh(conversation).draft is None
    assert page.value("text") == ""
