"""A story before it is with us: begun, kept as it is told, and sent."""

from __future__ import annotations

import secrets
from typing import Any

from portal import delivery
from portal.extensions import db, now
from portal.inbox import intake, links
from portal.inbox.intake import SUBJECT_LONGEST, Enquiry
from portal.inbox.models import Kind, Rank
from portal.stories import consents, danger, files, phrase, revisions, tell, telling
from portal.stories.models import State, Story, Telling
from portal.stories.revisions import Content
from portal.stories.transaction import NotPossible, Stale, one_transaction

UNTITLED = "A story"


def start(way: Telling) -> tuple[Story, str]:
    """Begin a draft; commits. Returns it with the four words that lead back to it."""
    words: str = phrase.new()
    story = Story(
        key=secrets.token_urlsafe(24),
        phrase=phrase.digest(words),
        telling=way,
        state=State.DRAFT,
        answers={},
    )
    db.session.add(story)
    db.session.commit()
    return story, words


def new_phrase(story: Story) -> str:
    """Give four new words that lead to the story; the old ones no longer do. Commits."""
    words: str = phrase.new()
    _set_phrase(story, phrase.digest(words))
    return words


@one_transaction
def _set_phrase(story: Story, digest: str) -> None:
    story.phrase = digest


@one_transaction
def save(
    story: Story, /, seen: int, *, answers: dict[str, Any] | None = None, **values: Any
) -> None:
    """Keep what was said so far. `answers` are added to those that are there.

    Raises Stale where the draft is not as `seen` (its version): another tab
    has written meanwhile. Raises NotPossible once the story was sent.
    """
    if story.state is not State.DRAFT:
        raise NotPossible("This story was sent already. You can change it on its own page.")
    if story.version != seen:
        raise Stale
    for name, value in values.items():
        setattr(story, name, value)
    if answers:
        story.answers = {**story.answers, **answers}
    story.email_key = (story.email or "").lower()
    story.phone_key = "".join(mark for mark in story.phone or "" if mark.isdecimal())
    story.changed_at = now()
    story.reminders = 0


@one_transaction
def submit(story: Story) -> None:
    """Send the story to the team: a line in the inbox, its first text, and what was allowed.

    Sending twice is sending once.
    """
    if story.state is not State.DRAFT:
        return
    content = drafted(story)
    story.urgent = danger.suggests_danger(f"{story.title}\n{story.text}")
    talk = intake.open_conversation(_enquiry(story, content))
    if story.urgent:
        talk.rank = Rank.URGENT
        delivery.alert("A story is urgent: somebody may be in danger", links.inbox_url(talk))
    story.conversation_id, story.conversation = talk.id, talk
    story.state = State.SUBMITTED
    for purpose, (given, value) in telling.chosen_consents(story).items():
        consents.record(story, purpose, given=given, value=value, channel="web")
    if content.title or content.text:
        revisions.add(story, content, by=None)
    story.changed_at, story.reminders = now(), 0
    tell.receipt(story)


def drafted(story: Story) -> Content:
    """The draft as its first text."""
    return Content(
        title=story.title,
        text=story.text,
        name=telling.name_shown(story),
        pictures=files.pictures(story),
        language=story.language,
    )


def _enquiry(story: Story, content: Content) -> Enquiry:
    """The draft as the inbox takes it."""
    subject = content.title or intake.first_line(content.text) or UNTITLED
    return Enquiry(
        kind=Kind.STORY,
        text=telling.for_the_inbox(story, content.text),
        subject=subject[:SUBJECT_LONGEST],
        about="story",
        name=story.name,
        email=story.email,
        phone=story.phone,
        reply_by=telling.reply_by(story),
        helper=telling.answer(story, "helper"),
        needs=telling.answer(story, "needs"),
        submission=f"story {story.key}",
        doubts=telling.doubts(story),
    )
