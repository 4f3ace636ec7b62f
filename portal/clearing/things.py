"""What of the things that end the team can keep: a conversation, or a story with its own."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import select

from portal.extensions import db
from portal.inbox.models import Conversation, Kind
from portal.retention import services
from portal.retention.models import Ending
from portal.stories import links
from portal.stories.models import Story

SHOWN = 100
RESTING = frozenset({"closed", "waiting", "merged"})


class Thing(NamedTuple):
    """Something that would end one day, and what is noted of that."""

    kind: str
    row_id: int
    conversation: Conversation
    ending: Ending | None

    @property
    def word(self) -> str:
        """What to call it."""
        return "story" if self.kind == "stories" else "conversation"


def of_conversation(conversation: Conversation) -> Thing | None:
    """What ends with a conversation: it, or its story; None while neither would."""
    kind, row_id = "conversations", conversation.id
    ending = services.of(kind, row_id)
    if conversation.folder not in RESTING and not (ending and ending.is_kept):
        return None
    if conversation.kind is Kind.STORY and (story := links.of_conversation(conversation.id)):
        if not story.is_over:
            return None
        kind, row_id = "stories", story.id
    elif conversation.merged_into_id and not (ending and ending.is_kept):
        return None  # it ends with the one that it was put into, unless it was kept before
    return Thing(kind, row_id, conversation, services.of(kind, row_id))


def going() -> list[Thing]:
    """What was told of and is to end soon; the first ones of each kind."""
    kinds = ("stories", "conversations")
    return [one for kind in kinds for one in _things(kind, services.told(kind, SHOWN))]


def kept() -> list[Thing]:
    """What a person keeps."""
    kinds = ("stories", "conversations")
    return [one for kind in kinds for one in _things(kind, services.kept(kind, SHOWN))]


def _things(kind: str, endings: list[Ending]) -> Iterator[Thing]:
    ids = [one.row_id for one in endings]
    row = Story if kind == "stories" else Conversation
    query = select(row.id, Conversation).where(row.id.in_(ids))
    if row is Story:
        query = query.where(Conversation.id == Story.conversation_id)
    talks: dict[int, Conversation] = {row[0]: row[1] for row in db.session.execute(query)}
    for one in endings:
        if talk := talks.get(one.row_id):
            yield Thing(kind, one.row_id, talk, one)
