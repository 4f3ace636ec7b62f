"""Whatever happens in whatever order: what is open is never deleted, and all else is in time.

What may never go is asked of each thing in Python, one by one, and not by the SQL that is tested.
"""

from datetime import timedelta
from itertools import count

import pytest
import time_machine
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select, update

from portal.clearing import tasks
from portal.delivery.models import OPEN, Outgoing, OutgoingState
from portal.extensions import db, now, write_rows
from portal.inbox import intake
from portal.inbox.desk import page, replies, services
from portal.inbox.models import Conversation, Message, Sending
from portal.newsletter.models import Subscriber, SubscriberState
from portal.retention import services as retention
from portal.retention.models import Ending
from portal.stories import links
from portal.stories.states import StoryState
from portal.transaction import NotPossible, Stale
from portal.ways import Way
from tests.clearing import deliver
from tests.conftest import NOON
from tests.inbox import a_conversation
from tests.newsletter import a_subscriber
from tests.stories import a_story, published, withdrawn
from tests.team import a_member

COUNT = count()
DAY, PERIOD = timedelta(days=1), timedelta(days=10)
LATE = PERIOD + timedelta(days=7 + 14 + 1)  # until the next Monday, told two weeks ahead, a step
WHICH = st.integers(0, 5)
ENDED = (StoryState.WITHDRAWN, StoryState.DECLINED)
SETTINGS = ("CLOSED_DAYS", "STORY_ENDED_DAYS", "LEFT_DAYS", "STAFF_DAYS", "RECIPIENT_DAYS")


def words_of(talk):
    query = select(Message.text).where(Message.conversation_id == talk.id)
    return [text for text in db.session.scalars(query) if text]


