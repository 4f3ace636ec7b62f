"""In whatever order people act, and past our code too: no issue leaves with a story that may not.

Consent is given and withdrawn, stories are edited and taken back, the issue is changed, agreed to,
scheduled, stopped and sent, and somebody tries it in SQL. Each copy that leaves is looked at in
that moment.
"""

from contextlib import suppress
from datetime import UTC, datetime
from itertools import count

import pytest
import time_machine
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.extensions import db, huey
from portal.issues import approving, drafts, scheduling
from portal.issues.models import Issue, PartKind
from portal.providers.values import Receipt
from portal.stories import consents, shaping, withdrawal
from portal.stories.models import Story
from portal.stories.states import StoryState
from portal.transaction import NotPossible
from tests.conftest import deliver_next
from tests.delivery import Scripted, go, provide, sweep
from tests.issues import an_issue
from tests.issues.sending import minute, people
from tests.stories import an_editor, approved, edited, published

OF_IT = "IN (SELECT batch_id FROM edition WHERE issue_id = :id)"
RAW = (
    "UPDATE issue SET state = 'approved' WHERE id = :id",
    "UPDATE issue SET state = 'scheduled', send_at = :at WHERE id = :id",
    "UPDATE issue SET state = 'sending' WHERE id = :id",
    "UPDATE issue_approval SET voided_at = NULL WHERE issue_id = :id",
    "UPDATE issue_part SET revision_id = NULL WHERE issue_id = :id",
    f"UPDATE batch SET is_open = true WHERE id {OF_IT}",
    f"UPDATE outgoing SET state = 'queued' WHERE batch_id {OF_IT} AND state = 'cancelled'",
    f"UPDATE outgoing SET state = 'sending' WHERE batch_id {OF_IT} AND state = 'queued'",
)


def say(story, *, given):
    consents.record(story, "newsletter", given=given, channel="web")
    db.session.commit()


def publish_again(story):
    edited(story, title="Another title")
    shaping.publish(approved(story), an_editor())


def ready(issue):
    """Ask and agree, as two people do."""
    for part in issue.parts:
        with suppress(NotPossible):
            drafts.renew(issue, an_editor("Eda"), part.id)
    approving.ask(issue, an_editor("Eda"))
    approving.approve(issue, an_editor("Max"), issue.asked_digest)


def on_its_way(issue):
    """Agreed to, scheduled, and its time has nearly come."""
    ready(issue)
    scheduling.schedule(issue, None, an_editor("Max"))


OF_STORY = {
    "allows": lambda story: say(story, given=True),
    "allows no more": lambda story: say(story, given=False),
    "takes it back": lambda story: withdrawal.withdraw(story, keep_files=True),
    "another text": publish_again,
}
OF_ISSUE = {
    "agreed": ready,
    "on its way": on_its_way,
    "scheduled": lambda issue: scheduling.schedule(issue, None, an_editor("Max")),
    "stopped": lambda issue: scheduling.stop(issue, an_editor("Max")),
    "reopened": lambda issue: approving.reopen(issue, an_editor("Eda")),
    "words added": lambda issue: drafts.add_words(issue, an_editor("Eda")),
}
WORK = ("its time comes", "one mail", "all mails")
STEP = (
    st.sampled_from([*OF_ISSUE, *OF_ISSUE, *WORK, *WORK])
    | st.tuples(st.sampled_from([*OF_STORY]), st.integers(0, 1))
    | st.sampled_from(RAW)
)


class Post(Scripted):
    """Looks, at each copy that it is handed, whether all stories of its issue may leave."""

    def __init__(self):
        super().__init__()
        self.issue_id, self.left, self.wrong = None, 0, []

    def send(self, email, key):
        if email.name == "issue":
            self.left += 1
            self.wrong += [part.id for part in look(self.issue_id).parts if not may_leave(part)]
            db.session.rollback()
        return Receipt(key)


def look(issue_id):
    return db.session.get_one(Issue, issue_id, populate_existing=True)


def may_leave(part):
    """As the promise says it, and not as our code does."""
    if part.kind is not PartKind.STORY:
        return True
    story = part.story
    said = db.session.scalars(
        text(
            "SELECT given FROM story_consent WHERE story_id = :id AND purpose = 'newsletter'"
            " ORDER BY id DESC"
        ),
        {"id": story and story.id},
    ).first()
    is_public = story and story.state is StoryState.PUBLISHED
    return bool(said and is_public and story.published_revision_id == part.revision_id)


class Newsroom(RuleBasedStateMachine):
    """Everybody acts at once, as far as one after the other can be."""

    app, sent = None, count()

    def __init__(self):
        super().__init__()
        self.traveller = time_machine.travel(datetime(2030, 1, 1, 12, tzinfo=UTC), tick=False)
        self.clock, self.post = self.traveller.start(), Post()
        provide(self.app, mail=self.post, audience=None)
        stories = [published(), published()]
        self.stories = [story.id for story in stories]
        self.issue_id = self.post.issue_id = an_issue(*stories).id
        on_its_way(look(self.issue_id))
        db.session.commit()

    def teardown(self):
        try:
            for step in WORK * 2:
                db.session.rollback()  # a worker's minute has a session of its own
                self.work(step)
            assert self.post.wrong == []
            for _ in range(self.post.left > 0):
                next(self.sent)
        finally:
            self.traveller.stop()

    @rule(steps=st.lists(STEP, min_size=1, max_size=4))
    def act(self, steps):
        for step in steps:
            with suppress(NotPossible, DBAPIError, ValueError):
                self.do(step)
            db.session.rollback()
            db.session.expire_all()

    def do(self, step):
        if isinstance(step, tuple):
            OF_STORY[step[0]](db.session.get_one(Story, self.stories[step[1]]))
        elif step in OF_ISSUE:
            OF_ISSUE[step](look(self.issue_id))
        elif step in WORK:
            self.work(step)
        else:
            values = {"id": self.issue_id} | (
                {"at": datetime.now(UTC).isoformat(" ")} if ":at" in step else {}
            )
            db.session.execute(text(step), values)
            db.session.commit()

    def work(self, step):
        """A worker's minute and what it does then, or one mail, or all."""
        if step == "its time comes":
            self.clock.shift(scheduling.GRACE)
            with huey.app.app_context():
                minute()
        elif step == "one mail":
            deliver_next(huey.app)
        else:
            sweep()
            go()

    @invariant()
    def nothing_left_that_may_not(self):
        assert self.post.wrong == []

    @invariant()
    def no_open_way_has_a_story_that_may_not(self):
        issue = look(self.issue_id)
        is_open = any(edition.batch.is_open for edition in issue.editions)
        assert not is_open or all(may_leave(part) for part in issue.parts)
        db.session.rollback()


@pytest.mark.usefixtures("each_database", "app")
def test_no_issue_leaves_with_a_story_whose_consent_does_not_stand_in_that_moment(app, monkeypatch):
    people(2)
    monkeypatch.setattr(Newsroom, "app", app)
    few = settings.default.max_examples // 2  # each is as long as many tests
    run_state_machine_as_test(Newsroom, settings=settings(max_examples=few, stateful_step_count=8))

    assert next(Newsroom.sent) > 0  # some did leave, or it would say nothing
