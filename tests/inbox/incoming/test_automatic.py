"""What a machine writes is kept, wakes nobody and is never answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox.incoming import automatic, doubts, services
from portal.inbox.models import Conversation, ConversationState, Message
from portal.providers.values import Address, InboundEmail
from tests.inbox import a_conversation
from tests.inbox.mails import hand_on, item, reply_address

OURS = (
    *("newsletter@getyourselfactive.org", "Media@GetYourselfActive.org", "reply@portal.localhost"),
    "reply+7-abcdefghijklmnop@portal.localhost",
)


def mail(sender="grace@example.org", subject="", **headers):
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return InboundEmail(Address(sender), subject=subject, headers=pairs)


MACHINES = [
    *(mail(auto_submitted=words) for words in ("auto-replied", "Auto-Generated; type=x")),
    mail(precedence="Auto_Reply"),
    mail(x_autoreply="yes"),
    mail(x_autorespond=""),
    *(mail(subject=words) for words in ("Automatic reply: Pool", "Réponse automatique : A")),
    *(mail(subject=words) for words in ("Out of Office", "ABWESENHEITSNOTIZ (A)", "自動応答: A")),
    mail(return_path="<>"),
    mail(content_type="multipart/report; report-type=delivery-status"),
    *(mail(sender) for sender in ("MAILER-DAEMON@example.org", "postmaster@example.org", *OURS)),
]
# What says nothing about who wrote: a list, a group or Outlook adds it to what people write.
HARMLESS = {
    "X-Auto-Response-Suppress": ("OOF, AutoReply", "All", "None"),
    "List-Id": ("<news.example.org>", "A group"),
    "List-Unsubscribe": ("<mailto:a@example.org>",),
    "Precedence": ("list", "bulk", "junk", "first-class"),
    "Auto-Submitted": ("no", "No (a person)"),
}
PEOPLE = [
    *(mail(), mail("media@example.org"), mail("")),
    *(mail(**{name: words}) for name, each in HARMLESS.items() for words in each),
    *(mail(subject=words) for words in ("Re: Automatic reply: Pool", "Out of office hours?")),
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


@given(st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in HARMLESS.items()}))
def test_a_persons_answer_reopens_the_conversation_whatever_headers_it_has(app, headers):
    conversation = a_conversation()
    conversation.state = ConversationState.CLOSED
    to, message_id = reply_address(conversation), f"<{conversation.id}@example.org>"
    hand_on(app.test_client(), item(to, Headers=headers, MessageId=message_id))

    assert conversation.state is ConversationState.OPEN
    assert not conversation.messages[-1].automatic
    assert conversation.untold_at  # the team was told of it already, and is told again later


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
    assert doubts.AUTOMATIC in conversation.doubts
    assert conversation.messages[0].automatic


A_FORM = {**OUT_OF_OFFICE, "Reply-To": "ada@example.org"}


@pytest.mark.parametrize(("headers", "kept"), [(OUT_OF_OFFICE, 2), ({}, 4), (A_FORM, 4)])
def test_a_machine_that_does_not_stop_is_only_counted_after_a_while_and_no_person_is(
    client, count, caplog, monkeypatch, headers, kept
):
    monkeypatch.setattr(services, "AUTOMATIC_A_DAY", 2)
    mails = [item(MessageId=f"<{n}@a>", Headers=headers) for n in range(4)]

    assert hand_on(client, *mails).status_code == 200

    assert count(Message) == kept
    assert ("automatic mails in a day" in caplog.text) is (kept == 2)
