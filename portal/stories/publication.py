"""What readers see of a story, and its way up and down. In the caller's transaction."""

from sqlalchemy import ColumnElement, and_, delete, select

from portal.extensions import db, now
from portal.letters import fold
from portal.stories import consents, markdown, signals, slugs, texts
from portal.stories.files.models import StoryFile
from portal.stories.models import Revision, Story, StoryTopic, Version
from portal.stories.showing import services as showing
from portal.stories.states import Giver, StoryState

NO_TEXT = "There is no text yet."
NO_YES = "The storyteller has not said yes to exactly this text."
NO_GUARDIAN = "The storyteller is under 18. Their guardian has not said yes to exactly this text."
NOT_ALLOWED = "The storyteller does not allow us to publish it on this site."
PUBLIC_ALREADY = "Everybody can read this text already."


def why_not(story: Story) -> str:
    """Why the newest text cannot be published now, in words; empty where it can be."""
    newest = texts.latest(story)
    if newest is None:
        return NO_TEXT
    if newest.id == story.published_revision_id:
        return PUBLIC_ALREADY
    if not texts.valid_approval(story):
        return NO_YES
    if story.young and not texts.valid_approval(story, Giver.GUARDIAN):
        return NO_GUARDIAN
    return showing.why_not(story, newest) if consents.allows(story, "publish") else NOT_ALLOWED


def put_up(story: Story, revision: Revision) -> None:
    """Let everybody read this text. The database checks that it was said yes to."""
    story.slug = story.slug or free_slug(revision.title)
    story.state, story.published_revision_id = StoryState.PUBLISHED, revision.id
    story.published = revision
    story.published_at = story.published_at or now()
    confirm(story)
    measure(story, revision)
    index(story)
    db.session.execute(delete(StoryTopic).where(StoryTopic.story_id == story.id))
    db.session.add_all(StoryTopic(story_id=story.id, topic=topic) for topic in revision.topics)
    db.session.flush()
    signals.republished.send(story)


def take_down(story: Story) -> None:
    """Let nobody find or read it any more. The slug stays, to answer that it is gone."""
    story.state, story.withdrawn_at = StoryState.WITHDRAWN, now()
    _hide(story)


def take_off(story: Story) -> None:
    """Let nobody find or read it for now: a yes is missing. What was asked before goes on."""
    waits = StoryState.WITH_STORYTELLER if story.asked_at else StoryState.EDITING
    story.state = StoryState.APPROVED if texts.valid_approval(story) else waits
    _hide(story)


def _hide(story: Story) -> None:
    story.published_revision_id = story.published = None
    story.search, story.shown_level = "", None
    story.checks, story.checked_at = 0, None
    db.session.execute(delete(StoryTopic).where(StoryTopic.story_id == story.id))
    db.session.flush()
    signals.not_public.send(story)


def confirm(story: Story) -> None:
    """Put it into the list; the year until the next question begins now."""
    story.confirmed_at, story.unlisted_at = now(), None
    story.checks, story.checked_at = 0, None


def measure(story: Story, revision: Revision) -> None:
    """Set the level and the reading time that readers see."""
    measured = markdown.measure(revision.text)
    story.shown_level, story.minutes = story.level or measured.level, measured.minutes


def index(story: Story) -> None:
    """Let a published story be found by its words, and by the name as long as that is shown."""
    if text := story.published:
        words = (text.title, text.summary, markdown.plain(text.text), name_for_readers(story))
        story.search = fold(" ".join(words))


def free_slug(title: str) -> str:
    """A slug that no story has or had."""
    wanted: str = slugs.make(title)
    query = select(Story.slug).where(Story.slug.startswith(wanted, autoescape=True))
    return slugs.free(wanted, set(db.session.scalars(query)))


def name_for_readers(story: Story) -> str:
    """The name that was approved, as long as the storyteller still wants exactly that shown."""
    published = story.published
    if published is None or published.name != consents.name_allowed(story):
        return ""
    return published.name


def pictures_for_readers(story: Story) -> list[dict[str, str]]:
    """The approved pictures, as long as the storyteller allows that they are shown."""
    if story.published is None or not consents.allows(story, "photo"):
        return []
    return list(story.published.pictures)


def versions_for_readers(story: Story) -> list[Version]:
    """The other forms that the storyteller said yes to, and a young one's guardian too.

    Of a file they get the clean copy alone.
    """
    agreed = [one for one in agreed_by_storyteller(story) if one.guardian_digest or not story.young]
    newest: dict[object, Version] = {}
    for one in agreed:  # of the same sound or film the words that were agreed to last
        newest[(one.kind, one.file_id, one.link) if one.file_id or one.link else one.id] = one
    return [*newest.values()]


def agreed_by_storyteller(story: Story) -> list[Version]:
    """The other forms that the storyteller said yes to, and that can be given out."""
    return [
        one
        for one in story.versions
        if one.approved_digest
        and not one.removed_at
        and (one.file is None or one.file.public_place)
    ]


def is_for_readers() -> ColumnElement[bool]:
    """Whether readers may have a version, in SQL."""
    grown_up = Version.story_id.in_(select(Story.id).where(~Story.young))
    return and_(
        Version.approved_digest.is_not(None),
        Version.removed_at.is_(None),
        Version.guardian_digest.is_not(None) | grown_up,
        Version.file_id.is_(None) | Version.file.has(StoryFile.public_place != ""),
    )
