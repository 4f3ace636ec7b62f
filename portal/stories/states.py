"""Which states of a story two people can work on it in."""

from __future__ import annotations

from portal.stories.models import Story, StoryState
from portal.transaction import NotPossible

OVER = (StoryState.WITHDRAWN, StoryState.DECLINED)


def must_be_shaped(story: Story) -> None:
    """Raise NotPossible unless the story is among those that two people work on."""
    if story.state is StoryState.DRAFT:
        raise NotPossible("This story was not sent yet.")
    if story.state is StoryState.WITHDRAWN:
        raise NotPossible("This story was taken back. Nothing can be done with it any more.")
    if story.state is StoryState.DECLINED:
        raise NotPossible("This story was declined. It can be sent again as a new one.")
