"""The library's list: what its address asks for, and the stories that answer it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, exists, func, literal, select, tuple_
from sqlalchemy.orm import contains_eager, defer, joinedload, selectinload

from portal.extensions import db
from portal.near_words import NearWords
from portal.stories import publication
from portal.stories.files.models import FileState, StoryFile
from portal.stories.models import Revision, Story, StoryTopic, Version
from portal.stories.states import Level, StoryState, VersionKind
from portal.web import AddressView

PAGE = 13  # on a wide screen the first one has a row of its own, above rows of two or three
COUNTED = 99  # more than that is “more than 99”: nobody needs the number, and it would cost one
TEXT_LONGEST = 200
ALPHABETS = "\u2e80"  # signs from here on are words or syllables: they are too many to try each
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"([0-9]{1,17})\.([0-9]{1,9})", re.ASCII)


@dataclass(frozen=True)
class LibraryView(AddressView):
    """What a list of stories shows."""

    q: str = ""
    topic: str = ""
    level: str = ""
    format: str = ""
    after: str = ""

    @classmethod
    def of(cls, args: Mapping[str, str], topic: str = "") -> LibraryView:
        """The view that an address asks for; what makes no sense is left out."""
        view = cls.typed(args)
        return replace(
            view,
            q=" ".join(view.q.split())[:TEXT_LONGEST],
            topic=topic or _known(view.topic, current_app.config["STORY_TOPICS"]),
            level=_known(view.level, Level),
            format=_known(view.format, VersionKind),
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return any((self.q, self.topic, self.level, self.format))

    @property
    def is_only_a_topic(self) -> bool:
        """Whether the list is all that there is about one topic: such a page is worth finding."""
        return self == LibraryView(topic=self.topic)


@dataclass(frozen=True)
class LibraryPicture:
    """A picture as readers get it; the sizes are those of its largest width."""

    key: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class Card:
    """A story in a list."""

    story: Story
    picture: LibraryPicture | None
    formats: tuple[VersionKind, ...]


@dataclass(frozen=True)
class Vocabulary:
    """The words of the listed stories."""

    texts: dict[int, str]
    """Those of each story, by its id: as `letters.fold` has them, with a space on each side."""
    all: frozenset[str]
    letters: frozenset[str]


@dataclass(frozen=True)
class ListedStories:
    """One page of the list."""

    cards: list[Card]
    number: int
    """How many stories there are on all pages; COUNTED + 1 for more than COUNTED."""
    next_page: str
    """What `after` must be for the page after this one; empty at the end."""
    missing: Sequence[NearWords] = ()
    """What was looked for and is nowhere: these stories have words near it."""


def is_listed() -> tuple[ColumnElement[bool], ...]:
    """What holds for every story that readers can find."""
    return (Story.state == StoryState.PUBLISHED, Story.unlisted_at.is_(None))


def list_stories(
    view: LibraryView, among: Iterable[int] | None = None, missing: Sequence[NearWords] = ()
) -> ListedStories:
    """The stories of a view, newest first; where some ids are given, only among them."""
    newest = (Story.published_at, Story.id)
    wanted = _wanted(view)
    if among is not None:
        wanted.append(Story.id.in_(among))
    query = cards_query().where(*wanted)
    if cursor := _read_cursor(view.after):
        query = query.where(tuple_(*newest) < tuple_(*cursor))
    query = query.order_by(*(key.desc() for key in newest)).limit(PAGE + 1)
    found = list(db.session.scalars(query))
    stories = found[:PAGE]
    more = len(found) > PAGE
    next_page = _cursor(stories[-1]) if more else ""
    return ListedStories(cards(stories), _count(wanted), next_page, missing)


def newest() -> Card | None:
    """The story that was published last."""
    query = cards_query().order_by(Story.published_at.desc(), Story.id.desc()).limit(1)
    return next(iter(cards(db.session.scalars(query))), None)


def cards_query() -> Select[Any]:
    """Listed stories with all that a card needs, and without their texts."""
    return (
        select(Story)
        .join(Story.published)
        .options(
            *map(defer, (Story.text, Story.search, Story.answers)),
            contains_eager(Story.published).defer(Revision.text),
            selectinload(Story.consents),
            selectinload(Story.versions).options(defer(Version.text), joinedload(Version.file)),
        )
        .where(*is_listed())
    )


def cards(stories: Iterable[Story]) -> list[Card]:
    """The stories as a list shows them: each with its first picture that may be shown."""
    first = {story: publication.pictures_for_readers(story)[:1] for story in stories}
    shown = pictures([one for some in first.values() for one in some])
    return [
        Card(story, shown.get(some[0]["file"]) if some else None, _also(story))
        for story, some in first.items()
    ]


def pictures(wanted: Iterable[Mapping[str, str]]) -> dict[str, LibraryPicture]:
    """Those of these pictures (of revisions) that we have as they are, by the key of their file."""
    approved = {one["file"]: one for one in wanted}
    if not approved:
        return {}
    query = select(StoryFile.key, StoryFile.digest, StoryFile.width, StoryFile.height).where(
        StoryFile.key.in_(approved), StoryFile.state == FileState.KEPT
    )
    return {
        key: LibraryPicture(key, approved[key]["alt"], width, height)
        for key, digest, width, height in db.session.execute(query)
        if digest == approved[key]["digest"]
    }


def words() -> Vocabulary:
    """The words of the listed stories: a megabyte and more for some hundred of them."""
    found = db.session.execute(select(Story.id, Story.search).where(*is_listed()))
    texts = {story_id: f" {text} " for story_id, text in found}
    every = frozenset(word for text in texts.values() for word in text.split())
    letters = {letter for word in every for letter in word if letter < ALPHABETS}
    return Vocabulary(texts, every, frozenset(letters))


def topics() -> dict[str, int]:
    """How many stories there are of each topic that has one, in the order of STORY_TOPICS."""
    query = (
        select(StoryTopic.topic, func.count())
        .join(Story, Story.id == StoryTopic.story_id)
        .where(*is_listed())
        .group_by(StoryTopic.topic)
    )
    numbers = {row[0]: row[1] for row in db.session.execute(query)}
    return {key: numbers[key] for key in current_app.config["STORY_TOPICS"] if key in numbers}


def _known(value: str, values: Iterable[str]) -> str:
    return value if value in set(values) else ""


def _wanted(view: LibraryView) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if view.topic:
        about = (StoryTopic.story_id == Story.id) & (StoryTopic.topic == view.topic)
        wanted.append(exists(1).where(about))
    if view.level:
        wanted.append(Story.shown_level == view.level)
    if view.format:
        of_kind = (Version.story_id == Story.id) & (Version.kind == view.format)
        wanted.append(exists(1).where(of_kind & publication.is_for_readers()))
    return wanted


def _count(wanted: Iterable[ColumnElement[bool]]) -> int:
    some = select(literal(1)).where(*is_listed(), *wanted).limit(COUNTED + 1)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _also(story: Story) -> tuple[VersionKind, ...]:
    """In which other forms it can be had, in one order."""
    had = {version.kind for version in publication.versions_for_readers(story)}
    return tuple(kind for kind in VersionKind if kind in had)


def _cursor(last: Story) -> str:
    assert last.published_at is not None  # noqa: S101 - it is published
    return f"{(last.published_at - EPOCH) // timedelta(microseconds=1)}.{last.id}"


def _read_cursor(text: str) -> tuple[Any, ...] | None:
    """Where a page ended; None for the first page, and for what is no such place."""
    if not (read := CURSOR.fullmatch(text)):
        return None
    at = EPOCH + timedelta(microseconds=int(read[1]))
    return literal(at, Story.published_at.type), literal(int(read[2]))
