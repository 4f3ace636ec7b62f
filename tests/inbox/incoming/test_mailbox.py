"""The whole round on a laptop: a mail in the local mailbox is answered, and comes in."""

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.inbox import emails, intake
from portal.inbox.models import Conversation, ConversationState
from portal.providers.webhooks import mime
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.mails import whole_of

SEND = "Send the answer"


@pytest.fixture
def replied(app, mailbox):
    """A conversation that the team has answered, and the address of that mail's page."""
    conversation = a_conversation()
    conversation.state = ConversationState.WAITING
    headers = (("Message-ID", "<answer@portal.test>"), ("References", "<earlier@portal.test>"))
    sending = intake.send(conversation, emails.reply(conversation, "Yes, it is.", headers))
    db.session.commit()
    key = sending.outgoing.key
    mailbox()
    return conversation, f"/mailbox/{key}"


def test_an_answer_comes_into_its_conversation_as_a_mail_program_sends_it(visit_plain, replied):
    conversation, address = replied
    page = visit_plain.send(address, {"text": "Thank you.\nI come."}, button=SEND)

    message = conversation.messages[-1]
    assert "Your answer has come in" in page.text
    assert page.has(".done[autofocus]")
    assert (message.text, message.way) == ("Thank you.\nI come.", Way.EMAIL)
    assert "> Yes, it is." in message.quoted.replace("> \n", "")
    assert (message.sender, conversation.state) == ("Grace Hopper", ConversationState.OPEN)
    sent = dict(mime.headers(whole_of(message)))
    assert sent["In-Reply-To"] == "<answer@portal.test>"
    assert sent["References"] == "<earlier@portal.test> <answer@portal.test>"
    assert sent["Subject"].startswith("Re: ")


def test_any_letters_may_be_in_an_answer(visit_plain, replied):
    visit_plain.send(replied[1], {"text": "Зд 👋 \x00\x0b\u2028 end"}, button=SEND)

    assert "Зд 👋" in replied[0].messages[-1].text


def test_an_answer_to_a_mail_of_no_conversation_begins_one(visit_plain, mailbox):
    visit_plain.send("/newsletter/", {"email": "ada@example.org"})
    mailbox()
    address = visit_plain("/mailbox").page.query("ul.mails a")[0].attrs["href"]
    visit_plain.send(address, {"text": "Who are you?"}, button=SEND)

    conversation = db.session.scalars(select(Conversation)).one()
    assert (conversation.state, conversation.email) == (ConversationState.NEW, "ada@example.org")


@pytest.mark.parametrize("key", ["x", "0" * 36])
def test_a_mail_that_is_not_there_cannot_be_answered(client, key):
    assert client.post(f"/mailbox/{key}/answer", data={"text": "Hello"}).status_code == 404
