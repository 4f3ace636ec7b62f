"""The sample stories: made as real ones are, marked as what they are, and gone with one command."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from portal.delivery.models import Outgoing, OutgoingState
from portal.demo import samples
from portal.demo import stories as demo_stories
from portal.extensions import db, now
from portal.inbox import safeguarding
from portal.inbox.models import Conversation
from portal.settings import SETTINGS
from portal.stories import markdown
from portal.stories import texts as stories_texts
from portal.stories.files.models import StoryFile
from portal.stories.models import Story, Version
from portal.stories.states import Level, StoryState, VersionKind
from portal.team.models import Member
from tests.stories import a_story, count, published
from tests.stories.media import stored

ALL = samples.read_all()
READ = [sample for sample in ALL if not sample["state"]]
SAYS_SO = {"en": "sample", "cy": "enghreifftiol", "ar": "نموذجيّة"}


@pytest.fixture
def two(monkeypatch):
    """Only two samples, for what is not about all of them: one published, one just sent."""
    few = [ALL[0], next(sample for sample in ALL if sample["state"] == "submitted")]
    monkeypatch.setattr(demo_stories, "read_all", lambda: few)


def everything():
    found = list(db.session.scalars(select(Story).order_by(Story.id)))
    db.session.commit()
    return found


def run(app, name):
    return app.test_cli_runner().invoke(args=["demo", name])


@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.key)
def test_each_is_whole_and_says_that_it_is_a_sample(sample):
    for words in filter(None, (sample.text, sample.first, sample.easy_read)):
        assert SAYS_SO[sample.language] in markdown.plain(words).splitlines()[-1]
    assert all(sample[name] for name in ("title", "name", "shown"))
    assert bool(sample.picture) == bool(sample["alt"])
    if sample.picture:
        with Image.open(sample.picture) as shown:
            assert shown.size == (1600, 1000)
        assert sample.picture.stat().st_size < 20_000
    assert not safeguarding.suggests_danger(f"{sample['title']}\n{sample.first}\n{sample.text}")
    if sample in READ:
        assert sample["summary"]
        assert sample["picture"]
        assert int(sample["days"]) < 365
    for line in markdown.plain(sample.easy_read).splitlines():
        for sentence in line.split(". "):
            assert len(sentence.split()) <= 15, "Easy Read has short sentences"


def test_they_are_of_every_level_topic_and_language_and_some_in_other_forms():
    measured = [markdown.measure(sample.text) for sample in READ]
    levels = Counter(one.level for one in measured)
    topics = {topic for sample in READ for topic in sample.topics}

    assert len(READ) == 12
    assert min(levels[Level.BEGINNER], levels[Level.INTERMEDIATE]) >= 3
    assert levels[Level.ADVANCED]
    told = [(one.minutes, one.level) for one in measured if one.words == 661]
    assert told == [(6, Level.BEGINNER)]
    assert set(SETTINGS["STORY_TOPICS"].parse(SETTINGS["STORY_TOPICS"].default)) == topics
    assert {sample.language for sample in READ} == {"en", "cy", "ar"}
    assert sum(bool(sample.easy_read) for sample in READ) == 2
    assert next(filter(None, (one["bsl"] for one in READ))).startswith("https://example.org/")


def test_a_newcomer_sees_a_library_and_stories_on_their_way(app):
    result = run(app, "stories")
    assert "17 sample stories added." in result.output, result.output
    assert "flask demo clear-stories" in result.output

    made = everything()
    states = Counter(story.state for story in made)
    assert states[StoryState.PUBLISHED] == 12
    assert set(states) == set(StoryState) - {StoryState.DRAFT, StoryState.DECLINED}
    assert all(story.is_sample and not story.email for story in made)
    _check_published([story for story in made if story.state is StoryState.PUBLISHED])
    talks = Counter(db.session.scalars(select(Conversation.state)))
    assert talks == {"new": 1, "open": 3, "closed": 13}
    assert {member.password for member in db.session.scalars(select(Member))} == {None}


def _check_published(stories):
    days = [story.published_at for story in stories]
    assert days == sorted(days)
    assert max(days) - min(days) > timedelta(days=200)
    assert now() - timedelta(days=365) < min(days) < max(days) < now()
    for story in stories:
        approval = stories_texts.valid_approval(story)
        assert approval.revision_id == story.published_revision_id
        assert story.created_at < approval.revision.created_at < approval.at < story.published_at
        (picture,) = story.published.pictures
        assert picture["alt"]
    agreed = select(Version.kind).where(Version.approved_at.is_not(None))
    kinds = Counter(db.session.scalars(agreed))
    assert kinds == {VersionKind.EASY_READ: 2, VersionKind.BSL: 1}
    assert any(story.uses for story in stories)


def test_nobody_is_told(make_app, two):
    app = make_app(ALERT_URLS="json://alerts.test")
    with app.app_context():
        demo_stories.load()
        demo_stories.clear()

        assert set(db.session.scalars(select(Outgoing.state))) <= {OutgoingState.CANCELLED}
        assert set(db.session.scalars(select(Outgoing.address))) <= {""}
        assert datetime.now(UTC) - a_story().created_at < timedelta(hours=1), "a real day again"
        assert OutgoingState.QUEUED in set(db.session.scalars(select(Outgoing.state)))
        db.session.commit()


def test_they_come_once_and_only_they_go_and_then_can_come_again(app, two):
    assert demo_stories.is_new()
    demo_stories.load()
    demo_stories.clear()
    assert not demo_stories.is_new()
    mine = published()
    assert demo_stories.load() == 2
    before = [story.id for story in everything()]
    assert "there already" in run(app, "stories").output
    assert [story.id for story in everything()] == before

    assert "2 sample stories removed." in run(app, "clear-stories").output
    assert [story.id for story in everything()] == [mine.id]
    assert (count(Conversation), count(StoryFile)) == (1, 0)
    assert stored(app) == []
    assert demo_stories.load() == 2
