"""What managers do with all that is held about somebody. One call is one transaction."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from portal import audit, people
from portal.archives import Entry
from portal.audit import Deed
from portal.extensions import db
from portal.inbox.desk import erasing
from portal.inbox.models import Conversation
from portal.people import Holding, Holdings, Person
from portal.stories.models import Story
from portal.transaction import one_transaction

NOBODY_ASKED = "none"
STORIES = "stories"  # the holder of that name
SHOWN = 20  # of each kind on the page; the file has all


@one_transaction
def look_up(person: Person, why: str) -> None:
    """Note who looked somebody up, and how these have shown who they are."""
    _note(Deed.LOOKED_UP, person, why)


def found(person: Person) -> list[Holdings]:
    """What each holder has, with the newest of it."""
    return people.gather(person, SHOWN)


@one_transaction
def give(person: Person, why: str) -> None:
    """Note who took all that is held, to give it to its owner."""
    _note(Deed.GIVEN, person, why)


def entries(person: Person, page: str, data: dict[str, Any]) -> Iterator[Entry]:
    """What is in the file: a page to read, the same for programs, and the files."""
    yield Entry("all-that-we-keep.html", page)
    yield Entry("all-that-we-keep.json", people.to_json(data))
    for holder in people.holders.values():
        for held in people.each(holder, person):
            yield from _files(holder.heading, held)


def _files(heading: str, held: Holding) -> Iterator[Entry]:
    for number, (name, place) in enumerate(held.files, 1):
        yield Entry(f"Files/{heading} {held.id}/{number} {name}", place=place)


def erase(person: Person, names: Collection[str], why: str) -> None:
    """Erase what these holders have, here and at the providers; commits. Twice is once."""
    _erase(person, names, why)
    erasing.finish()


@one_transaction
def _erase(person: Person, names: Collection[str], why: str) -> None:
    people.erase(_without_stories(person) if names and STORIES not in names else person, names)
    _note(Deed.ERASED, person, f"{why}: {', '.join(sorted(names))}")


def _without_stories(person: Person) -> Person:
    """Them, but for the conversations about stories: an erasure of these takes the stories too."""
    told = select(Conversation.id).join(Story, Story.conversation_id == Conversation.id)
    theirs = told.where(person.is_in(Conversation.email_key, Conversation.phone_key))
    return replace(person, beside=frozenset(db.session.scalars(theirs)))


def _note(deed: Deed, person: Person, why: str) -> None:
    """One entry for their address, and one for their number."""
    for trace in person.traces()[: len(person.addresses | person.numbers)]:
        audit.note(deed, trace, why)
