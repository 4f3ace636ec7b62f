"""What becomes of issues when a story in them is used, changes, or may no longer be in them.

Each is told in the transaction in which it happens. Whoever sends an issue holds its row and then
waits for the stories' rows, so nobody here waits for an issue: one that is held is looked at again
before it leaves, and the database shuts what is leaving.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update

from portal.delivery.models import Batch
from portal.extensions import db
from portal.issues import scheduling, signals
from portal.issues.models import Edition, Issue, IssueState, Part, PartKind
from portal.stories import signals as of_stories
from portal.stories import texts
from portal.stories.models import Story
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel, Cleared
from portal.web import public_address

WAITS = (IssueState.DRAFT, IssueState.APPROVED, IssueState.SCHEDULED)
AT_WORK = (*WAITS, IssueState.SENDING)
IN_MAILS = ("name", "photo", "place", "condition")
"""What a storyteller allows of which mails may show something."""
QUOTE = "“"
ERASED = "A story that was in it was erased."
LEFT = "“{title}” may not be in it any more."
CHANGED = "What readers get of “{title}” has changed."
USED = "Newsletter: {subject}"
STAYS = (
    "Your story is out of our newsletters on this site, and its pictures in emails no longer load. "
    "The words stay in the mailboxes of people who got the email: we cannot take them back there."
)


@of_stories.consent_ended.connect
def heed_consent(story: Story, *, purpose: str) -> None:
    """A storyteller no longer allows something."""
    if purpose == Channel.NEWSLETTER:
        heed_end(story)
    elif purpose in IN_MAILS:
        heed_change(story, AT_WORK)


@of_stories.forgotten.connect
def forget(story: Story, **_: Any) -> None:
    """A story is erased: what we say of issues that it was in names it no more."""
    heed_end(story)
    mine = select(Part.issue_id).where(Part.story_id == story.id)
    for model, issue in ((Issue, Issue.id), (Edition, Edition.issue_id)):
        named = issue.in_(mine) & model.why.startswith(QUOTE)
        db.session.execute(update(model).where(named).values(why=ERASED))


@of_stories.not_public.connect
def heed_end(story: Story, **_: Any) -> None:
    """A story may not be in any newsletter any more."""
    for issue in _with(story, *AT_WORK):
        scheduling.halt(issue, _why(LEFT, story))
    _empty_mails(story)
    for use in story.uses:
        if use.channel is Channel.NEWSLETTER and use.key and not use.outcome:
            uses.clear(use, Cleared.STAYS, STAYS)


@of_stories.republished.connect
def heed_change(story: Story, states: Iterable[IssueState] = WAITS, **_: Any) -> None:
    """Readers get something else of a story than was agreed to."""
    for issue in _with(story, *states):
        scheduling.halt(issue, _why(CHANGED, story))


@signals.started.connect
def note_use(issue: Issue, **_: Any) -> None:
    """Note for each storyteller in which newsletter their story is."""
    text = USED.format(subject=issue.subject)
    link = public_address("issues.issue", slug=issue.slug)
    for part in issue.parts:
        if part.kind is PartKind.STORY and part.story:
            uses.note(part.story, Channel.NEWSLETTER, text, key=f"issue:{issue.id}", link=link)


def _empty_mails(story: Story) -> None:
    """Keep no mail with the story in it: by now the database has shut its way out."""
    mine = select(Part.issue_id).where(Part.story_id == story.id)
    shut = select(Batch.id).where(~Batch.is_open)
    theirs = Edition.issue_id.in_(mine) & Edition.batch_id.in_(shut)
    db.session.execute(update(Edition).where(theirs).values(html="", text=""))


def _with(story: Story, *states: IssueState) -> list[Issue]:
    """The issues with that story which nobody holds this moment."""
    mine = Issue.id.in_(select(Part.issue_id).where(Part.story_id == story.id))
    query = select(Issue).where(Issue.state.in_(states), mine).order_by(Issue.id)
    return list(db.session.scalars(query.with_for_update(skip_locked=True, of=Issue)))


def _why(words: str, story: Story) -> str:
    newest = texts.latest(story)
    return words.format(title=newest.title if newest else story.title)
