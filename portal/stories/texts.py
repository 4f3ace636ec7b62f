"""Texts of a story, the digest of what would be public, and whether it was said yes to."""

from dataclasses import fields
from typing import Any

from flask import current_app
from sqlalchemy import func, select, update

from portal.extensions import db, now
from portal.stories import consents, languages
from portal.stories.comparing import changes
from portal.stories.comparing.changes import TextChange
from portal.stories.content import Content, digest
from portal.stories.files import store
from portal.stories.models import Approval, Revision, Story
from portal.stories.states import Giver
from portal.team.models import Member
from portal.transaction import NotPossible

LISTS = ("topics", "pictures")
WORDING = "This is my story as I want it to be read. You may publish exactly this."


def content_of(revision: Revision | None) -> Content:
    """What a revision holds; of none, an empty one.

    Old ones may name a language that is signed. They stay as they are, and what follows does not.
    """
    if revision is None:
        return Content()
    values: dict[str, Any] = {one.name: getattr(revision, one.name) for one in fields(Content)}
    lists = {name: tuple(values[name]) for name in LISTS}
    if languages.is_signed(revision.language):
        values["language"] = languages.ENGLISH
    return Content(**(values | lists))


def words(content: Content) -> str:
    """All that somebody wrote in it."""
    alts = (one["alt"] for one in content.pictures)
    return "\n".join((content.title, content.summary, content.text, content.name, *alts))


def content_now(story: Story) -> Content:
    """The newest text; where nobody wrote one yet, what the storyteller gave to go with it."""
    newest = latest(story)
    if newest:
        return content_of(newest)
    return Content(
        title=story.title,
        text=story.text,
        name=consents.name_allowed(story),
        pictures=store.kept_pictures(story),
        language=story.language,
    )


def add(
    story: Story,
    content: Content,
    by: Member | None,
    reason: str = "",
    reasons: dict[str, str] | None = None,
) -> Revision:
    """Add a text, in the caller's transaction, with the story locked.

    Raises NotPossible where its language is one that nobody writes.
    """
    number = db.session.scalar(
        select(func.coalesce(func.max(Revision.number), 0)).where(Revision.story_id == story.id)
    )
    if languages.is_signed(content.language):
        raise NotPossible(languages.NOT_WRITTEN)
    revision = Revision(
        story_id=story.id,
        number=(number or 0) + 1,
        author_id=by.id if by else None,
        reason=reason,
        reasons=reasons or {},
        digest=digest(content),
        **(vars(content) | {name: list(getattr(content, name)) for name in LISTS}),
    )
    db.session.add(revision)
    db.session.flush()
    return revision


def latest(story: Story) -> Revision | None:
    """The newest text."""
    query = select(Revision).where(Revision.story_id == story.id)
    return db.session.scalar(query.order_by(Revision.id.desc()).limit(1))


def numbered(story: Story, number: object) -> Revision | None:
    """The text with this number; None where there is none."""
    query = select(Revision).where(Revision.story_id == story.id, Revision.number == number)
    return db.session.scalar(query) if isinstance(number, int) else None


def changes_between(before: Revision | None, after: Content) -> list[TextChange]:
    """What a content says differently from a text, with topics and languages in words."""
    labels = current_app.config["STORY_TOPICS"] | languages.OFFERED
    return changes.compare(content_of(before), after, labels)


def number(story: Story) -> int:
    """The number of the newest text; 0 without one."""
    newest = latest(story)
    return newest.number if newest else 0


def base_for_storyteller(story: Story) -> Revision | None:
    """The storyteller's own newest text, or one that they said yes to later."""
    mine = select(Revision.id).where(Revision.story_id == story.id, Revision.author_id.is_(None))
    agreed = select(Approval.revision_id).where(Approval.story_id == story.id)
    newest = select(func.max(mine.union_all(agreed).subquery().c.id))
    found = db.session.scalar(newest)
    return db.session.get(Revision, found) if found else None


def valid_approval(story: Story, giver: Giver = Giver.STORYTELLER) -> Approval | None:
    """Their yes to exactly the newest text; None where there is none, or it was taken back."""
    newest = latest(story)
    if newest is None:
        return None
    query = (
        select(Approval)
        .where(
            Approval.story_id == story.id,
            Approval.giver == giver,
            Approval.revision_id == newest.id,
            Approval.digest == newest.digest,
            Approval.taken_back_at.is_(None),
        )
        .order_by(Approval.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def end_approvals(story: Story) -> None:
    """Let no yes to any text of the story stand any longer, in the caller's transaction."""
    db.session.execute(
        update(Approval)
        .where(Approval.story_id == story.id, Approval.taken_back_at.is_(None))
        .values(taken_back_at=now())
    )
    db.session.expire(story, ["approvals"])
