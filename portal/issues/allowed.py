"""Whether a story may be in an issue now: the rule that the database keeps too (migration 0041)."""

from portal.issues.models import Part
from portal.stories import consents
from portal.stories.models import Story
from portal.stories.states import StoryState


def why_not(story: Story) -> str:
    """Why a story may not be in a newsletter; empty where it may."""
    if story.state is not StoryState.PUBLISHED:
        return "It is not published now."
    return "" if consents.allows(story, "newsletter") else "Its teller does not allow a newsletter."


def stands(part: Part) -> bool:
    """Whether its story may be sent now, in the very text that was chosen."""
    story = part.story
    is_same = story and story.published_revision_id == part.revision_id
    return bool(story and is_same and not why_not(story))
