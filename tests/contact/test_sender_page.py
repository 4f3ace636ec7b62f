"""The sender's own page: where the message is, what was said, and writing back."""

from datetime import timedelta

import pytest

from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db, now
from portal.inbox import intake, links
from portal.inbox.emails import reply
from portal.inbox.models import ConversationState, Direction, Message
from portal.ways import Way
from tests.contact import answered, hidden, presses_at_once, words_of
from tests.newsletter import tables


def way_of(answer):
    """The steps that the message has taken, and those that it has not."""
    steps = answer.page.query(".way li")
    taken = [step.to_text() for step in steps if "reached" in (step.attrs.get("class") or "")]
    return len(taken), len(steps)


def mailed(conversation, state, due_at=None):
    """Let the team have answered by mail, and the mail have got so far."""
    sending = intake.send(conversation, reply(conversation, "By mail."), wait=timedelta(0))
    row = db.session.get_one(Outgoing, sending.outgoing_id)
    row.state, row.due_at = state, due_at or row.due_at
    sending.message_id = answered(conversation, "By mail.", Way.EMAIL).id
    db.session.commit()


def test_the_page_shows_what_was_sent_and_where_it_is(visit, start, work):
    conversation, url = start()
    assert way_of(visit(url)) == (1, 4)

    work()
    assert way_of(visit(url)) == (2, 4)
    conversation.opened_at = now()
    db.session.commit()
    assert way_of(visit(url)) == (3, 4)
    answered(conversation)
    page = visit(url)
    assert way_of(page) == (4, 4)
    for text in ("Is the pool warm in winter?", conversation.reference, "The pool is warm."):
        assert text in page.text
    assert "The media team of Get Yourself Active answered by phone" in page.text


def test_times_are_on_the_clocks_of_the_place(visit_plain, clock, start):
    clock.shift(timedelta(days=120))  # in British summer

    assert "29 June 2026 at 10:00" in visit_plain(start()[1]).text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        *((state, "on its way to the mail provider") for state in ("queued", "sending")),
        ("accepted", "was handed to the mail provider"),
        ("delivered", "was delivered"),
        *((state, "did not reach you") for state in ("bounced", "complained", "failed")),
        ("uncertain", "We do not know if the email reached you"),
    ],
)
def test_a_mail_is_never_called_more_than_it_is(visit_plain, start, state, words):
    conversation, url = start()
    mailed(conversation, OutgoingState(state))

    page = visit_plain(url)

    assert words in page.text
    assert "By mail." in page.text
    assert " sent" not in page.text.replace("handed", "")


def test_an_answer_that_may_still_be_taken_back_is_not_shown(visit_plain, start, clock):
    conversation, url = start()
    mailed(conversation, OutgoingState.WAITING, due_at=now() + timedelta(seconds=15))

    assert "By mail." not in visit_plain(url).text
    assert way_of(visit_plain(url)) == (1, 4)
    clock.shift(16)
    assert "By mail." in visit_plain(url).text


def test_nothing_of_the_teams_own_is_shown(visit_plain, start):
    conversation, url = start(doubts=["A secret doubt"])
    answered(conversation, "A secret that was taken back", taken_back_at=now())
    for text, direction in (("note", Direction.NOTE), ("machine", Direction.INCOMING)):
        message = answered(conversation, f"A secret {text}", automatic=text == "machine")
        message.direction = direction
    answered(conversation, "In the open", reason="A secret reason")
    conversation.trouble = "A secret trouble"
    db.session.commit()

    page = visit_plain(url)

    assert "In the open" in page.text
    assert "secret" not in page.text


@pytest.mark.parametrize("state", ConversationState)
def test_every_state_is_shown_alike_and_can_be_written_to(visit_plain, start, mailbox, state):
    conversation, url = start()
    conversation.state, conversation.told_at = state, None
    conversation.snoozed_until = now() + timedelta(days=9)
    db.session.commit()
    before = len(mailbox())

    saved = visit_plain.send(url, {"message": "One thing more\n\nThank you"})

    assert saved.status == 200
    assert "Your message is saved. A person will read it." in saved.text
    assert not {"held", "spam"} & {*saved.text.lower().split()}
    assert words_of(conversation)[-1] == "One thing more\n\nThank you"
    db.session.refresh(conversation)
    wakes = {ConversationState.WAITING, ConversationState.CLOSED}
    assert conversation.state is (ConversationState.OPEN if state in wakes else state)
    db.session.commit()
    is_quiet = state in {ConversationState.HELD, ConversationState.SPAM}
    assert len(mailbox()) == before + (not is_quiet)


