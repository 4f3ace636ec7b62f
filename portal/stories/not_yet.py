"""Not yet: the storyteller neither says yes nor stays silent, and wants to talk about the text."""

from datetime import datetime

from portal.inbox import sender_page
from portal.stories import deadlines, notices, texts
from portal.stories.models import Story
from portal.stories.states import StoryState
from portal.transaction import NotPossible, one_transaction

SAID = "storyteller said not yet"
YES_ALREADY = "You said yes to this text. You can take your yes back on your page."


@one_transaction
def say(story: Story, words: str, shown: int) -> None:
    """Note that it is no yes yet, and what they want to talk about. Nobody reminds them now.

    The same words again from a page that showed `shown` messages of theirs count once.
    """
    story.must_be_shaped()
    if texts.valid_approval(story):
        raise NotPossible(YES_ALREADY)
    if not sender_page.write_back(notices.talk_of(story), words, shown):
        return
    if story.state is StoryState.WITH_STORYTELLER:
        story.state = StoryState.EDITING
    deadlines.begin_anew(story)
    notices.note(story, SAID, f"Text {texts.number(story)}")


def said_at(story: Story) -> datetime | None:
    """When they said so about the newest text, if nothing has come after it."""
    if story.state not in {StoryState.EDITING, StoryState.PUBLISHED} or story.asked_at:
        return None
    newest, (at, _) = texts.latest(story), notices.last(story, SAID)
    is_newest = at is not None and newest is not None and at > newest.created_at
    return at if is_newest and not texts.valid_approval(story) else None
