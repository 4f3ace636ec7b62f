"""Taking a story back: at any time, at once, and with true words about what stays elsewhere."""

import secrets

from sqlalchemy import delete

from portal import delivery, journal
from portal.extensions import db, now
from portal.inbox import history
from portal.inbox.desk import erasing
from portal.inbox.models import Conversation
from portal.retention import services as retention
from portal.stories import links, notices, publication, reach, signals, texts
from portal.stories.files import store
from portal.stories.files.models import StoryFile
from portal.stories.finding import services as finding
from portal.stories.models import Approval, Revision, Story, StoryConsent, StoryTopic, Version
from portal.stories.press.models import PressQuestion
from portal.stories.states import StoryState
from portal.stories.uses import services as uses
from portal.stories.uses.models import Use
from portal.transaction import NotPossible, one_transaction
from portal.web import public_address

# Mails that are part of no conversation.
LINKED = ("contact_link", "story_link", "story_links", "story_draft_reminder")
STORY_ERASED = journal.JournalKind("story-erased", Story)
TAKEN_BACK = journal.JournalKind("story-taken-back", Story)
WITH_FILES = "files"
PARTS = (PressQuestion, Use, StoryTopic, Version, StoryFile, StoryConsent, Approval, Revision)


@one_transaction
def withdraw(story: Story, *, keep_files: bool) -> None:
    """Take the story back, also after publication. It is gone with the commit.

    The text stays with us, unseen, unless it is erased; the files only where
    the storyteller wants to keep them. Doing it twice is doing it once.
    """
    if story.state not in {StoryState.DRAFT, StoryState.WITHDRAWN}:
        take_down(story, keep_files=keep_files)


def take_down(story: Story, *, keep_files: bool) -> None:
    """Take the story back in the caller's transaction."""
    TAKEN_BACK.note(story, "" if keep_files else WITH_FILES)
    publication.take_down(story)
    texts.end_approvals(story)
    number = len(store.kept(story))
    if not keep_files:
        store.drop_all(story)
    if number and not keep_files:
        notices.note(story, "files deleted", str(number))
    story.changed_at, story.asked_at, story.reminders = now(), None, 0
    delivery.alert("A story was taken back", links.editor_url(story))
    notices.tell_both(story, "storyteller took it back", "withdrawn")
    uses.ask_to_clean(story)


@one_transaction
def stop_link(story: Story) -> None:
    """Make the private link stop working, whoever has it. The four words still lead here."""
    links.STORY_LINK_STOPPED.note(story)
    story.key = secrets.token_urlsafe(24)
    if story.conversation:  # what was mailed about it led to another private page
        story.conversation.key = secrets.token_urlsafe(24)
        history.record(story.conversation, "link revoked")


def erase(story: Story) -> None:
    """Forget the story, the person and all that was said; commits. Twice is once.

    Only that it happened is kept.
    """
    try:
        _erase(story)
    except NotPossible:
        return
    erasing.finish()


@one_transaction
def _erase(story: Story) -> None:
    if story.conversation:
        notices.mail_goodbye(story)
    forget_whole(story)


def forget_whole(story: Story) -> None:
    """Erase a story with its conversation in the caller's transaction, and tell the team.

    The story is locked.
    """
    if story.conversation is None:
        forget(story)
    else:
        delivery.alert("A story was erased", public_address("inbox.conversations"))
        erasing.forget(story.conversation)


@erasing.erased.connect
def forget_story_of(talk: Conversation) -> None:
    """Erase the story of a conversation with it, in the same transaction."""
    if story := links.of_conversation(talk.id):
        delivery.forget_mails(talk.email, LINKED)
        forget(story)


def forget(story: Story) -> None:
    """Delete the story and all its parts, in the caller's transaction."""
    STORY_ERASED.note(story)
    if story.state is StoryState.PUBLISHED:
        publication.take_down(story)
    store.drop_all(story)
    before = [one.reach for one in reach.earlier(story)]
    for email in {story.email, *(one.email for one in before)}:
        delivery.forget_mails(email, LINKED)
    for number in {story.phone, *(one.phone for one in before)}:
        for call in finding.calls_of(story, number):
            erasing.forget(call)
    story_id = story.id
    signals.forgotten.send(story)
    retention.forget("stories", story_id)
    db.session.flush()
    db.session.expire(story)
    for part in PARTS:
        db.session.execute(delete(part).where(part.story_id == story_id))
    db.session.execute(delete(Story).where(Story.id == story_id))
    db.session.expunge(story)
