"""What an editor does at a story's desk, as a test says it."""

from io import BytesIO

from portal.extensions import db
from portal.stories import texts as stories_texts
from portal.stories.files import checking, receiving
from portal.stories.files.models import StoryFile
from portal.stories.models import Story
from tests.stories.media import a_picture

WHY = "Shorter is easier to read."


def path(story: Story, *parts: object) -> str:
    """Where the team shapes it."""
    number = story.conversation_id
    db.session.commit()  # SQLite's lock
    return "/".join([f"/inbox/{number}/story", *map(str, parts)])


def typed(visit, story: Story, **changes) -> dict:
    """What the form of the text sends: all that it shows, with these changes."""
    return visit(path(story)).form("#story-form") | changes


def write(visit, story: Story, do="save", reason=WHY, **changes):
    """Send the text with these changes: to save it, unless `do` says otherwise."""
    sent = typed(visit, story) | {"do": do, "reason": reason}
    return visit.post(path(story, "text"), sent | changes)


def post(visit, story: Story, *parts: object, **sent):
    """Send this to one of its addresses, whether or not the page has a form for it now."""
    token = visit(path(story)).value("csrf_token")
    return visit.post(path(story, *parts), {"csrf_token": token} | sent)


def press(visit, story: Story, button: str, **typed_in):
    """Press the button of a form in which this was typed."""
    return visit.send(path(story), typed_in, button=button)


def words_of(answer, selector: str) -> str:
    """The words of the first part of a page that this finds."""
    return " ".join(answer.page.query(selector)[0].to_text(separator=" ").split())


def texts(story: Story) -> list[str]:
    """Every text, oldest first."""
    db.session.expire_all()
    found = [one.text for one in story.revisions]
    db.session.commit()
    return found


def newest(story: Story):
    db.session.expire_all()
    found = stories_texts.latest(story)
    db.session.commit()
    return found


def with_file(story: Story, name: str, content: bytes = b"", **values) -> StoryFile:
    """A file that came with the story and was looked at."""
    file = receiving.take(story.id, name, BytesIO(content or a_picture()))
    checking.now_or_soon([file])
    file = db.session.get(StoryFile, file.id)
    for column, value in values.items():
        setattr(file, column, value)
    db.session.commit()
    return file
