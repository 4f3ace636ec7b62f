"""A mail that did not arrive brings its conversation back to the team."""

import pytest

from portal.delivery.models import Action, Outgoing, OutgoingState
from portal.extensions import db
from portal.inbox import intake
from portal.inbox.desk import replies
from portal.inbox.models import ConversationState
from portal.providers.errors import Refused, TryLater, Uncertain
from tests.delivery import Scripted, provide
from tests.inbox import a_conversation
from tests.inbox.desk import a_while_later, answer, fresh, history, path, press
from tests.team import a_member


@pytest.fixture
def provider(app):
    return provide(app, mail=Scripted())


@pytest.fixture
def lost(visit_plain, ada, work, provider):
    """A conversation whose answer the provider refused."""

    def lose(error=None):
        conversation = a_conversation()
        work()  # the team's notice goes through
        provider.answers = [error or Refused("The address does not exist.")]
        answer(visit_plain, conversation, "Yes, it is warm.")
        with a_while_later():
            work()
        return fresh(conversation)

    return lose


def notices():
    """The team's notices, as (state, address)."""
    query = db.select(Outgoing).where(Outgoing.name == "team_notice").order_by(Outgoing.id)
    return list(db.session.scalars(query))


def test_refused_mail_opens_its_conversation_again_and_says_why(visit_plain, lost):
    conversation = lost()
    page = visit_plain(path(conversation))

    assert conversation.state is ConversationState.OPEN
    assert "The address does not exist." in conversation.trouble
    assert "A mail did not reach them" in page.text
    assert "The address does not exist." in page.text
    assert any(what == "trouble" for what, _, _ in history(conversation))
    assert "Mail trouble" in visit_plain("/inbox/").text
    assert "Mail trouble" in visit_plain("/inbox/?trouble=1").text


def test_mail_of_which_nobody_knows_comes_back_too(visit_plain, lost):
    conversation = lost(Uncertain("No answer came."))

    assert "may or may not have arrived" in conversation.trouble
    assert "Send it again, though it may have arrived" in visit_plain(path(conversation)).text


def test_owner_is_told_once_and_by_name_of_nobody(lost, ada):
    conversation = lost()
    told = [row for row in notices() if row.address == ada.email]

    assert len(told) == 1
    assert conversation.owner_id == ada.id


def test_alert_goes_out_and_names_nobody(app, lost):
    class Somewhere:
        name = "somewhere"
        destinations = ("a digest",)

        def send(self, to, title, text):
            raise TryLater("not now")

    provide(app, alerts=Somewhere())
    conversation = lost()
    alert = db.session.scalar(db.select(Outgoing).where(Outgoing.action == Action.ALERT))

    assert alert.payload["title"] == "A mail failed"
    assert alert.payload["text"].endswith(path(conversation))
    assert "Grace" not in str(alert.payload)


def test_sent_again_it_arrives_and_the_trouble_is_over(visit_plain, lost, work, provider):
    conversation = lost()
    page = press(visit_plain, conversation, "Send it again")
    work()

    assert "The mail goes out again." in page.text
    assert fresh(conversation).trouble == ""
    assert [call[1] for call in provider.calls].count("grace@example.org") == 2


def test_what_is_dealt_with_is_marked_so(visit_plain, lost):
    conversation = lost()
    press(visit_plain, conversation, "It is dealt with")

    assert fresh(conversation).trouble == ""
    assert "Mail trouble" not in visit_plain("/inbox/").text


def test_answer_by_another_way_ends_the_trouble(visit_plain, lost):
    conversation = lost()
    answer(visit_plain, conversation, "I called her.", "phone", reason="The mail came back")

    assert fresh(conversation).trouble == ""


def test_notice_that_fails_makes_no_notice_about_itself(app, work, provider):
    provider.answers = [Refused("Our own mailbox is full.")] * 5
    conversation = a_conversation()
    work()

    assert len(notices()) == 1
    assert notices()[0].state is OutgoingState.FAILED
    assert fresh(conversation).trouble == ""


def test_trouble_is_saved_while_a_member_has_the_page_open(visit_plain, ada, work, provider):
    """The worker asks for no version; the member's next save is told of it."""
    conversation = a_conversation()
    work()
    provider.answers = [Refused("Gone.")]
    page = visit_plain(path(conversation))
    answer(visit_plain, conversation)
    before = fresh(conversation).version
    with a_while_later():
        work()
    sent = {name: page.value(name) for name in ("csrf_token",)} | {"seen": before, "do": "close"}
    page = visit_plain.post(f"{path(conversation)}/quick", sent)

    assert page.status == 409
    assert fresh(conversation).state is ConversationState.OPEN


@pytest.mark.usefixtures("each_database")
def test_fate_is_noted_with_the_mail_or_not_at_all(app, work, provider, monkeypatch):
    conversation, ada = a_conversation(), a_member()
    work()
    replies.answer(conversation, ada, "Yes", conversation.reply_by, seen=conversation.version)
    provider.answers = [Refused("No.")]

    def broken(*_):
        raise RuntimeError("the power went")

    monkeypatch.setattr(intake, "send", broken)
    with a_while_later(), pytest.raises(AssertionError):
        work()
    db.session.rollback()
    row = db.session.scalar(db.select(Outgoing).where(Outgoing.name == "reply"))

    assert row.state is OutgoingState.SENDING
    assert fresh(conversation).trouble == ""
