"""Texts of a story, the digest of what would be public, and whether it was said yes to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256

from sqlalchemy import func, select, update

from portal.extensions import db, now
from portal.stories.models import Approval, Revision, Story
from portal.team.models import Member

STORY_LONGEST = 200_000  # letters
TITLE_LONGEST = 150
SUMMARY_LONGEST = 500
WORDING = "This is my story as I want it to be read. You may publish exactly this."


@dataclass(frozen=True)
class Content:
    """All that readers would get, and nothing else."""

    title: str = ""
    summary: str = ""
    text: str = ""
    name: str = ""
    topics: tuple[str, ...] = ()
    pictures: tuple[dict[str, str], ...] = ()
    language: str = "en"


def content_of(revision: Revision | None) -> Content:
    """What a revision holds; of none, an empty one."""
    if revision is None:
        return Content()
    return Content(
        title=revision.title,
        summary=revision.summary,
        text=revision.text,
        name=revision.name,
        topics=tuple(revision.topics),
        pictures=tuple(revision.pictures),
        language=revision.language,
    )


def digest(content: Content) -> str:
    """SHA-256 (hexadecimal) of the content, the same for the same content on any machine.

    Of a picture it is the content and the words that count, not where it lies.
    """
    parts = asdict(content)
    parts["pictures"] = [[one["digest"], one["alt"]] for one in content.pictures]
    written = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sha256(written.encode()).hexdigest()


def add(
    story: Story,
    content: Content,
    by: Member | None,
    reason: str = "",
    reasons: dict[str, str] | None = None,
) -> Revision:
    """Add a text, in the caller's transaction, with the story locked."""
    number = db.session.scalar(
        select(func.coalesce(func.max(Revision.number), 0)).where(Revision.story_id == story.id)
    )
    revision = Revision(
        story_id=story.id,
        number=(number or 0) + 1,
        author_id=by.id if by else None,
        title=content.title,
        summary=content.summary,
        text=content.text,
        name=content.name,
        topics=list(content.topics),
        pictures=list(content.pictures),
        language=content.language,
        reason=reason,
        reasons=reasons or {},
        digest=digest(content),
    )
    db.session.add(revision)
    db.session.flush()
    return revision


def latest(story: Story) -> Revision | None:
    """The newest text."""
    query = select(Revision).where(Revision.story_id == story.id)
    return db.session.scalar(query.order_by(Revision.id.desc()).limit(1))


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


def valid_approval(story: Story) -> Approval | None:
    """The yes to exactly the newest text; None where there is none, or it was taken back."""
    newest = latest(story)
    if newest is None:
        return None
    query = (
        select(Approval)
        .where(
            Approval.story_id == story.id,
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
