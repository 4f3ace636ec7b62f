"""A story before it is with us: begun, kept as it is told, and sent."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from portal import delivery
from portal.addresses import address_key
from portal.extensions import db, now
from portal.inbox import intake
from portal.inbox.intake import SUBJECT_LONGEST, Enquiry
from portal.inbox.models import Kind
from portal.phones import phone_key
from portal.stories import consents, emails, notices, texts
from portal.stories.content import Content
from portal.stories.finding import phrase
from portal.stories.models import Story
from portal.stories.states import StoryState, Telling
from portal.stories.telling import answers as telling_answers
from portal.stories.telling import review
from portal.transaction import NotPossible, Stale, one_transaction

UNTITLED = "A story"


def start(way: Telling, doubts: Sequence[str] = ()) -> Story:
    """Begin a draft; commits. Its four words are known to nobody until `new_phrase` gives some."""
    story = Story(
        key=secrets.token_urlsafe(24),
        phrase=phrase.digest(phrase.new()),
        telling=way,
        state=StoryState.DRAFT,
        answers={"doubts": list(doubts)} if doubts else {},
    )
    db.session.add(story)
    db.session.commit()
    return story


@one_transaction
def new_phrase(story: Story) -> str:
    """Give four new words that lead to the story; the old ones no longer do."""
    words: str = phrase.new()
    story.phrase = phrase.digest(words)
    return words


@one_transaction
def save(  # noqa: PLR0913 - what was said, and what the page knew that it was said on
    story: Story,
    /,
    seen: int,
    *,
    step: str = "",
    tab: str = "",
    is_done: bool = False,
    answers: dict[str, Any] | None = None,
    **values: Any,
) -> None:
    """Keep what was said so far. `answers` are added to those that are there.

    Raises Stale where the page showed the draft as it was in version `seen`, and
    another tab has changed this step since; without a step, anything at all.
    Raises NotPossible once the story was sent.
    """
    if story.state is not StoryState.DRAFT:
        raise NotPossible("This story was sent already. You can change it on its own page.")
    last = telling_answers.saved(story, step)
    if (last.version > seen and last.tab != tab) if step else story.version != seen:
        raise Stale
    for name, value in values.items():
        setattr(story, name, value)
    said = dict(answers or {})
    if step:
        said["steps"] = telling_answers.with_step(story, step, tab, is_done=is_done)
    story.answers = {**story.answers, **said}
    _changed(story)


def _changed(story: Story) -> None:
    """Set what is worked out from the answers: keys for look-up, age, and the time."""
    story.email_key = address_key(story.email or "")
    story.phone_key = phone_key(story.phone or "")
    story.young = telling_answers.answer(story, "under_18") == consents.YES
    story.changed_at = now()
    story.reminders = 0


@one_transaction
def mail_link(story: Story, email: str, *, wants_reminder: bool) -> None:
    """Mail the private link of a draft, at most once a day to an address; keep the address.

    With the address the storyteller can have the link again, and the one reminder.
    """
    if story.state is not StoryState.DRAFT:
        raise NotPossible("This story was sent already.")
    story.email, story.wants_reminder = email, wants_reminder
    steps = telling_answers.with_step(story, "you", "", is_done=False)
    story.answers = {**story.answers, "steps": steps}
    _changed(story)
    mail = emails.about(story, "link")
    delivery.enqueue(mail, cancelled=delivery.too_soon(mail))


@one_transaction
def submit(story: Story, seen: int | None = None, doubts: Sequence[str] = ()) -> None:
    """Send the story to the team: a line in the inbox, its first text, and what was allowed.

    Sending twice is sending once. Raises NotPossible where something is missing
    without which it cannot be sent, and Stale where it changed since version `seen`,
    which was checked.
    """
    if story.state is not StoryState.DRAFT:
        return
    if seen is not None and telling_answers.last_saved(story) > seen:
        raise Stale
    if missing := review.needed(story):
        raise NotPossible(missing[0].words)
    _changed(story)
    content = drafted(story)
    talk = intake.open_conversation(_enquiry(story, content, doubts))
    story.conversation_id, story.conversation = talk.id, talk
    story.state = StoryState.SUBMITTED
    for purpose, (given, value) in telling_answers.chosen_consents(story).items():
        consents.record(story, purpose, given=given, value=value, channel="web")
    if content.title or content.text:
        texts.add(story, content, by=None)
    notices.mail_receipt(story)


def drafted(story: Story) -> Content:
    """The draft as its first text."""
    return replace(texts.content_now(story), name=telling_answers.name_shown(story))


def _enquiry(story: Story, content: Content, doubts: Sequence[str]) -> Enquiry:
    """The draft as the inbox takes it."""
    subject = content.title or intake.first_line(content.text) or UNTITLED
    return Enquiry(
        kind=Kind.STORY,
        text=telling_answers.inbox_text(story, content.text),
        subject=subject[:SUBJECT_LONGEST],
        about="story",
        name=story.name,
        email=story.email,
        phone=story.phone,
        postal=telling_answers.answer(story, "postal"),
        reply_by=telling_answers.reply_by(story),
        helper=telling_answers.answer(story, "helper"),
        needs=telling_answers.answer(story, "needs"),
        submission=f"story {story.key}",
        doubts=[*telling_answers.doubts(story), *doubts],
        also="\n".join(telling_answers.words(story).values()),
        young=story.young,
    )