class Histories(RuleBasedStateMachine):
    """A team, people who write to it, and a clock that goes on."""

    def __init__(self, app):
        super().__init__()
        # The next history begins when all of this one is over: what the team was told is kept.
        self.clock = time_machine.travel(NOON + next(COUNT) * 400 * DAY, tick=False)
        self.time = self.clock.start()
        self.ada = a_member(name="Ada", email=f"ada{id(self)}@team.example")
        self.over_since = {}
        self.talks = [self._talk(), self._talk(), withdrawn(a_story(email="")).conversation]
        for number in range(3):
            self.it_is_sorted(number, "closed")
        deliver()

    def teardown(self):
        self.clock.stop()
        write_rows(delete(Ending))
        write_rows(update(Conversation).values(state="held", merged_into_id=None))
        write_rows(update(Subscriber).values(state=SubscriberState.COMPLAINED))
        db.session.commit()

    def _talk(self):
        talk = a_conversation(text="Is it warm?", reply_by=Way.PHONE, email="")
        deliver()
        return talk

    def _one(self, which):
        found = self.talks[which % len(self.talks)]
        return db.session.get_one(Conversation, found.id)

    @rule(is_story=st.booleans())
    def somebody_writes(self, is_story):
        self.talks.append(a_story(email="").conversation if is_story else self._talk())
        deliver()

    @rule()
    def a_story_is_published(self):
        self.talks.append(published(a_story(email="")).conversation)
        deliver()

    @rule(which=WHICH)
    def a_story_is_taken_back(self, which):
        story = links.of_conversation(self._one(which).id)
        if story:
            withdrawn(story)
            deliver()

    @rule(state=st.sampled_from([SubscriberState.UNSUBSCRIBED, SubscriberState.SUBSCRIBED]))
    def somebody_is_on_the_list(self, state):
        a_subscriber(f"p{Subscriber.query.count()}-{id(self)}@example.org", state)

    @rule(which=WHICH, state=st.sampled_from(["open", "held", "waiting", *["closed"] * 3]))
    def it_is_sorted(self, which, state):
        services.change(self._one(which), self.ada, {}, state=state)

    @rule(which=WHICH)
    def we_answer(self, which):
        talk = self._one(which)
        if words_of(talk) and not talk.merged_into_id and talk.reply_by is Way.PHONE:
            replies.answer(talk, self.ada, "Yes.", Way.PHONE)

    @rule(which=WHICH)
    def they_write_again(self, which):
        talk = self._one(which)
        if words_of(talk):
            intake.add_incoming(talk, "And in May?", way=Way.WEB)
            db.session.commit()
            deliver()

    @rule(which=WHICH, state=st.sampled_from(sorted(OPEN)))
    def a_mail_of_it_is(self, which, state):
        talk = self._one(which)
        moments = dict.fromkeys(("created_at", "due_at"), now())
        row = Outgoing(
            action="email", name="reply", address="a@b.example", address_key="a@b.example"
        )
        row.payload, row.key = {}, f"{id(self)} {Outgoing.query.count()}"
        row.created_at = row.due_at = moments["due_at"]
        row.state = state
        db.session.add(row)
        db.session.flush()
        db.session.add(Sending(outgoing_id=row.id, conversation_id=talk.id))
        db.session.commit()

    @rule()
    def all_mails_are_done(self):
        done = {"state": OutgoingState.ACCEPTED, "finished_at": now()}
        write_rows(update(Outgoing).where(Outgoing.state.in_(OPEN)).values(done))
        db.session.commit()

    @rule(which=WHICH, danger=st.booleans())
    def it_is_marked(self, which, danger):
        talk = self._one(which)
        talk.danger_at = now() if danger else None
        db.session.commit()

    @rule(which=WHICH, other=WHICH)
    def it_is_put_into_another(self, which, other):
        try:
            services.merge(self._one(which).id, self._one(other).reference, self.ada, {})
        except (NotPossible, Stale):
            db.session.rollback()

    @rule(which=WHICH, is_kept=st.booleans())
    def a_person_decides(self, which, is_kept):
        talk = self._one(which)
        story = links.of_conversation(talk.id)
        key = ("stories", story.id) if story else ("conversations", talk.id)
        if not is_kept:
            retention.let_go(*key)
            return
        try:
            retention.keep(*key, "A complaint", self.ada.id)
        except NotPossible:
            db.session.rollback()

    @rule(weeks=st.sampled_from([1, 2, 5]))
    def weeks_go_by(self, weeks):
        for _ in range(weeks):
            self.a_week_goes_by()
            self.all_that_is_over_is_gone_in_time()

    def a_week_goes_by(self):
        self.time.shift(7 * DAY)
        stays = {one.id: words_of(one) for one in self._all() if self._must_stay(one)}
        listed = {one.id for one in Subscriber.query if one.state == SubscriberState.SUBSCRIBED}
        db.session.rollback()
        tasks.end_due.call_local()
        tasks.tell_week.call_local()

        for one in self._all():
            if one.id in stays:
                assert words_of(one) == stays[one.id]
        assert listed <= {one.id for one in Subscriber.query}
        db.session.rollback()

    def _all(self):
        ids = [one.id for one in self.talks]
        return db.session.scalars(select(Conversation).where(Conversation.id.in_(ids))).all()

    def _must_stay(self, talk):
        """Whether nothing of it may go now."""
        story = links.of_conversation(talk.id)
        if story and story.state not in ENDED:
            return True
        if talk.merged_into_id and not story:
            return self._must_stay(intake.root(talk))
        top = intake.root(talk)
        family = page.family(talk)
        key = ("stories", story.id) if story else ("conversations", talk.id)
        ending = db.session.get(Ending, key)
        told = ending and ending.goes_at and ending.at <= now() - timedelta(days=7)
        is_open = {one.folder for one in (talk, top)} - {"closed", "waiting", "merged"}
        is_open = is_open or (top.folder == "waiting" and top.answered_at is None)
        young = max(one.changed_at for one in (talk, top)) >= now() - PERIOD
        return bool(is_open or young or not told or any(map(self._is_unsettled, family)))

    def _is_unsettled(self, talk):
        query = select(Outgoing.state).join(Sending, Sending.outgoing_id == Outgoing.id)
        query = query.where(Sending.conversation_id == talk.id, Outgoing.name != "team_notice")
        return bool(talk.danger_at or talk.trouble or {*db.session.scalars(query)} & {*OPEN})

    @invariant()
    def all_that_is_over_is_gone_in_time(self):
        for talk in self._all():
            if self._is_over(talk):
                since = self.over_since.setdefault(talk.id, now())
                assert now() - since <= LATE, talk.id
            else:
                self.over_since.pop(talk.id, None)
        db.session.rollback()

    def _is_over(self, talk):
        """Whether nothing stands against its end but time, and it is there."""
        story = links.of_conversation(talk.id)
        key = ("stories", story.id) if story else ("conversations", talk.id)
        ending = db.session.get(Ending, key)
        rests = talk.folder == "closed" or (talk.folder == "waiting" and talk.answered_at)
        is_busy = not words_of(talk) or not rests or (ending and ending.is_kept)
        is_busy = is_busy or any(map(self._is_unsettled, page.family(talk)))
        return not is_busy and (story is None or story.state in ENDED)

    @invariant()
    def who_left_is_gone_in_time(self):
        left = Subscriber.state == SubscriberState.UNSUBSCRIBED
        oldest = db.session.scalars(select(Subscriber.changed_at).where(left)).all()
        db.session.rollback()
        assert all(now() - at <= PERIOD + LATE for at in oldest)


@pytest.mark.usefixtures("each_database")
def test_in_any_history_nothing_open_is_deleted_and_all_else_is_in_time(app):
    app.config |= dict.fromkeys(SETTINGS, PERIOD.days)
    few = settings(stateful_step_count=20, max_examples=settings.default.max_examples // 2)
    run_state_machine_as_test(lambda: Histories(app), settings=few)
