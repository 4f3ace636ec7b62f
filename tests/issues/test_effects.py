"""A story that may no longer be in an issue: what becomes of it, and what its teller is told."""

import pytest

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.issues import scheduling
from portal.issues.models import Issue, IssueState
from portal.stories import withdrawal
from portal.stories.models import Story
from portal.stories.uses.models import Cleared
from portal.stories.uses.services import to_clean
from tests.issues import an_issue
from tests.issues.sending import an_agreed_issue, known, let_go, minute, people
from tests.issues.test_archive import ENDS, say
from tests.issues.test_rules import publish_another_text
from tests.stories import an_editor, published
from tests.stories.readers import put_up

pytestmark = pytest.mark.usefixtures("each_database", "app", "clock")
REASONS = ("may not be in it any more.", "has changed.", "A story that was in it was erased.")
CHANGES = {
    "another text": publish_another_text,
    "no picture": lambda story: say(story, "photo", given=False),
    "no name": lambda story: say(story, "name", given=False),
}


def end(story, how):
    found = db.session.get_one(Story, story.id)
    (ENDS | CHANGES)[how](found)
    db.session.commit()


def now(issue):
    return db.session.get_one(Issue, issue.id, populate_existing=True)


@pytest.mark.parametrize("how", ENDS | CHANGES)
@pytest.mark.parametrize("is_scheduled", [False, True])
def test_agreed_issue_is_a_draft_again_and_says_why(how, is_scheduled):
    story = put_up("Round the hill", pictures=["A hill"])
    issue = an_agreed_issue(published(), story)
    if is_scheduled:
        scheduling.schedule(issue, None, an_editor())
    end(story, how)

    found = now(issue)
    assert (found.state, found.send_at) == (IssueState.DRAFT, None)
    assert all(approval.voided_at for approval in found.approvals)
    assert ("Round the hill" in found.why) == (how not in {"another text", "erased"})
    assert found.why.endswith(REASONS)


@pytest.mark.parametrize("how", ["consent", "taken back", "erased", "another text", "no name"])
def test_nothing_more_of_an_issue_leaves(how, clock):
    story = published()
    people(3)
    issue = an_agreed_issue(story)
    let_go(issue, clock)
    assert known(issue) == (0, 3, 0, 0, 0)
    end(story, how)
    minute()

    assert now(issue).state is IssueState.STOPPED
    assert known(issue) == (0, 0, 0, 0, 3)
    told = {row.address for row in db.session.query(Outgoing).filter_by(name="issue_notice")}
    assert told == {"eda@team.example", "max@team.example"}
    assert db.session.query(Outgoing).filter_by(name="issue", state="queued").count() == 0


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("has_left", [False, True])
def test_no_mail_keeps_the_words_of_a_story_that_left(how, has_left, clock):
    story = put_up("Round the hill", summary="I roll up there.")
    people(1)
    issue = an_agreed_issue(story)
    let_go(issue, clock)
    if has_left:
        minute()
    assert "Round the hill" in "".join(one.html + one.text for one in now(issue).editions)
    end(story, how)

    db.session.expire_all()
    assert {(one.html, one.text) for one in now(issue).editions} == {("", "")}


@pytest.mark.parametrize("how", ENDS | CHANGES)
def test_nobody_is_asked_any_more_for_a_yes_to_what_has_changed(how):
    story = put_up("Round the hill", pictures=["A hill"])
    issue = an_issue(story)
    issue.asked_by_id, issue.asked_digest = an_editor().id, "0"
    db.session.commit()
    end(story, how)

    assert (now(issue).state, now(issue).asked_by_id) == (IssueState.DRAFT, None)
    assert now(issue).why.endswith(REASONS)


def test_what_nobody_agreed_to_yet_stays_as_it_is():
    story = published()
    issue = an_agreed_issue(story)
    scheduling.halt(issue, "Later")
    db.session.commit()
    end(story, "consent")
    assert now(issue).why == "Later"


def test_other_issues_go_on(clock):
    story = published()
    other = an_agreed_issue(published(), subject="Other news")
    end(story, "consent")
    assert now(other).state is IssueState.APPROVED


@pytest.mark.parametrize("purpose", ["press", "social", "funders"])
def test_issue_goes_on_where_something_ends_that_no_mail_shows(purpose):
    story = published()
    issue = an_agreed_issue(story)
    say(story, purpose, given=False)
    assert now(issue).state is IssueState.APPROVED


def test_teller_sees_in_which_newsletter_their_story_is_and_truly_what_stays(clock):
    story = published()
    issue = an_agreed_issue(story)
    let_go(issue, clock)
    minute()
    db.session.refresh(story)
    (use,) = story.uses
    assert use.text == "Newsletter: News of May"
    assert use.link.endswith(f"/newsletter/issues/{now(issue).slug}/")
    assert use.outcome is None
    withdrawal.withdraw(story, keep_files=False)

    db.session.refresh(use)
    assert use.outcome is Cleared.STAYS
    assert "stay in the mailboxes" in use.outcome_words
    assert to_clean(story) == []
