"""Drafts: kept as they are typed, shared, and never lost to a colleague's."""

import pytest

from portal.inbox.desk import replies
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.desk import answer, carried, fresh, history, path, token
from tests.team import a_member, sign_in
from tests.visit import Visit


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
    assert typed(visit_plain, conversation, "Ben was first", 0).status == 200  # no words differ

    sent = token(visit_plain) | {"text": "Ada was second", "over": "1"}
    page = visit_plain.post(f"{path(conversation)}/over", sent)
    assert "a draft of Ben\u2019s, which was:Ben was first" in page.text
    assert fresh(conversation).draft.text == "Ada was second"
    assert ("draft replaced", ben.id, "Ben was first") in history(conversation)


def test_who_keeps_their_text_gets_no_page_inside_the_form(app, ada, ben, conversation):
    replies.save_draft(conversation, ben, "Ben was first", 0)
    visit = Visit(app, htmx=True)
    sign_in(visit, app, name="Cleo")
    sent = token(visit) | {"text": "Cleo was second"}
    for seen, status in (("0", 409), ("1", 200)):
        page = visit.post(f"{path(conversation)}/over", sent | {"over": seen})

        assert page.status == status
        assert page.has("#draft")
        assert not page.has("#conversation")
    assert fresh(conversation).draft.text == "Cleo was second"


@pytest.mark.parametrize("way", [Way.EMAIL, Way.PHONE])
@pytest.mark.parametrize(("text", "is_kept"), [("Mine", True), ("Dear Grace, Ben\u2019s", False)])
def test_colleagues_draft_is_in_the_history_once_an_answer_without_it_is_given(
    app, ben, way, text, is_kept
):
    conversation, ada = a_conversation(), a_member()
    replies.save_draft(conversation, ben, "Ben\u2019s\n", 0)
    one = fresh(conversation)
    replies.answer(one, ada, text, way, reason="They called")

    assert fresh(conversation).draft is None
    assert (("draft replaced", ben.id, "Ben\u2019s\n") in history(conversation)) is is_kept


def test_draft_that_a_colleague_goes_on_with_is_kept_as_it_was_left(app, ben, conversation):
    ada = a_member()
    for number, text in enumerate(("One", "One, two", "Three")):
        replies.save_draft(fresh(conversation), ada if number else ben, text, number)

    assert history(conversation)[1:] == [("draft replaced", ben.id, "One")]


def test_what_was_kept_while_typing_and_comes_in_after_the_answer_is_no_draft(
    visit_plain, ada, conversation
):
    late = carried(visit_plain(path(conversation)))
    answer(visit_plain, conversation, "Half and whole")

    for text, status in (("Half", 200), ("Something else", 409)):
        assert (
            visit_plain.post(f"{path(conversation)}/draft", late | {"text": text}).status == status
        )
        assert fresh(conversation).draft is None


def test_answer_that_overtakes_what_its_own_page_has_just_kept_is_sent(
    visit_plain, ada, conversation
):
    sent = carried(visit_plain(path(conversation)))
    typed(visit_plain, conversation, "Half", 0)
    sent |= {"text": "Half and whole", "way": "email", "do": "send"}

    assert "Your answer is saved." in visit_plain.post(f"{path(conversation)}/answer", sent).text


def test_note_is_kept_for_its_writer_alone_until_it_is_saved_and_never_comes_back(
    visit_plain, ada, cleo, conversation
):
    page = visit_plain(path(conversation))
    sent = token(visit_plain) | {"note_seen": page.value("note_seen")}
    kept = f"{path(conversation)}/note/keep"
    assert "Only you see it" in visit_plain.post(kept, sent | {"note": "Call her"}).text
    assert visit_plain(path(conversation)).value("note") == "Call her"
    assert cleo(path(conversation)).value("note") == ""
    visit_plain.send(path(conversation), {"note": "Call her."}, button="Save the note")
    visit_plain.post(kept, sent | {"note": "Call her"})

    assert visit_plain(path(conversation)).value("note") == ""
    page = visit_plain(path(conversation))
    sent |= {"note_seen": page.value("note_seen")}
    for words in ("Again", " "):
        visit_plain.post(kept, sent | {"note": words})
        assert visit_plain(path(conversation)).value("note") == words.strip()
