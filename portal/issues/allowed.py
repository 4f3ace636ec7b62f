"""Whether a story may be in an issue now: the rule that the database keeps too (migration 0041)."""

from portal.issues.models import Part
from portal.stories import consents
from portal.stories.models import Story
from portal.stories.states import StoryState


def why_not(story: Story | None) -> str:
    """Why a story may not be in a newsletter; empty where it may."""
    if story is None:
        return "The story was erased."
    if story.state is not StoryState.PUBLISHED:
        return "It is not published now."
    return "" if consents.allows(story, "newsletter") else "Its teller does not allow a newsletter."


def stands(part: Part) -> bool:
    """Whether its story may be sent now, in the very text that was chosen."""
    published = part.story.published_revision_id if part.story else None
    return not why_not(part.story) and published == part.revision_id
