"""Tells a story as a visitor does: from the first page on, one step after the other."""

from sqlalchemy import select

from portal.extensions import db
from portal.stories import links
from portal.stories.files.models import StoryFile
from portal.stories.models import Story, StoryConsent
from tests.stories import ADA

START = "/stories/share/"
TEXT = "I roll to the pool each week.\n\nThe water holds me."
STORY = {"title": "How I found the water", "text": TEXT, "language": "en"}
YOU = {"name": "Ada Lovelace", "reply_by": "email", "email": ADA}
CONSENT = {"allow": ["publish", "photo"], "name_shown": "first", "name": "Ada Lovelace"}


def begin(visit, way="write", **changes) -> str:
    """Start a story; returns the address of its list of steps."""
    return visit.send(START, {"way": way} | changes).response.request.path


def draft_path(story: Story) -> str:
    return f"{START}{links.token(story)}/"


def fill(visit, path, step, data, **options):
    """Fill in a step and go on; returns what comes then."""
    return visit.send(path + step, data, button="Continue", **options)


def tell(visit, way="write", **changes) -> str:
    """Fill in every step; returns the address of the list of steps."""
    path = begin(visit, way)
    for step, answers in (("story", STORY), ("files", {}), ("you", YOU), ("consent", CONSENT)):
        fill(visit, path, step, answers | changes.get(step, {}))
    return path


def send(visit, path):
    """Press the button of the page on which the answers are checked."""
    return visit.send(path + "check", button="Send my story")


def newest() -> Story:
    """The story that was begun last, as the database has it."""
    db.session.commit()
    db.session.expire_all()
    found = db.session.scalar(select(Story).order_by(Story.id.desc()).limit(1))
    db.session.commit()
    return found


def said(answer, question) -> str:
    """What the page to check has as the answer to a question."""
    for row in answer.page.query(".checked > div"):
        words, text, *_ = row.query("dt, dd")
        if words.to_text().strip() == question:
            return text.to_text(separator="").strip()
    raise AssertionError(f"The page does not ask “{question}”")


def refused(answer, field, words):
    """Expect the form again, with the message in it and at the field."""
    assert answer.status == 422
    assert words in answer.text
    assert answer.has(f"[role=alert] a[href='#{field}']")
    assert answer.page.query("title")[0].to_text().startswith("Error: ")


def allowed(story) -> set:
    """What was ticked so far, of all that is asked."""
    return {key for key, word in story.answers["consents"].items() if word == "yes"}


def consents() -> dict:
    """What the newest story allows: each purpose, whether, which value, in which words."""
    query = db.select(StoryConsent).order_by(StoryConsent.id)
    found = {one.purpose: one for one in db.session.scalars(query)}
    db.session.commit()
    return found


def a_file(story, **values) -> StoryFile:
    file = StoryFile(**{"key": "k" * 22, "story_id": story.id, "name": "pool.mp4"} | values)
    db.session.add(file)
    db.session.commit()
    return file
