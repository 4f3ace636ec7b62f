"""Makes newsletter issues in each of their states, past the pages, as a test says it."""

from portal.delivery.models import Batch
from portal.extensions import db, now
from portal.issues.models import Edition, Issue, IssueApproval, IssueState, Part, PartKind
from portal.stories.models import Story
from tests.stories import an_editor

DIGEST = "0" * 64


def an_issue(*stories: Story, **values) -> Issue:
    """A draft with these stories."""
    issue = Issue(**{"subject": "News of May", "digest": DIGEST} | values)
    issue.parts = [
        Part(
            position=number,
            kind=PartKind.STORY,
            story_id=story.id,
            revision_id=story.published_revision_id,
        )
        for number, story in enumerate(stories)
    ]
    db.session.add(issue)
    db.session.commit()
    return issue


def sent(issue: Issue, **words: str) -> Issue:
    """Let it leave, and be in the archive."""
    let_out(issue, **words)
    issue.state, issue.started_at = IssueState.SENT, now()
    issue.slug = issue.slug or f"news-of-may-{issue.id}"
    db.session.commit()
    return issue


def agree(issue: Issue) -> None:
    """Add a second person's yes to its digest."""
    one, other = an_editor("Eda"), an_editor("Max")
    said = {"wording": "Yes", "asked_by_id": one.id, "member_id": other.id}
    issue.approvals.append(IssueApproval(digest=issue.digest, **said))
    db.session.commit()


def an_edition(issue: Issue, format_: str = "standard", **words: str) -> Edition:
    """Its mail in one format, with a batch that is still shut."""
    words = {"html": "<p>Hello</p>", "text": "Hello"} | words
    edition = Edition(issue_id=issue.id, format=format_, subject=issue.subject, **words)
    edition.batch = Batch()
    db.session.add(edition)
    db.session.commit()
    return edition


def a_sent_issue(*stories: Story, **values) -> Issue:
    """An issue that has left, in the archive."""
    return sent(an_issue(*stories, **values))


def an_open_issue(*stories: Story) -> Edition:
    """The edition of an issue that is being sent."""
    return let_out(an_issue(*stories))


def let_out(issue: Issue, **words: str) -> Edition:
    """Let a draft be agreed to and begin to leave."""
    agree(issue)
    edition = an_edition(issue, **words)
    issue.state = IssueState.SENDING
    db.session.commit()
    edition.batch.is_open = True
    db.session.commit()
    return edition
