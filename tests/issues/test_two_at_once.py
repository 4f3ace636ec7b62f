"""Issues that go on in the moment in which a story is taken out of them, or another does."""

from threading import Thread

import pytest
from sqlalchemy import text

from portal import transaction
from portal.extensions import db
from portal.issues import scheduling
from portal.issues.models import Batch, Issue, IssueState
from portal.stories import consents
from portal.stories.models import Story, StoryConsent
from portal.transaction import lock, one_transaction
from tests.at_once import LONGEST, at_once
from tests.issues import agree, an_edition, an_issue, let_out
from tests.issues.sending import an_agreed_issue
from tests.newsletter.test_two_at_once import waits_for_a_lock
from tests.services import until
from tests.stories import an_editor, published

pytestmark = pytest.mark.usefixtures("each_database")
TIMES = 5


@one_transaction
def no_longer(story):
    consents.record(story, "newsletter", given=False, channel="web")


def ends(story):
    number = story.id
    return lambda: no_longer(db.session.get_one(Story, number))


def test_row_is_locked_before_anything_is_done_with_it(app, monkeypatch):
    story, locked = published(), []
    monkeypatch.setattr(transaction, "lock", locked.append)
    no_longer(story)
    assert locked == [story]


def test_way_that_opens_while_a_consent_ends_is_shut_again(app):
    story = published()
    issue = an_issue(story)
    agree(issue)
    batch_id, end = an_edition(issue).batch_id, ends(story)
    issue.state = IssueState.SENDING
    db.session.commit()

    def end_it():
        with app.app_context():
            end()

    lock(issue)  # as whoever sends it does
    db.session.execute(text("UPDATE batch SET is_open = true WHERE id = :id"), {"id": batch_id})
    other = Thread(target=end_it)
    other.start()
    if db.engine.dialect.name == "postgresql":
        until(lambda: waits_for_a_lock() or not other.is_alive(), LONGEST)
    db.session.commit()
    other.join(LONGEST)
    assert not db.session.get_one(Batch, batch_id, populate_existing=True).is_open


def test_two_stories_are_taken_out_of_an_issue_that_is_leaving(app):
    for _ in range(TIMES):
        stories = published(), published()
        issue_id = let_out(an_issue(*stories)).issue_id
        assert at_once(app, *map(ends, stories)) == [None, None]
        assert db.session.get_one(Issue, issue_id).state is IssueState.STOPPED


def test_two_issues_with_the_same_stories_begin_once_each(app, clock):
    for _ in range(TIMES):
        one, other = published(), published()
        issues = an_agreed_issue(one, other), an_agreed_issue(other, one)
        for issue in issues:
            scheduling.schedule(issue, None, an_editor("Eda"))
        clock.shift(scheduling.GRACE)
        begin = [lambda number=issue.id: scheduling.start(number) for issue in issues]
        assert sorted(at_once(app, *begin, *begin)) == [False, False, True, True]


def test_issue_is_stopped_in_the_moment_in_which_a_consent_ends(app):
    story, eda = published(), an_editor("Eda")
    issue = an_agreed_issue(story)
    scheduling.schedule(issue, None, eda)
    no = {"purpose": "newsletter", "given": False, "value": "", "wording": "", "channel": "web"}
    db.session.add(StoryConsent(story_id=story.id, **no))  # which found the issue in other hands
    db.session.commit()
    scheduling.stop(issue, eda)
    assert (issue.state, issue.send_at) == (IssueState.DRAFT, None)
