"""Ways back to a story whose link was lost. Nobody learns from an answer who or what we know.

Four words lead straight to it; the link goes to the address that was given; to who gave a
phone number, somebody of the team reads out four new words. Those lead there once, and open
nothing to the team that the storyteller would not notice.
"""

from datetime import timedelta

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager

from portal import delivery
from portal.addresses import address_key
from portal.extensions import db, now
from portal.inbox import history, intake
from portal.inbox.intake import Enquiry
from portal.inbox.models import Conversation, ConversationState, Kind
from portal.phones import phone_key
from portal.stories import emails, links
from portal.stories.finding import phrase
from portal.stories.models import Story
from portal.team.models import Member
from portal.transaction import one_transaction
from portal.ways import BY_PHONE, Way
from portal.words import spelled

ONE_DAY = timedelta(days=1)
LINKS_MOST = 10
GIVEN_LAST = 7  # days, today among them
LOST = "lost "
ASKS = (
    "Somebody lost the way back to their story. They gave this number. Call them, or send a text "
    "message. “Help them back to their story”, on this page, gives you {words} new words for them."
)
UNKNOWN = "We know no story with this number"


def by_words(typed: str, most: int = phrase.MOST_TRIED) -> Story | None:
    """The story that these words lead to, if they are read as `most` phrases, the likeliest first.

    Words that the team has read out do so once; commits.
    """
    likely = phrase.digests(typed, most)
    given = [_given(one, days) for one in likely for days in range(GIVEN_LAST)]
    found = {
        story.phrase: story
        for story in db.session.scalars(select(Story).where(Story.phrase.in_([*likely, *given])))
    }
    story = next((found[one] for one in (*likely, *given) if one in found), None)
    if story and story.phrase in given:
        _set_phrase(story, None)
    return story


def _given(digest: str, days: int = 0) -> str:
    """What is kept of words that were read out so many days ago."""
    return f"{(now() - days * ONE_DAY).date()} {digest}"


@one_transaction
def _set_phrase(story: Story, kept: str | None) -> None:
    story.phrase = kept


def end_words(story: Story) -> None:
    """Let four words lead to a story no more, whose link can be mailed; commits."""
    if story.email:
        _set_phrase(story, None)


def send_links(email: str) -> None:
    """Mail somebody the links to their stories, if any. The same from outside if not. Commits."""
    query = _known().where(Story.email_key == address_key(email))
    found = list(db.session.scalars(query))
    mail = emails.lost_links(email, found)
    reason = delivery.too_soon(mail)  # asked for every address: the work shows nothing either
    delivery.enqueue(mail, cancelled=reason if found else "There is nobody to send it to")
    db.session.commit()


def ask_for_call(number: str, doubts: list[str]) -> None:
    """Ask the team to call a number, once a day; commits. One that we do not know is held."""
    submission = f"{LOST}{phone_key(number)} {now().date()}"
    if intake.find_submission(submission):
        return
    stories = stories_of(number)
    if not stories:
        doubts = [*doubts, UNKNOWN]
    told = stories[0].conversation if stories else None
    way = told.reply_by if told and told.reply_by in BY_PHONE else Way.PHONE
    enquiry = Enquiry(
        kind=Kind.STORY,
        about="story",
        subject="A lost link",
        text=ASKS.format(words=spelled(phrase.LENGTH)),
        phone=number,
        reply_by=way,
        submission=submission,
        doubts=doubts,
    )
    try:
        intake.open_conversation(enquiry)
        db.session.commit()
    except IntegrityError:  # the same was asked in this moment
        db.session.rollback()


def stories_of(number: str) -> list[Story]:
    """The newest stories of whoever gave this number, however it is written."""
    query = _known().where(Story.phone_key == phone_key(number), Story.phone_key != "")
    return list(db.session.scalars(query))


def calls_of(story: Story, number: str) -> list[Conversation]:
    """The calls to this number that were asked for to lead back to this story alone."""
    key = phone_key(number)
    if not key or any(one is not story for one in stories_of(number)):
        return []
    begins = f"{LOST}{key} "
    asked = Conversation.submission.startswith(begins, autoescape=True)
    near = Conversation.submission.between(begins, f"{begins}9")  # a day follows: it has an index
    return list(db.session.scalars(select(Conversation).where(near, asked)))


def stories_in(talk: Conversation) -> list[Story]:
    """The stories to which the team can lead somebody from this conversation."""
    own = links.of_conversation(talk.id)
    return [own] if own else stories_of(talk.phone)


def is_lost(talk: Conversation) -> bool:
    """Whether somebody asks in this conversation to be led back to their story."""
    return (talk.submission or "").startswith(LOST)


@one_transaction
def give_words(story: Story, talk: Conversation, by: Member) -> str:
    """Make four words that lead to the story once, within a week; commits. Both keep who did so."""
    words: str = phrase.new()
    story.phrase = _given(phrase.digest(words))
    for one in dict.fromkeys((talk, story.conversation)):
        if one:
            history.record(one, "gave new words", by=by)
    return words


def _known() -> Select[Story]:
    """The newest stories, without those of machines."""
    return (
        select(Story)
        .outerjoin(Story.conversation)
        .options(contains_eager(Story.conversation))
        .where(Conversation.state.is_distinct_from(ConversationState.SPAM))
        .order_by(Story.id.desc())
        .limit(LINKS_MOST)
    )
