"""The addresses that stories give out."""

from sqlalchemy import select

from portal import journal
from portal.extensions import db
from portal.inbox.models import Conversation
from portal.signing import read_signed, signer
from portal.stories.models import Story
from portal.web import public_address

STORY_LINK_STOPPED = journal.JournalKind("story-link-stopped", Story)
NEW_ADDRESS, UNDO = "new address", "undo another way"


def token(story: Story) -> str:
    """What in the private link says which story it is."""
    return str(signer("story").dumps(story.key))


def read(text: str) -> Story | None:
    """The story of a private link; None when we did not make it, or it was revoked."""
    key = read_signed("story", text)
    return db.session.scalar(select(Story).where(Story.key == key))


def storyteller_url(story: Story) -> str:
    """The storyteller's own page. Of a draft it leads to the steps."""
    return public_address("storyteller.show", token=token(story))


def new_address_url(story: Story, code: str) -> str:
    """Where the owner of a new address says that it is theirs. It leads to nothing else."""
    token = str(signer(NEW_ADDRESS).dumps([story.id, code]))
    return public_address("storyteller.new_address", token=token)


def undo_url(story: Story, code: str) -> str:
    """Where the owner of the old address says that the change was not theirs."""
    token = str(signer(UNDO).dumps([story.id, code]))
    return public_address("storyteller.undo_reach", token=token)


def guardian_url(story: Story) -> str:
    """Where the guardian of a young storyteller reads the text, and says yes to it."""
    token = str(signer("guardian").dumps(story.guardian_key))
    return public_address("guardian.show", token=token)


def read_guardian(text: str) -> Story | None:
    """The story of a guardian's link; None when we did not make it, or it was revoked."""
    key = read_signed("guardian", text)
    return db.session.scalar(select(Story).where(Story.guardian_key == key)) if key else None


def of_conversation(conversation_id: int) -> Story | None:
    """The story of a conversation; None where it has none, or that is gone."""
    return db.session.scalar(select(Story).where(Story.conversation_id == conversation_id))


def url_of_conversation(talk: Conversation) -> str:
    """The storyteller's own page by its conversation; empty where the story is gone."""
    story = of_conversation(talk.id)
    return storyteller_url(story) if story else ""


def editor_url(story: Story) -> str:
    """Where the team works on it."""
    return public_address("editor.show", conversation_id=story.conversation_id)


def story_url(story: Story) -> str:
    """Where everybody reads it, once it is published."""
    return public_address("stories.story", slug=story.slug)
