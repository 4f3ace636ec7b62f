"""The issues that readers can see, and what is in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload

from portal.extensions import db
from portal.issues import allowed
from portal.issues.models import LEFT, Issue, Part, PartKind
from portal.letters import normal_form
from portal.stories import publication
from portal.stories.library.query import Card, cards
from portal.stories.models import Story
from portal.web import public_address

PAGE = 12
IN_SITEMAP = 5_000


@dataclass(frozen=True)
class ArchivedPart:
    """A part of an issue as readers get it: words, a story, or the place where one was."""

    part: Part
    card: Card | None = None

    @property
    def name(self) -> str:
        """The storyteller's, as readers may see it."""
        return publication.name_for_readers(self.card.story) if self.card else ""

    @property
    def is_gone(self) -> bool:
        """Whether a story was here that its teller no longer wants in it."""
        return self.part.kind is PartKind.STORY and self.card is None


def is_listed() -> tuple[ColumnElement[bool], ...]:
    """What holds for every issue that readers can find."""
    return (Issue.state.in_(LEFT), Issue.slug.is_not(None), Issue.hidden_at.is_(None))


def is_in_archive(issue: Issue) -> bool:
    """Whether readers can find it."""
    return issue.state in LEFT and bool(issue.slug) and issue.hidden_at is None


def issues(after: str = "", most: int = PAGE) -> tuple[list[Issue], str]:
    """A page of issues, newest first, and what `after` must be for the next; empty at the end."""
    query = select(Issue).where(*is_listed()).order_by(Issue.started_at.desc(), Issue.id.desc())
    if after.isascii() and after.isdecimal() and len(after) < 10:  # noqa: PLR2004 - of a number
        last = select(Issue.started_at).where(Issue.id == int(after)).scalar_subquery()
        query = query.where(Issue.started_at < last)
    found = list(db.session.scalars(query.limit(most + 1)))
    return found[:most], str(found[most - 1].id) if len(found) > most else ""


def newest() -> Issue | None:
    """The last issue that went out."""
    found, _ = issues(most=1)
    return found[0] if found else None


def find(slug: str) -> Issue | None:
    """The issue with that address."""
    if "\0" in slug:  # which no database takes
        return None
    wanted = select(Issue).where(*is_listed(), Issue.slug == normal_form("NFKC", slug))
    return db.session.scalar(wanted.options(selectinload(Issue.parts)))


def shown(issue: Issue) -> list[ArchivedPart]:
    """The parts as readers get them now. A story is shown only as long as its teller allows it."""
    ids = [part.story_id for part in issue.parts if part.story_id]
    query = select(Story).where(Story.id.in_(ids)).options(*_all_of_a_card())
    may = {story.id: story for story in db.session.scalars(query) if not allowed.why_not(story)}
    of_story = {card.story.id: card for card in cards(may.values())}
    return [ArchivedPart(part, of_story.get(part.story_id or 0)) for part in issue.parts]


def _all_of_a_card() -> tuple[Any, ...]:
    return (
        joinedload(Story.published),
        selectinload(Story.consents),
        selectinload(Story.versions),
    )


def sitemap_entries() -> Sequence[tuple[str, datetime | None]]:
    """The address of each issue, and when it went out."""
    query = select(Issue.slug, Issue.started_at).where(*is_listed())
    found = db.session.execute(query.order_by(Issue.started_at.desc()).limit(IN_SITEMAP))
    return [(public_address("issues.issue", slug=slug), at) for slug, at in found]