@pytest.mark.parametrize(
    ("second", "is_fresh", "kept"),
    [
        ("Thank you", False, ["Thank you"]),
        ("Thank you", True, ["Thank you", "Thank you"]),
        ("Another thing", False, ["Thank you", "Another thing"]),
    ],
    ids=["pressed twice", "on another day", "gone back to"],
)
def test_what_is_sent_from_one_page_twice_is_kept_once_and_nothing_else_is_lost(
    visit_plain, start, second, is_fresh, kept
):
    conversation, url = start()
    page = visit_plain(url)

    visit_plain.post(url, hidden(page) | {"message": "Thank you"})
    visit_plain.post(url, hidden(visit_plain(url) if is_fresh else page) | {"message": second})

    assert words_of(conversation)[1:] == kept


@pytest.mark.usefixtures("each_database")
def test_what_is_sent_by_many_presses_at_once_is_kept_once(app, start):
    conversation, url = start()
    sent = {"message": "Thank you", "seen": "1"}

    path = url.removeprefix(app.config["SITE_URL"])
    assert presses_at_once(app, path, sent) == [303] * 4
    assert words_of(conversation)[1:] == ["Thank you"]


@pytest.mark.parametrize("seen", [None, "", "x", "-1", "9" * 50, "²", "\0"])
def test_a_made_up_count_of_messages_adds_it_once(visit_plain, start, seen):
    conversation, url = start()

    visit_plain.post(url, {"message": "One thing more"} | ({} if seen is None else {"seen": seen}))

    assert words_of(conversation)[1:] == ["One thing more"]


@pytest.mark.parametrize("email", ["", "eve@example.org", "grace@example.org"])
def test_nobody_reads_what_was_put_together_with_theirs(visit_plain, start, email):
    """A stranger may type anybody's address, and gets a link to what they wrote."""
    (first, first_url), (second, second_url) = start(email=email), start(text="A secret")
    other, other_url = start(text="Another secret", email=email and f"other.{email}")
    answered(second, "A secret answer")
    for one in (first, other):
        one.merged_into_id = second.id
    db.session.commit()

    page = visit_plain(first_url)
    assert "secret" not in page.text
    assert "Is the pool warm" in page.text
    assert "put this together with another message" in page.text
    assert "Is the pool warm" not in visit_plain(second_url).text
    assert "A secret" not in visit_plain(other_url).text


def test_writing_to_what_was_put_into_another_wakes_that_one(visit_plain, start):
    (first, first_url), (second, _) = start(email="eve@example.org"), start()
    first.merged_into_id, second.state = second.id, ConversationState.CLOSED
    db.session.commit()

    visit_plain.send(first_url, {"message": "One thing more"})

    assert "One thing more" in visit_plain(first_url).text
    db.session.refresh(second)
    assert second.state is ConversationState.OPEN


def test_a_link_can_be_stopped_and_what_is_typed_meanwhile_stays(visit, start):
    conversation, url = start()
    page = visit(url)
    assert visit(f"{url}/stop").heading == "Stop this link"

    done = visit.send(f"{url}/stop")
    before = tables()
    late = visit.post(url, hidden(page) | {"message": "One thing more"})

    assert done.heading == "Your link is stopped"
    assert (late.status, late.headers["HX-Retarget"]) == (404, "#problem")
    gone = visit(url)
    assert (gone.status, gone.heading) == (404, "This link does not work")
    assert gone.has("a[href='/contact/lost']")
    assert tables() == before
    db.session.refresh(conversation)
    assert visit(links.own_url(conversation)).status == 200


def test_an_erased_conversation_shows_nothing(visit_plain, start):
    conversation, url = start()
    db.session.query(Message).delete()
    conversation.subject = "Erased"
    db.session.commit()

    assert "There is nothing here any more." in visit_plain(url).text
