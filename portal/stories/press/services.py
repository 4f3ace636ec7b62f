"""Asking storytellers about journalists, and what they say. No address and no number leaves us."""

from typing import Any

from sqlalchemy import delete, select

from portal import audit
from portal.audit import Deed
from portal.extensions import db, now
from portal.inbox import history, sender_page
from portal.inbox.desk import erasing
from portal.inbox.models import Conversation, Kind
from portal.stories import consents, deadlines, links, notices, signals
from portal.stories.models import Story
from portal.stories.press.models import PressAnswer, PressQuestion
from portal.team.models import Member
from portal.transaction import NotPossible, one_transaction
from portal.web import public_address

NOT_ALLOWED = "The storyteller does not allow us to ask them about journalists."
YOUNG = "The storyteller is under 18. Nobody is asked about journalists before they are 18."
NO_ENQUIRY = "This is no press enquiry. Nobody is asked about it."
OVER = "Nobody may ask about this any more. Nothing was changed."
NO_QUESTION = "There is no such question any more. Nothing was changed."
SAID = {
    PressAnswer.YES: (
        "says yes: a journalist can contact them about this. Talk with them about how first. "
        "Give the journalist no address and no number of theirs."
    ),
    PressAnswer.NO: "says no. They need no reason. Nobody asks them about this again.",
    PressAnswer.TALK: "wants to talk to us first. Answer them about it.",
    PressAnswer.ENDED: "must not be asked any more. Tell the journalist, if you named them.",
}


def why_not(story: Story) -> str:
    """Why the storyteller must not be asked about a journalist, in words; empty where they may."""
    if not consents.allows(story, "press"):
        return NOT_ALLOWED
    return YOUNG if story.young else ""


def of_enquiry(enquiry: Conversation) -> list[PressQuestion]:
    """Who was asked about a press enquiry, oldest first."""
    query = select(PressQuestion).where(PressQuestion.enquiry_id == enquiry.id)
    return list(db.session.scalars(query.order_by(PressQuestion.id)))


@one_transaction
def ask(story: Story, enquiry: Conversation, words: str, by: Member) -> None:
    """Ask the storyteller, in their way, about an enquiry: once. Raises NotPossible."""
    story.must_be_shaped()
    if enquiry.kind is not Kind.PRESS:
        raise NotPossible(NO_ENQUIRY)
    if problem := why_not(story):
        raise NotPossible(problem)
    if any(one.enquiry_id == enquiry.id for one in story.press_questions):
        return
    story.press_questions.append(
        PressQuestion(enquiry_id=enquiry.id, words=words, asked_by_id=by.id)
    )
    notices.note(story, "asked about a journalist", enquiry.reference, by)
    history.record(enquiry, "asked a storyteller", after=notices.talk_of(story).reference, by=by)
    more = "" if notices.is_mailed(story) else f"\n\n{team_url(story, enquiry)}"
    notices.tell_storyteller(story, "press", by, words=words + more)


@one_transaction
def answer(
    story: Story, question_id: int, said: PressAnswer, words: str = "", by: Member | None = None
) -> None:
    """Keep what the storyteller says, on their page or to `by`; both conversations hear of it.

    Raises NotPossible where nobody may ask them any more.
    """
    found = [one for one in story.press_questions if one.id == question_id]
    if not found:
        raise NotPossible(NO_QUESTION)
    if said is PressAnswer.ENDED or not found[0].is_open or why_not(story) or story.is_over:
        raise NotPossible(OVER)
    if words:
        sender_page.write_back(notices.talk_of(story), words, 0)
        deadlines.wake(story, now())
    if found[0].answer is said:
        return
    _keep(found[0], said, by)
    if by:
        of = f"conversation {story.conversation_id}"
        audit.note(Deed.CONSENT_NOTED, of, "About a journalist")
        notices.note(story, "noted an answer about a journalist", str(said), by)
    else:
        notices.tell_team(story, "answered about a journalist", str(said))


def _keep(question: PressQuestion, said: PressAnswer, by: Member | None = None) -> None:
    """Keep an answer and tell those who look after the enquiry, in the caller's transaction."""
    question.answer, question.answered_at = said, now()
    question.noted_by_id = by.id if by else None
    story = question.story
    note = f"The storyteller of {notices.talk_of(story).reference} {SAID[said]}"
    notices.leave_note(question.enquiry, f"{note}\n\n{links.editor_url(story)}")


def team_url(story: Story, enquiry: Conversation) -> str:
    """Where the team asks, and notes what they are told."""
    return public_address("press.ask", conversation_id=enquiry.id, story_id=story.id)


@signals.consent_ended.connect
def _no_longer_asked(story: Story, purpose: str) -> None:
    if purpose == "press":
        _end_all(story)


@signals.forgotten.connect
def _is_erased(story: Story) -> None:
    _end_all(story)


@signals.not_public.connect
def _is_taken_back(story: Story) -> None:
    if story.is_over:
        _end_all(story)


def _end_all(story: Story) -> None:
    """What they were not able to answer, or said yes to, ends. A no stays a no."""
    for question in story.press_questions:
        if question.answer not in {PressAnswer.NO, PressAnswer.ENDED}:
            _keep(question, PressAnswer.ENDED)


@erasing.erased.connect
def _forget_enquiry(talk: Conversation) -> None:
    """The words may say who asked: they go with the enquiry."""
    db.session.execute(delete(PressQuestion).where(PressQuestion.enquiry_id == talk.id))


def told(question: PressQuestion) -> dict[str, Any]:
    """What is held of a question, for its storyteller."""
    return {
        "Question": question.words,
        "Asked": question.asked_at,
        "Your answer": str(question.answer or ""),
        "Answered": question.answered_at,
    }
