"""The people whom the list shows, and how many there are of each kind."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from flask import current_app
from sqlalchemy import ColumnElement, case, func, select

from portal.extensions import db, has_words
from portal.newsletter.models import Subscriber, SubscriberState
from portal.web import AddressView, number_in

PAGE = 50
ANY = "-"  # the topic of those who chose none: they get a bit of everything


@dataclass(frozen=True)
class SubscribersView(AddressView):
    """What the list shows."""

    q: str = ""
    state: str = ""
    topic: str = ""
    format: str = ""
    after: str = ""

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Self:
        """The view that an address asks for; a state that there is not is left out."""
        view = cls.typed(args)
        return view if view.state in set(SubscriberState) else replace(view, state="")

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the state narrows the list."""
        return any((self.q, self.topic, self.format))


@dataclass(frozen=True)
class ListedSubscribers:
    """One page of the list."""

    rows: Sequence[Subscriber]
    next_page: str
    """What `after` must be for the page after this one; empty at the end."""


def show(view: SubscribersView) -> ListedSubscribers:
    """The people of a view, those who came last first."""
    query = select(Subscriber).where(*_conditions(view)).order_by(Subscriber.id.desc())
    if (last := number_in(view.after)) is not None:
        query = query.where(Subscriber.id < last)
    rows = db.session.scalars(query.limit(PAGE + 1)).all()
    return ListedSubscribers(rows[:PAGE], str(rows[PAGE - 1].id) if len(rows) > PAGE else "")


def _conditions(view: SubscribersView) -> list[ColumnElement[bool]]:
    wanted = has_words(Subscriber.search, view.q)
    if view.state:
        wanted.append(Subscriber.state == view.state)
    if view.topic:
        wanted.append(_chose(view.topic))
    if view.format:
        wanted.append(Subscriber.format == view.format)
    return wanted


def _chose(topic: str) -> ColumnElement[bool]:
    return Subscriber.chose("" if topic == ANY else topic)


def by_state() -> dict[str, int]:
    """How many there are in each state."""
    query = select(Subscriber.state, func.count()).group_by(Subscriber.state)
    return {str(state): number for state, number in db.session.execute(query)}


def by_choice() -> dict[str, Counter[str]]:
    """How many get it in each format, and on each topic: by the format, then by the topic.

    Under "" stands any of them; who chose several topics is in each of these.
    """
    topics = [*current_app.config["TOPICS"], ANY]
    chose = [func.sum(case((_chose(topic), 1), else_=0)) for topic in topics]
    query = select(Subscriber.format, func.count(), *chose)
    query = query.where(Subscriber.state == SubscriberState.SUBSCRIBED).group_by(Subscriber.format)
    found = {
        row[0]: Counter(dict(zip(["", *topics], map(int, row[1:]), strict=True)))
        for row in db.session.execute(query)
    }
    return {"": sum(found.values(), Counter())} | found if found else {}
