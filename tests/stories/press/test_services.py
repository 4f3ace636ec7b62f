"""Storytellers are asked about journalists only where they allow it, and nobody is given out."""

import pytest
from sqlalchemy import insert, update

from portal.extensions import db
from portal.inbox.desk import erasing
from portal.inbox.models import Change, ConversationState, Message
from portal.stories import shaping, withdrawal
from portal.stories.press import services as press
from portal.stories.press.models import PressAnswer, PressQuestion
from portal.transaction import NotPossible
from tests.contact import mails_to
from tests.inbox import a_conversation
from tests.stories import (
    ADA,
    ALL_YES,
    a_draft,
    a_story,
    an_editor,
    declined,
    deeds,
    fresh,
    notes,
    published,
    refused,
    refused_all,
    with_guardian,
    withdrawn,
)

# Its triggers hold what the services promise.
pytestmark = pytest.mark.usefixtures("each_database")
WORDS = "A local paper writes about pools. They need somebody by Friday."
BY_PHONE = {"reply_by": "phone", "call_by": "phone", "call": "Mornings"}


def an_enquiry(**values):
    typed = {"kind": "press", "text": "I am Bob of The Paper, bob@paper.example"}
    return a_conversation(**typed | values)


def asked(story=None, enquiry=None):
    """A question to a storyteller."""
    story, enquiry = story or published(), enquiry or an_enquiry()
    press.ask(story, enquiry, WORDS, an_editor())
    return fresh(story).press_questions[-1]


def force(story, enquiry):
    """Past the services: a row that says that they were asked."""
    values = {"story_id": story.id, "enquiry_id": enquiry.id, "words": "", "asked_by_id": 1}
    return insert(PressQuestion).values(**values)


def without_consent():
    story = a_story()
    shaping.set_consents(story, {"press": (False, "")})
    return story


NOT_ASKED = {
    "not allowed": (without_consent, "does not allow us to ask"),
    "never said": (lambda: a_story(answers={"consents": {}, "name_shown": "first"}), "not allow"),
    "under 18": (with_guardian, "under 18"),
    "taken back": (lambda: withdrawn(published()), "taken back"),
    "declined": (declined, "declined"),
    "a draft": (a_draft, "not sent yet"),
}


@pytest.mark.parametrize("why", NOT_ASKED)
def test_who_does_not_allow_it_is_not_asked(app, why):
    make, words = NOT_ASKED[why]
    story, enquiry = make(), an_enquiry()
    with pytest.raises(NotPossible, match=words):
        press.ask(story, enquiry, WORDS, an_editor())

    assert refused(force(story, enquiry))
    assert fresh(story).press_questions == []


def test_nobody_is_asked_about_anything_but_a_press_enquiry(app):
    story, other = a_story(), a_conversation()
    with pytest.raises(NotPossible, match="no press enquiry"):
        press.ask(story, other, WORDS, an_editor())

    assert refused(force(story, other))
    assert not refused(force(story, an_enquiry()))


def test_the_storyteller_is_mailed_the_words_of_the_team_and_nothing_of_the_journalist(
    app, mailbox
):
    question = asked()
    found = {mail["Subject"]: mail for mail in mails_to(mailbox, ADA)}
    mail = found["A question about your story"]

    assert WORDS in mail.get_body("plain").get_content()
    assert "Paper," not in mail.as_string()
    assert "bob@paper.example" not in mail.as_string()
    assert question.story.conversation.state is ConversationState.WAITING
    press.ask(question.story, question.enquiry, "Again", an_editor())
    assert len(fresh(question.story).press_questions) == 1


def test_who_is_reached_by_phone_is_asked_by_the_team_who_note_the_answer(app):
    story = a_story(phone="020 7946 0018", email="", answers=ALL_YES | BY_PHONE)
    question = asked(story)
    assert WORDS in notes(story)[-1]
    assert f"/inbox/{question.enquiry_id}/storytellers/{story.id}" in notes(story)[-1]
    press.answer(story, question.id, PressAnswer.YES, by=an_editor())

    assert (question.answer, question.noted_by.name) == (PressAnswer.YES, "Eda")
    assert deeds(story)[-1] == "noted an answer about a journalist"


@pytest.mark.parametrize("said", [PressAnswer.YES, PressAnswer.NO, PressAnswer.TALK])
def test_the_enquiry_hears_the_answer_and_no_address_or_name(app, said):
    question = asked(published(a_story(phone="020 7946 0018")))
    enquiry, story = question.enquiry, question.story
    enquiry.state = ConversationState.WAITING
    db.session.commit()
    press.answer(story, question.id, said, "Call me on 020 7946 0018.")

    note = last_note(enquiry)
    assert story.conversation.reference in note
    assert press.SAID[said] in note
    for private in (story.email, "020 7946 0018", "Ada", "water"):
        assert private not in note
    assert enquiry.state is ConversationState.OPEN
    assert "Call me on 020" in story.conversation.messages[-1].text
    press.answer(story, question.id, said)
    assert deeds(story).count("answered about a journalist") == 1


def last_note(talk):
    query = db.select(Message.text).filter_by(conversation_id=talk.id, direction="note")
    return db.session.scalars(query.order_by(Message.id.desc())).first()


def test_an_answer_can_be_another_one_later(app):
    question = asked()
    for said in (PressAnswer.YES, PressAnswer.NO, PressAnswer.TALK, PressAnswer.YES):
        press.answer(question.story, question.id, said)
        assert question.answer is said


ENDS = {
    "the consent": lambda story: shaping.set_consents(story, {"press": (False, "")}),
    "the story": lambda story: withdrawal.withdraw(story, keep_files=True),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("said", [None, PressAnswer.YES, PressAnswer.NO])
def test_with_the_consent_a_question_ends_and_the_enquiry_hears_it(app, end, said):
    question = asked()
    if said:
        press.answer(question.story, question.id, said)
    ENDS[end](question.story)

    is_no = said is PressAnswer.NO
    assert question.answer is (PressAnswer.NO if is_no else PressAnswer.ENDED)
    assert ("must not be asked any more" in last_note(question.enquiry)) is not is_no
    with pytest.raises(NotPossible):
        press.answer(question.story, question.id, PressAnswer.YES)
    assert refused(update(PressQuestion).values(answer=PressAnswer.YES))


def test_what_was_asked_never_changes(app):
    question = asked()
    change = update(PressQuestion).where(PressQuestion.id == question.id)
    other = {"story_id": a_story().id, "enquiry_id": an_enquiry().id, "words": "Else"}
    refused_all({name: change.values(**{name: value}) for name, value in other.items()})


def test_questions_go_with_the_story_and_with_the_enquiry(app):
    story, enquiry = published(), an_enquiry()
    asked(story, enquiry)
    other = asked(enquiry=enquiry)
    withdrawal.erase(story)
    assert [one.id for one in press.of_enquiry(enquiry)] == [other.id]
    assert "must not be asked any more" in last_note(enquiry)

    erasing.erase(enquiry, an_editor())
    assert press.of_enquiry(enquiry) == []


def test_history_of_the_enquiry_says_who_was_asked_by_reference_alone(app):
    question = asked()
    query = db.select(Change.after).filter_by(what="asked a storyteller")

    assert db.session.scalar(query) == question.story.conversation.reference
