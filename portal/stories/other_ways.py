"""Where a storyteller was reached before, or asked to be from now on: it stands beside the story.

Whoever has such an address or number may be somebody else, who helped them: it goes alone.
"""

from collections.abc import Sequence

from sqlalchemy import Text, cast, or_, select

from portal import journal, people
from portal.addresses import address_key
from portal.extensions import db
from portal.inbox.models import Change
from portal.people import Holding, Person
from portal.phones import phone_key
from portal.stories import reach
from portal.stories.models import Story
from portal.stories.reach import NEW, OLD, Reach, ReachChange

WAY_ERASED = journal.JournalKind("way-erased", Story)


def _is_theirs(way: Reach, person: Person) -> bool:
    return person.has(address_key(way.email), phone_key(way.phone))


def _ways(story: Story, person: Person) -> list[ReachChange]:
    """Their ways; none where the story is their own, which tells of them itself."""
    if person.has(story.email_key, story.phone_key):
        return []
    known = [*reach.earlier(story), *filter(None, [reach.wanted(story)])]
    return [one for one in known if _is_theirs(one.reach, person)]


def _stories(person: Person) -> list[Story]:
    """The stories that have one, newest first. No index leads there; hardly any has another way."""
    if not person.hears:
        return []
    said = cast(Story.answers, Text)
    some = select(Story).where(or_(said.contains(f'"{OLD}"'), said.contains(f'"{NEW}"')))
    found = db.session.scalars(some.order_by(Story.id.desc()))
    return [one for one in found if _ways(one, person)]


def _find(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    found = [one for one in _stories(person) if before is None or one.id < before]
    return [_holding(one, _ways(one, person)) for one in found[:most]]


def _holding(story: Story, ways: list[ReachChange]) -> Holding:
    told = {"How": [reach.in_words(one.reach) for one in ways]}
    title = "A way in which a storyteller was reached, or asked to be"
    return Holding(story.id, title, max(one.at for one in ways), lambda: told)


def _erase(person: Person) -> None:
    for story in _stories(person):
        WAY_ERASED.note(story)
        forget(story, _ways(story, person))


def forget(story: Story, ways: Sequence[ReachChange]) -> None:
    """Drop these ways, in the caller's transaction, and what the history has of them."""
    words = [reach.in_words(one.reach) for one in ways]
    mine = (Change.conversation_id == story.conversation_id) & (Change.what == reach.TOLD)
    for said in db.session.scalars(select(Change).where(mine)).all():
        if said.after in words:
            db.session.delete(said)
    reach.forget(story, ways)


HOLDER = people.Holder(
    "reached",
    "Where a storyteller was reached",
    lambda person: min(len(_stories(person)), people.COUNTED),
    _find,
    _erase,
    is_trace=True,
    goes="Your address or number, beside the story of somebody whom we reached there.",
)
