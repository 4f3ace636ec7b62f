"""Puts stories up for readers, as a test says it."""

from portal import storage
from portal.extensions import db
from portal.stories import formats
from portal.stories.models import Story
from portal.stories.states import VersionKind
from portal.stories.telling import services
from tests.stories import a_draft, an_editor, edited, published
from tests.stories.desk import with_file
from tests.stories.media import a_picture, a_sound

LIBRARY, FEED = "/stories/", "/stories/feed.xml"


def put_up(title="How I found the water", *, pictures=(), **changes) -> Story:
    """A published story: `pictures` are their words; topics and summary are the editor's."""
    by_editor = {name: changes.pop(name) for name in ("topics", "summary") if name in changes}
    story = a_draft(title=title, **changes)
    for number, alt in enumerate(pictures):
        with_file(story, f"picture-{number}.png", a_picture(colour=(number, 9, 9)), alt=alt)
    services.submit(story)
    if by_editor:
        edited(story, **by_editor)
    return published(story)


def add_version(story: Story, kind: VersionKind, title="Easy water", language="en", **what):
    """Another form of a story, with its storyteller's yes; of a file there is a clean copy."""
    if file := what.get("file"):
        clean = storage.keep_stream([b"a clean copy"])
        file.public_place, file.public_size, file.public_digest = clean
    version = formats.add_version(story, an_editor(), kind, title, language, **what)
    formats.approve_version(story, version.id, version.digest)
    return version


def add_recording(story: Story, words="I roll to the pool."):
    """A recording of a story, with its storyteller's yes."""
    file = with_file(story, "water.mp3", a_sound(), transcript=words)
    return add_version(story, VersionKind.AUDIO, "Read by Ada", file=file)


def at(story: Story, *below: str) -> str:
    """Where readers find a story, or one of its pages."""
    path = "/".join([f"/stories/{story.slug}", *below])
    db.session.commit()
    return f"{path}/"


def unlist(story: Story) -> None:
    """Let it leave the library, as when nobody answers the yearly question."""
    story.unlisted_at = story.published_at
    db.session.commit()


def titles(page) -> list[str]:
    return [one.to_text().strip() for one in page.page.query(".card h3 a")]
