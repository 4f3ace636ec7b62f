"""What a machine writes is kept, wakes nobody and is never answered."""

import pytest
from sqlalchemy import select

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox.incoming import automatic, services
from portal.inbox.models import Conversation, ConversationState, Message
from portal.providers.values import Address, InboundEmail
from tests.inbox.mails import hand_on, item, reply_address

OURS = (
    *("newsletter@getyourselfactive.org", "Media@GetYourselfActive.org", "reply@portal.localhost"),
    "reply+7-abcdefghijklmnop@portal.localhost",
)


def mail(sender="grace@example.org", **headers):
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return InboundEmail(Address(sender), headers=pairs)


MACHINES = [
    *(mail(auto_submitted=words) for words in ("auto-replied", "Auto-Generated; type=x")),
    *(mail(precedence=words) for words in ("bulk", "Auto_Reply")),
    mail(x_auto_response_suppress="OOF, AutoReply"),
    mail(x_autoreply="yes"),
    mail(x_autorespond=""),
    mail(list_id="<news.example.org>"),
    mail(return_path="<>"),
    mail(content_type="multipart/report; report-type=delivery-status"),
    *(mail(sender) for sender in ("MAILER-DAEMON@example.org", "postmaster@example.org", *OURS)),
]
PEOPLE = [
    *(mail(), mail("media@example.org"), mail("")),
    *(mail(auto_submitted=words) for words in ("no", "No (a person)")),
    mail(precedence="first-class"),
    mail(x_auto_response_suppress="None"),
    mail(return_path="<grace@example.org>"),
    mail(content_type="multipart/alternative; boundary=x"),
]


@pytest.mark.parametrize(
    ("mail", "by_machine"),
    [*((one, True) for one in MACHINES), *((one, False) for one in PEOPLE)],
    ids=lambda one: one if isinstance(one, bool) else str(one.headers or one.sender.email),
)
def test_a_machine_is_known_by_what_it_says_and_no_person_is_taken_for_one(app, mail, by_machine):
    assert automatic.is_automatic(mail) is by_machine


OUT_OF_OFFICE = {"Auto-Submitted": "auto-replied"}


def test_an_out_of_office_note_is_kept_and_wakes_nobody(client, count, conversation):
    conversation.state = ConversationState.WAITING
    mails = count(Outgoing)
    hand_on(client, item(reply_address(conversation), Headers=OUT_OF_OFFICE))

    assert conversation.messages[-1].automatic
    assert conversation.state is ConversationState.WAITING
    assert count(Outgoing) == mails


def test_a_machine_that_writes_to_no_conversation_is_held_and_named(client):
    hand_on(client, item(Headers=OUT_OF_OFFICE))

    conversation = db.session.scalars(select(Conversation)).one()
    assert conversation.state is ConversationState.HELD
    assert services.AUTOMATIC in conversation.doubts
    assert conversation.messages[0].automatic


@pytest.mark.parametrize(("headers", "kept"), [(OUT_OF_OFFICE, 2), ({}, 4)])
def test_a_machine_that_does_not_stop_is_only_counted_after_a_while_and_no_person_is(
    client, count, caplog, monkeypatch, headers, kept
):
    monkeypatch.setattr(services, "AUTOMATIC_A_DAY", 2)
    mails = [item(MessageId=f"<{n}@a>", Headers=headers) for n in range(4)]

    assert hand_on(client, *mails).status_code == 200

    assert count(Message) == kept
    assert ("automatic mails in a day" in caplog.text) is (kept == 2)
