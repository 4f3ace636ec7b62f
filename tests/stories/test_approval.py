"""Only the exact text that the storyteller said yes to is ever public, in any order of events."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from portal.extensions import db
from portal.stories import shaping, texts, withdrawal
from portal.stories.content import Content
from portal.stories.models import Approval, Revision, Story
from portal.stories.states import Level, StoryState
from portal.transaction import NotPossible, Stale
from tests.stories import (
    a_draft,
    a_story,
    an_editor,
    approved,
    content,
    edited,
    fresh,
    handed_over,
    published,
)


@pytest.fixture
def app(make_app, database):
    app = make_app(DATABASE_URL=database)
    with app.app_context():
        yield app


def refused(statement):
    """Whether the database refuses it, whoever asks."""
    try:
        db.session.execute(statement, execution_options={"synchronize_session": False})
    except DBAPIError:
        return True
    finally:
        db.session.rollback()
    return False


def force_out(story, revision):
    """Past the services: set what makes a text public."""
    return (
        update(Story)
        .where(Story.id == story.id)
        .values(state=StoryState.PUBLISHED, published_revision_id=revision.id)
    )


def test_a_text_that_was_said_yes_to_can_be_published(app):
    story = published()

    assert story.state is StoryState.PUBLISHED
    assert story.published.digest == story.approvals[-1].digest


def test_no_text_is_published_without_a_yes(app):
    story = handed_over()
    with pytest.raises(NotPossible, match="has not said yes"):
        shaping.publish(story, an_editor())

    assert fresh(story).state is StoryState.WITH_STORYTELLER
    assert refused(force_out(story, texts.latest(story)))


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Another title"},
        {"text": "Another text."},
        {"summary": "Another summary."},
        {"name": "Another"},
        {"topics": ("water",)},
        {"language": "cy"},
        {"pictures": ({"file": "a", "digest": "0", "alt": "A pool"},)},
    ],
    ids=lambda changes: next(iter(changes)),
)
@pytest.mark.parametrize("by_storyteller", [False, True], ids=["editor", "storyteller"])
def test_any_later_change_voids_the_yes(app, changes, by_storyteller):
    story = approved()
    old = texts.latest(story)
    by = None if by_storyteller else an_editor()
    shaping.revise(story, by, content(story, **changes), old.number)

    assert texts.valid_approval(story) is None
    assert story.state is StoryState.EDITING
    with pytest.raises(NotPossible, match="has not said yes"):
        shaping.publish(story, an_editor())
    assert refused(force_out(story, old))
    assert refused(force_out(story, texts.latest(story)))


def test_the_alt_text_of_a_picture_is_part_of_what_is_said_yes_to():
    picture = {"file": "a", "digest": "0", "alt": "A pool"}
    one = Content(pictures=(picture,))
    other = Content(pictures=({**picture, "alt": "A lake"},))

    assert texts.digest(one) != texts.digest(other)


def test_the_same_text_again_is_no_change(app):
    story = approved()
    seen = texts.number(story)

    assert shaping.revise(story, an_editor(), content(story), seen) is None
    assert texts.valid_approval(story)


def test_an_old_text_cannot_be_said_yes_to(app):
    story = handed_over()
    old = texts.latest(story)
    edited(story, text="A newer text.")
    with pytest.raises(Stale):
        shaping.approve(story, old.id, old.digest)

    assert fresh(story).approvals == []


def test_a_yes_to_another_text_than_the_page_showed_does_not_count(app):
    story = handed_over()
    with pytest.raises(Stale):
        shaping.approve(story, texts.latest(story).id, "0" * 64)

    assert fresh(story).approvals == []


def test_a_yes_by_the_link_of_another_story_does_not_count(app):
    one, other = handed_over(), handed_over(a_story(email="bob@example.org"))
    theirs = texts.latest(other)
    with pytest.raises(Stale):
        shaping.approve(one, theirs.id, theirs.digest)
    forged = Approval(story_id=one.id, revision_id=theirs.id, digest=theirs.digest, wording="")
    db.session.add(forged)
    with pytest.raises(DBAPIError):
        db.session.commit()
    db.session.rollback()

    assert fresh(one).approvals == fresh(other).approvals == []


@pytest.mark.parametrize("before", [handed_over, approved])
@pytest.mark.parametrize("over", ["withdrawn", "declined"])
def test_what_is_over_can_be_neither_said_yes_to_nor_published(app, over, before):
    story = before()
    newest = texts.latest(story)
    if over == "withdrawn":
        withdrawal.withdraw(story, keep_files=True)
    else:
        shaping.decline(story, an_editor(), "It is not about being active.")
    with pytest.raises(NotPossible):
        shaping.approve(story, newest.id, newest.digest)
    with pytest.raises(NotPossible):
        shaping.publish(story, an_editor())

    assert fresh(story).state == over
    assert refused(force_out(story, newest))


def test_a_draft_can_be_neither_said_yes_to_nor_published(app):
    story = a_draft()
    with pytest.raises(NotPossible):
        shaping.publish(story, an_editor())

    assert fresh(story).state is StoryState.DRAFT


def test_a_yes_that_was_taken_back_is_none(app):
    story = approved()
    shaping.take_back_approval(story)
    with pytest.raises(NotPossible):
        shaping.publish(story, an_editor())

    assert fresh(story).state is StoryState.EDITING
    assert refused(force_out(story, texts.latest(story)))


def test_a_published_text_stays_while_the_next_one_is_shaped(app):
    story = published()
    public = story.published_revision_id
    edited(story, text="A newer text.")

    assert fresh(story).published_revision_id == public
    with pytest.raises(NotPossible):
        shaping.publish(story, an_editor())
    shaping.publish(approved(story), an_editor())
    assert fresh(story).published.text == "A newer text."


def test_the_storyteller_must_allow_publishing_as_well(app):
    story = approved(a_story(answers={"consents": {}, "name_shown": "none"}))
    with pytest.raises(NotPossible, match="has not allowed"):
        shaping.publish(story, an_editor())

    assert fresh(story).state is StoryState.APPROVED


def test_texts_yeses_and_consents_never_change(app):
    story = published()
    consent = story.consents[0]
    approval = story.approvals[-1]

    assert refused(update(Revision).where(Revision.story_id == story.id).values(text="x"))
    assert refused(text(f"UPDATE story_consent SET given = NOT given WHERE id = {consent.id}"))
    for values in ({"digest": "x"}, {"wording": "x"}, {"revision_id": 1}):
        assert refused(update(Approval).where(Approval.id == approval.id).values(**values))


def test_the_yes_to_a_public_text_can_be_neither_removed_nor_taken_back_alone(app):
    story = published()
    mine = Approval.story_id == story.id

    assert refused(delete(Approval).where(mine))
    assert refused(update(Approval).where(mine).values(taken_back_at=story.published_at))
    assert refused(delete(Revision).where(Revision.id == story.published_revision_id))


def test_a_story_cannot_be_born_published(app):
    story = published()
    db.session.add(
        Story(
            key="forged",
            state=StoryState.PUBLISHED,
            telling="write",
            published_revision_id=story.published_revision_id,
        )
    )
    with pytest.raises(DBAPIError):
        db.session.commit()
    db.session.rollback()


def test_published_and_its_text_go_together(app):
    story = published()
    mine = update(Story).where(Story.id == story.id)

    assert refused(mine.values(state=StoryState.EDITING))
    assert refused(mine.values(published_revision_id=None))


TEXTS = st.sampled_from(["One.", "Two.", "Three.\n\nFour."])
NAMES = st.sampled_from(["", "Ada", "Ada Lovelace"])


class AnyOrder(RuleBasedStateMachine):
    """Two people do what they can, in any order; the model knows only what was said yes to."""

    numbers = count()

    def __init__(self):
        super().__init__()
        self.story = a_story(email=f"ada{next(self.numbers)}@example.org")
        self.newest = texts.latest(self.story).digest
        self.yes = self.public = None
        self.over = False
        self.may_publish = True
        self.old = []

    def shape(self, by, **changes):
        wanted = content(self.story, **changes)
        seen = texts.number(self.story)
        if self.over:
            with pytest.raises(NotPossible):
                shaping.revise(self.story, by, wanted, seen)
            return
        if shaping.revise(self.story, by, wanted, seen):
            self.old.append((texts.content_of(texts.latest(self.story)), self.newest))
            self.newest, self.yes = texts.digest(wanted), None

    @rule(words=TEXTS)
    def editor_writes(self, words):
        self.shape(an_editor(), text=words)

    @rule(words=TEXTS, name=NAMES)
    def storyteller_writes(self, words, name):
        self.shape(None, title=words, name=name)

    @rule()
    def editor_asks(self):
        try:
            shaping.hand_over(self.story, an_editor(), texts.number(self.story))
        except NotPossible:
            assert self.over or texts.valid_approval(self.story)

    @rule()
    def storyteller_says_yes(self):
        newest = texts.latest(self.story)
        try:
            shaping.approve(self.story, newest.id, newest.digest)
        except NotPossible:
            assert self.over
        else:
            self.yes = self.newest

    @precondition(lambda self: self.old)
    @rule(data=st.data())
    def somebody_says_yes_to_an_old_text(self, data):
        _, digest = data.draw(st.sampled_from(self.old))
        found = db.session.query(Revision).filter_by(story_id=self.story.id, digest=digest)
        old = found.order_by(Revision.id).first()
        newest = texts.latest(self.story)
        if old and old.id != newest.id:
            with pytest.raises((Stale, NotPossible)):
                shaping.approve(self.story, old.id, old.digest)

    @rule()
    def storyteller_takes_the_yes_back(self):
        try:
            shaping.take_back_approval(self.story)
        except NotPossible:
            assert self.over
        else:
            if self.public != self.newest:
                self.yes = None

    @rule()
    def editor_publishes(self):
        try:
            shaping.publish(self.story, an_editor())
        except NotPossible:
            assert self.over or self.yes is None or not self.may_publish
        else:
            assert self.yes == self.newest
            assert self.may_publish
            self.public = self.newest

    @rule(level=st.sampled_from([None, *Level]))
    def editor_sets_the_level(self, level):
        if not self.over:
            shaping.set_level(self.story, an_editor(), level, "It has hard words.")

    @rule(given=st.booleans())
    def storyteller_changes_consent(self, given):
        shaping.set_consents(self.story, {"publish": (given, "")})
        self.may_publish = given
        if not given and self.public and not self.over:
            self.over, self.public, self.yes = True, None, None

    @rule()
    def editor_declines(self):
        try:
            shaping.decline(self.story, an_editor(), "It does not fit.")
        except NotPossible:
            assert self.over or self.public
        else:
            self.over = True

    @rule(keep=st.booleans())
    def storyteller_withdraws(self, keep):
        withdrawal.withdraw(self.story, keep_files=keep)
        self.over, self.public, self.yes = True, None, None

    @rule()
    def somebody_forces_the_newest_text_out(self):
        newest = texts.latest(self.story)
        was_public = self.public == self.newest
        allowed = self.yes == self.newest and not self.over
        assert refused(force_out(self.story, newest)) is not (allowed or was_public)

    @invariant()
    def what_is_public_was_said_yes_to(self):
        db.session.expire_all()
        story = db.session.get(Story, self.story.id)
        found = story.published.digest if story.published else None
        assert found == self.public
        assert (story.state is StoryState.PUBLISHED) is bool(self.public)
        db.session.commit()


def test_in_any_order_only_what_was_said_yes_to_is_public(app):
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    few = settings(
        max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=checks
    )
    run_state_machine_as_test(AnyOrder, settings=few)
