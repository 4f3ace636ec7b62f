"""Whose a conversation is: what else is held about its address and number."""

from dataclasses import dataclass

from sqlalchemy import select

from portal import people
from portal.extensions import db
from portal.inbox import intake
from portal.inbox.desk.fields import renew
from portal.inbox.desk.forms import MergeForm
from portal.inbox.models import Conversation, Kind
from portal.people import Holding, Holdings, Person

# How many things of a kind the panel shows, the page, and each page of older ones.
BESIDE, NEWEST, MORE = 3, 20, 50


def of(conversation: Conversation, beside: list[int] | None = None) -> Person:
    """Whoever has the address and the number of a conversation. Others may have them too."""
    found = Person.of([conversation.email], [conversation.phone])
    return Person(found.addresses, found.numbers, beside=frozenset(beside or ()))


def beside(conversation: Conversation, known: list[int]) -> list[Holdings]:
    """What else there is of the person, beside the conversations that the page shows."""
    return people.gather(of(conversation, known), BESIDE)


@dataclass(frozen=True)
class Merging:
    """What one button does: one conversation is put into another."""

    put: Conversation
    into: Conversation
    words: str

    @property
    def form(self) -> MergeForm:
        """The form of the page of the one that is put in."""
        return renew(MergeForm(formdata=None), self.put)


@dataclass(frozen=True)
class PersonPage:
    """All that is held about the person of a conversation, or the older ones of one kind."""

    conversation: Conversation
    kinds: list[Holdings]
    talks: dict[int, Conversation]
    """The conversations on the page, by their ids."""
    is_part: bool = False
    """Whether it shows one kind alone."""

    @classmethod
    def of(cls, conversation: Conversation, name: str, before: int | None) -> "PersonPage":
        """The page; with a `name` of things, those of that kind that are older."""
        person, holder = of(conversation), people.holders.get(name)
        kinds = people.gather(person, NEWEST)
        if holder:
            newest = holder.find(person, MORE, before)
            kinds = [Holdings(holder, one.number, newest) for one in kinds if one.holder is holder]
        ids = {one.conversation_id for kind in kinds for one in kind.newest}
        query = select(Conversation).where(Conversation.id.in_(ids - {None}))
        talks = {one.id: one for one in db.session.scalars(query)}
        return cls(conversation, kinds, talks, is_part=bool(holder))

    def talk(self, holding: Holding) -> Conversation | None:
        """The conversation that a thing belongs to."""
        return self.talks.get(holding.conversation_id or 0)

    def is_together(self, talk: Conversation) -> bool:
        """Whether a conversation is this one, or is put together with it."""
        return intake.root(talk) is intake.root(self.conversation)

    def merging(self, talk: Conversation) -> Merging | None:
        """How to put a conversation together with this one: into the story, where one is."""
        if self.is_together(talk) or talk.merged_into_id:
            return None
        this = intake.root(self.conversation)
        if talk.kind is Kind.STORY and this.kind is not Kind.STORY:
            return Merging(this, talk, "Put this conversation into the story")
        return Merging(talk, this, "Put it into this conversation")

    def older(self, kind: Holdings) -> int | None:
        """What the next page of a kind begins before; None where this is its end."""
        last = kind.newest[-1].id if kind.newest else None
        more = last and kind.holder.find(of(self.conversation), 1, last)
        return last if more else None
