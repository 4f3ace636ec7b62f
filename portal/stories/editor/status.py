"""Where a story is, in words for the team, and what they do next."""

from dataclasses import dataclass

from portal.inbox.models import Conversation
from portal.stories import links, not_yet, texts
from portal.stories.guardian import status as guardian
from portal.stories.models import Revision, Story
from portal.stories.publication import NO_TEXT
from portal.stories.states import StoryState
from portal.stories.uses import services as uses
from portal.words import count, day, moment

NOTHING_LEFT = "There is nothing left to do. Do not use it."
READY = ("The storyteller said yes to the newest text.", "Publish it.")


@dataclass(frozen=True)
class StoryStatus:
    """Where a story is, and what the team does next."""

    story: Story
    words: str
    next: str


def status_of_conversation(conversation: Conversation) -> StoryStatus | None:
    """Where the story of a conversation is; None where it has none."""
    story = links.of_conversation(conversation.id)
    return status_of(story) if story else None


def status_of(story: Story) -> StoryStatus:
    """Where a story is, in words, and what is next."""
    newest = texts.latest(story)
    match story.state:
        case StoryState.WITH_STORYTELLER:
            return StoryStatus(story, *_with_storyteller(story))
        case StoryState.APPROVED:
            return StoryStatus(story, *(guardian.waiting(story) or READY))
        case StoryState.PUBLISHED:
            return StoryStatus(story, *_published(story, newest))
        case StoryState.WITHDRAWN:
            return StoryStatus(story, *_withdrawn(story))
        case StoryState.DECLINED:
            return StoryStatus(story, "We declined this story.", "There is nothing left to do.")
    return StoryStatus(story, *(_not_yet(story) or _with_us(newest)))


def _not_yet(story: Story) -> tuple[str, str] | None:
    at = not_yet.said_at(story)
    if at is None:
        return None
    words = f"The storyteller said on {moment(at)}: not yet. They want to talk about the text."
    return (
        words,
        "Read what they wrote, and answer in their way. Then change the text, or ask again.",
    )


def _with_us(newest: Revision | None) -> tuple[str, str]:
    if newest is None:
        return NO_TEXT, "Write down what they tell us. They read it before anybody else does."
    words = f"{_who(newest)} wrote text {newest.number}, on {moment(newest.created_at)}."
    if not newest.title:
        return words, "It has no title yet. Give it one, and say why."
    if newest.author_id is None:
        return words, "Read it. Change it and say why, or ask them about it as it is."
    return words, "The storyteller was not asked about it yet. Ask them when it is ready."


def _with_storyteller(story: Story) -> tuple[str, str]:
    if story.rested_at:
        return (
            f"We paused it on {day(story.rested_at)}, because we heard nothing.",
            "We publish nothing without their yes. Ask again when you talk to them.",
        )
    asked = f"We asked the storyteller on {moment(story.asked_at)}." if story.asked_at else ""
    reminded = {0: "", 1: " They were reminded once."}.get(
        story.reminders, f" They were reminded {story.reminders} times."
    )
    return asked + reminded, "Wait for them. If they do not answer, we do not publish."


def _published(story: Story, newest: Revision | None) -> tuple[str, str]:
    public = story.published
    words = f"Everybody can read text {public.number if public else ''}."
    if story.unlisted_at:
        words += f" It left our list on {day(story.unlisted_at)}, because nobody answered us."
    if newest is None or newest is public:
        return words, "Note below where it is used."
    words += f" {_who(newest)} wrote text {newest.number}, which is not public."
    if waiting := guardian.waiting(story):
        return f"{words} {waiting[0]}", waiting[1]
    if texts.valid_approval(story):
        return words, "The storyteller said yes to the newest text. Publish it."
    if said := _not_yet(story):
        return f"{words} {said[0]}", said[1]
    if story.asked_at:
        return words, "We asked the storyteller about it. Wait for their answer."
    return words, "Ask the storyteller about the newest text."


def _withdrawn(story: Story) -> tuple[str, str]:
    at = f" on {moment(story.withdrawn_at)}" if story.withdrawn_at else ""
    waiting = count(len(uses.to_clean(story)), "place") if uses.to_clean(story) else ""
    return f"The storyteller took it back{at}.", (
        f"Clean up {waiting} where it was used, below." if waiting else NOTHING_LEFT
    )


def _who(revision: Revision) -> str:
    if revision.author is None:
        return "The storyteller"
    return revision.author.who
