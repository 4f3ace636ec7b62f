"""Others who get an answer too: each a mail of their own, and nobody's private link."""

import pytest

from portal import people
from portal.delivery import claims
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db
from portal.inbox import emails, intake, links, reply_addresses
from portal.inbox.desk import replies
from portal.people import Person
from portal.providers.values import EventKind, ProviderEvent
from tests.delivery import hear
from tests.inbox import a_conversation
from tests.inbox.desk import a_while_later, answer, fresh, messages, press

BO, CAM = "bo@example.org", "cam@example.org"


@pytest.fixture
def answers(mailbox):
    return lambda: [mail for mail in mailbox() if mail["Subject"].startswith("Re:")]


def test_each_gets_a_mail_of_their_own_and_everybody_sees_who_got_it(
    visit_plain, ada, answers, conversation
):
    page = answer(visit_plain, conversation, "Yes.", also_to=f"{BO}, {CAM} {BO.upper()}")
    with a_while_later():
        mails = {mail["To"].addresses[0].addr_spec: mail for mail in answers()}
        own = visit_plain(links.own_url(conversation))

    theirs = mails.pop("grace@example.org").get_body(("plain",)).get_content()
    assert mails.keys() == {BO, CAM}
    for words in (page.text, own.text, theirs):
        assert f"{BO}, {CAM}" in words
    for mail in mails.values():
        text = mail.as_string()
        assert "/contact/" not in text
        assert "grace@example.org" not in text
        assert "Yes." in mail.get_body(("plain",)).get_content()
        back = mail["Reply-To"].addresses[0].addr_spec
        assert reply_addresses.read(back) == conversation.id
    assert "sent it to 2 others too" in page.text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"also_to": "bo"}, "bo: Enter a full email address"),
        ({"also_to": BO, "way": "phone", "reason": "Quicker"}, "Only an email can go to others"),
    ],
)
def test_others_that_cannot_get_it_are_asked_about(visit_plain, ada, conversation, sent, words):
    page = answer(visit_plain, conversation, **sent)

    assert (page.status, page.value("also_to")) == (422, sent["also_to"])
    assert words in page.text
    assert len(messages(conversation)) == 1


def test_who_wrote_gets_it_once(visit_plain, ada, answers):
    conversation = a_conversation()
    answer(visit_plain, conversation, also_to="Grace@example.org")
    with a_while_later():
        assert len(answers()) == 1
    assert messages(fresh(conversation))[-1].also_to == ""


def test_copy_that_comes_back_is_told_of_and_is_not_the_persons_mail(
    visit_plain, ada, answers, conversation
):
    answer(visit_plain, conversation, also_to=BO)
    with a_while_later():
        answers()
        copy = db.session.scalar(db.select(Outgoing).where(Outgoing.name == "reply_copy"))
        told = ProviderEvent("1", EventKind.BOUNCED, address=BO, key=copy.key, reason="No mailbox")
        hear(told, provider="local")
        own = visit_plain(links.own_url(conversation))

    said = messages(fresh(conversation))[-1]
    assert said.sending.outgoing.state is OutgoingState.ACCEPTED
    assert said.copies[0].outgoing.state is OutgoingState.BOUNCED
    trouble = fresh(conversation).trouble
    assert trouble == "Of the copy for somebody else: A mail came back. No mailbox"
    assert "did not reach you" not in own.text


def test_copy_that_failed_can_go_again_alone(visit_plain, ada, answers, conversation):
    answer(visit_plain, conversation, also_to=BO)
    with a_while_later():
        (row,) = db.session.scalars(db.select(Outgoing).where(Outgoing.name == "reply_copy"))
        claims.learn(row, OutgoingState.FAILED, "Full", provider="local", message_id="")
        row.payload = emails.reply_copy(conversation, messages(conversation)[-1], BO).to_json()
        db.session.commit()
        press(visit_plain, conversation, "Send it again")
        assert [mail["To"].addresses[0].addr_spec for mail in answers()].count(BO) == 1


def test_taking_it_back_stops_every_copy(visit_plain, ada, answers, conversation):
    answer(visit_plain, conversation, also_to=f"{BO} {CAM}")
    press(visit_plain, conversation, "Undo: take it back")
    with a_while_later():
        assert answers() == []


def test_who_got_a_copy_can_ask_for_it_and_is_struck_out(visit_plain, ada, conversation):
    answer(visit_plain, conversation, also_to=f"lo{BO}, {BO}")
    replies.save_draft(fresh(conversation), ada, "", 0, f"{BO}, {CAM}")
    bo = Person.of([BO.upper()], asks=True)
    assert [one.number for one in people.gather(bo, 5) if one.holder.name == "copies"] == [1]
    people.erase(bo)
    db.session.commit()

    assert messages(fresh(conversation))[-1].also_to == f"lo{BO}"
    assert fresh(conversation).draft.also_to == CAM
    assert "copies" not in {one.holder.name for one in people.gather(bo, 5)}


def test_what_one_of_them_answers_comes_in_and_changes_no_address(app, conversation):
    message = intake.add_incoming(conversation, "Thanks", way=conversation.reply_by, sender=BO)
    db.session.commit()

    assert message.sender == BO
    assert fresh(conversation).email == "grace@example.org"
