"""What the database itself refuses of an issue, whoever asks for it, by whatever way."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.delivery import enqueue
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db
from portal.issues.models import IssueState, Part, PartKind
from portal.stories import consents, shaping
from portal.stories import withdrawal as stories
from tests.delivery import mail
from tests.issues import agree, an_edition, an_issue, an_open_issue
from tests.stories import an_editor, approved, edited, published

pytestmark = pytest.mark.usefixtures("each_database", "app")
AT_WORK = (IssueState.APPROVED, IssueState.SCHEDULED, IssueState.SENDING)


def no_longer(story):
    consents.record(story, "newsletter", given=False, channel="web")


def unpublish(story):
    stories.withdraw(story, keep_files=True)


def publish_another_text(story):
    edited(story, title="Another title")
    shaping.publish(approved(story), an_editor())


ENDS = {"consent": no_longer, "taken back": unpublish, "another text": publish_another_text}


def refused(statement, **values):
    """Whether the database refuses it; nothing is changed then."""
    try:
        db.session.execute(text(statement), values)
        db.session.commit()
    except DBAPIError:
        db.session.rollback()
        return True
    return False


def become(issue, state):
    issue_id = issue.id
    return not refused("UPDATE issue SET state = :state WHERE id = :id", state=state, id=issue_id)


@pytest.mark.parametrize("state", AT_WORK)
def test_nothing_goes_out_without_a_yes_to_exactly_this(state):
    issue = an_issue(published())
    assert not become(issue, state)
    agree(issue)
    assert become(issue, state)


@pytest.mark.parametrize("state", AT_WORK)
def test_yes_to_something_else_or_a_voided_one_is_none(state):
    issue = an_issue(published())
    agree(issue)
    issue.digest = "1" * 64
    db.session.commit()
    assert not become(issue, state)
    issue.digest = issue.approvals[0].digest
    issue.approvals[0].voided_at = issue.created_at
    db.session.commit()
    assert not become(issue, state)


def test_nobody_says_yes_to_their_own():
    issue, eda = an_issue(published()), an_editor()
    said = "'0', 'Yes', :by, :by, false, :at"
    columns = "issue_id, digest, wording, asked_by_id, member_id, alone, at"
    own = f"INSERT INTO issue_approval ({columns}) VALUES (:issue, {said})"
    assert refused(own, issue=issue.id, by=eda.id, at=issue.created_at.isoformat(" "))


@pytest.mark.parametrize("state", AT_WORK)
@pytest.mark.parametrize("end", ENDS)
def test_no_issue_goes_on_with_a_story_that_may_not_be_in_it(state, end):
    story = published()
    issue = an_issue(published(), story)
    agree(issue)
    ENDS[end](story)
    db.session.commit()
    assert not become(issue, state)


@pytest.mark.parametrize("end", ENDS)
def test_end_of_a_consent_shuts_what_is_under_way_and_nothing_opens_it(end):
    story = published()
    edition = an_open_issue(story)
    row = db.session.get_one(Outgoing, enqueue(mail()))
    row.batch_id = edition.batch_id
    db.session.commit()
    ENDS[end](story)
    db.session.commit()
    db.session.refresh(edition.batch)

    assert not edition.batch.is_open
    assert refused("UPDATE batch SET is_open = true WHERE id = :id", id=edition.batch_id)
    assert refused("UPDATE outgoing SET state = 'sending' WHERE id = :id", id=row.id)
    assert row.state is OutgoingState.QUEUED


def test_erased_story_shuts_what_is_under_way_and_leaves_its_place():
    story = published()
    edition = an_open_issue(story)
    stories.erase(story)
    db.session.refresh(edition.batch)
    db.session.refresh(part := edition.issue.parts[0])

    assert not edition.batch.is_open
    assert (part.kind, part.story_id, part.revision_id) == (PartKind.STORY, None, None)


@pytest.mark.parametrize("column", ["story_id", "revision_id"])
def test_part_that_loses_what_was_agreed_to_shuts_what_is_under_way_and_nothing_opens_it(column):
    edition = an_open_issue(published())
    gone = f"UPDATE issue_part SET {column} = NULL WHERE issue_id = :id"
    assert not refused(gone, id=edition.issue_id)
    db.session.refresh(edition.batch)

    assert not edition.batch.is_open
    assert refused("UPDATE batch SET is_open = true WHERE id = :id", id=edition.batch_id)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE issue SET subject = 'Other' WHERE id = :id",
        "UPDATE issue SET preview = 'Other' WHERE id = :id",
        "UPDATE issue SET opening = 'Other' WHERE id = :id",
        "UPDATE issue SET topics = '[\"ideas\"]' WHERE id = :id",
        "UPDATE issue_part SET text = 'Other' WHERE issue_id = :id",
        "UPDATE issue_part SET position = 9 WHERE issue_id = :id",
        "UPDATE issue_part SET story_id = :other WHERE issue_id = :id",
        "DELETE FROM issue_part WHERE issue_id = :id",
        "DELETE FROM issue WHERE id = :id",
        "INSERT INTO issue_part (issue_id, position, kind, text) VALUES (:id, 1, 'words', '')",
    ],
)
def test_what_was_agreed_to_does_not_change(change):
    other = published()
    issue = an_issue(published())
    agree(issue)
    issue.state = IssueState.APPROVED
    db.session.commit()
    wanted = {"id": issue.id} | ({"other": other.id} if ":other" in change else {})
    assert refused(change, **wanted)
    issue.state = IssueState.DRAFT
    db.session.commit()
    if not change.startswith("DELETE FROM issue "):  # its yes is kept as long as it is
        assert not refused(change, **wanted)


def test_edition_stays_as_it_was_agreed_to():
    edition = an_edition(an_issue(published()))
    assert refused("UPDATE edition SET html = 'Other' WHERE id = :id", id=edition.id)
    assert refused("UPDATE edition SET html = '', text = 'Other' WHERE id = :id", id=edition.id)


def test_edition_is_emptied_only_when_its_way_is_shut():
    edition = an_open_issue(published())
    empty = "UPDATE edition SET html = '', text = '' WHERE id = :id"
    assert refused(empty, id=edition.id)
    edition.batch.is_open = False
    db.session.commit()
    assert not refused(empty, id=edition.id)


def test_issue_without_stories_needs_only_the_yes():
    issue = an_issue()
    issue.parts.append(Part(position=0, kind=PartKind.WORDS, text="Hello"))
    db.session.commit()
    agree(issue)
    assert become(issue, IssueState.SENDING)
