"""Making an issue: its words, its stories, and their order.

Two people may do it at once. Each sets what they changed against what they saw, and no more. What
a colleague was asked to say yes to does not change: `approving.reopen` comes first.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import delete as delete_rows

from portal.extensions import db, now, write_rows
from portal.inbox.desk import edits
from portal.inbox.desk.edits import Was
from portal.issues import allowed
from portal.issues.models import Issue, IssueState, Part, PartKind
from portal.stories.models import Story
from portal.team.models import Member
from portal.transaction import NotPossible, one_transaction

WORDS = ("subject", "preview", "opening", "topics")
TEXT = "text-"  # in front of a part's number
PARTS_MOST = 50
ASKED_FOR = "A colleague was asked to say yes to it. Take that back first, then change it."
AGREED_TO = "It was agreed to. Take the yes back first, then change it."
ABOUT_TO_LEAVE = "It is about to leave. Stop it first, then change it."
GONE = "It has left, so it stays as it was. Copy it to make another."
NOT_THERE = "That part is not in the issue any more."


def words_of(issue: Issue) -> dict[str, Any]:
    """All that can be typed in an issue, by the names that its page has for it."""
    own = {name: getattr(issue, name) for name in WORDS}
    return own | {f"{TEXT}{part.id}": part.text for part in issue.parts}


class _There:
    """The words as one row. What a colleague took out is None."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self.__dict__.update(words)

    def __getattr__(self, name: str) -> None:
        return None


def why_not(issue: Issue) -> str:
    """Why it cannot be changed now; empty where it can."""
    if issue.state is IssueState.DRAFT:
        return ASKED_FOR if issue.asked_by_id else ""
    waits = {IssueState.APPROVED: AGREED_TO, IssueState.SCHEDULED: ABOUT_TO_LEAVE}
    return waits.get(issue.state, GONE)


def _change(verb: Callable[..., None]) -> Callable[..., None]:
    """Make a verb of it that changes a draft of nobody's yes; commits. Raises NotPossible."""

    @one_transaction
    def run(issue: Issue, by: Member, *args: Any) -> None:
        if reason := why_not(issue):
            raise NotPossible(reason)
        verb(issue, *args)
        if db.session.dirty or db.session.new or db.session.deleted:
            issue.changed_at, issue.changed_by_id = now(), by.id

    run.__doc__ = verb.__doc__
    return run


@one_transaction
def create(*, by: Member) -> Issue:
    """Begin an issue; commits."""
    issue = Issue(author_id=by.id, changed_by_id=by.id)
    db.session.add(issue)
    return issue


@_change
def change(issue: Issue, was: Was, wanted: Mapping[str, Any]) -> None:
    """Set what a member changed against what they saw (`was`). Raises Conflict."""
    for name, value in edits.meant(_There(words_of(issue)), was, wanted).items():
        if name.startswith(TEXT):
            _part(issue, int(name.removeprefix(TEXT))).text = value
        else:
            setattr(issue, name, value)


@_change
def add_words(issue: Issue) -> None:
    """Add a paragraph of one's own at the end."""
    _append(issue, Part(kind=PartKind.WORDS, text=""))


@_change
def add_story(issue: Issue, story: Story) -> None:
    """Add a story at the end, as readers have it now. Its teller must allow it."""
    if any(part.story_id == story.id for part in issue.parts):
        raise NotPossible("That story is in the issue already.")
    if reason := allowed.why_not(story):
        raise NotPossible(reason)
    revision = story.published_revision_id
    _append(issue, Part(kind=PartKind.STORY, text="", story_id=story.id, revision_id=revision))


def _append(issue: Issue, part: Part) -> None:
    if len(issue.parts) >= PARTS_MOST:
        raise NotPossible(f"An issue has {PARTS_MOST} parts at most.")
    part.position = len(issue.parts)
    issue.parts.append(part)


@_change
def renew(issue: Issue, part_id: int) -> None:
    """Take the text of a story that readers have now."""
    part = _part(issue, part_id)
    if part.story and not allowed.why_not(part.story):
        part.revision_id = part.story.published_revision_id


@_change
def move(issue: Issue, part_id: int, step: int) -> None:
    """Put a part so many places further down, or up."""
    part, rest = _part(issue, part_id), list(issue.parts)
    place = max(rest.index(part) + step, 0)
    rest.remove(part)
    rest.insert(place, part)
    _number(rest)


@_change
def remove(issue: Issue, part_id: int) -> None:
    """Take a part out, if it is still there."""
    rest = [part for part in issue.parts if part.id != part_id]
    if len(rest) < len(issue.parts):
        issue.parts = rest
        _number(rest)


def _number(parts: list[Part]) -> None:
    for number, part in enumerate(parts):
        part.position = number


def _part(issue: Issue, part_id: int) -> Part:
    found = next((part for part in issue.parts if part.id == part_id), None)
    if found is None:
        raise NotPossible(NOT_THERE)
    return found


def begin_again(issue: Issue, why: str = "") -> None:
    """Make it a draft that can be changed: the asking and any yes are over.

    In the caller's transaction; `why` is in words for its makers.
    """
    for said in issue.approvals:
        said.voided_at = said.voided_at or now()
    issue.state, issue.send_at, issue.why = IssueState.DRAFT, None, why
    issue.asked_by_id = issue.asked_at = None


@one_transaction
def copy(issue: Issue, by: Member) -> Issue:
    """A new draft with the same words and stories, these as readers have them now; commits."""
    new = Issue(author_id=by.id, changed_by_id=by.id)
    for name in WORDS:
        setattr(new, name, getattr(issue, name))
    stays = [part for part in issue.parts if part.kind is PartKind.WORDS or part.story_id]
    new.parts = [
        Part(kind=part.kind, text=part.text, story_id=part.story_id, revision_id=_newest(part))
        for part in stays
    ]
    _number(new.parts)
    db.session.add(new)
    return new


def _newest(part: Part) -> int | None:
    published = part.story.published_revision_id if part.story else None
    return published or part.revision_id


@one_transaction
def delete(issue: Issue) -> None:
    """Delete a draft for good; commits. Raises NotPossible."""
    if reason := why_not(issue):
        raise NotPossible(reason)
    write_rows(delete_rows(Issue).where(Issue.id == issue.id))
    db.session.expunge(issue)
