"""Everything that people do works, whichever of two web processes and two workers has it."""

import re
from urllib.parse import urlsplit

import pytest

from portal.extensions import db, now
from portal.inbox.desk import replies
from portal.newsletter.models import SubscriberState
from portal.stories import links, shaping
from portal.stories.files.models import FileState
from portal.stories.showing.services import QUESTIONS
from portal.stories.states import StoryState
from portal.ways import Way
from tests import contact
from tests.contact import GRACE
from tests.delivery.processes import LONGEST
from tests.issues.sending import an_agreed_issue, minute, people
from tests.machines import Visitor
from tests.newsletter import ADA, JOIN, state_of
from tests.services import until
from tests.stories import an_editor, approved, fresh
from tests.stories.files.test_tus import Sender
from tests.stories.media import a_picture, address, form, rows
from tests.stories.telling import steps

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]
A_MINUTE = 6  # messages by one private link


@pytest.fixture
def visitor(machines, app):
    return Visitor(machines)


@pytest.fixture
def mail(fake):
    """Waits for a mail to somebody with these words in it, and gives its text."""

    def arrived(to, words):
        found = until(
            lambda: [
                one["textContent"]
                for one in [*fake.mails]
                if one["to"][0]["email"] == to and words in f"{one['subject']} {one['textContent']}"
            ],
            LONGEST,
        )
        assert len(found) == 1
        return found[0]

    return arrived


def link(text, part):
    return next(one for one in re.findall(r"https?://\S+", text) if part in one)


def test_whoever_answers_people_sign_up_are_answered_tell_a_story_and_take_it_back(
    visitor, app, mail, fake, bucket
):
    _sign_up(visitor, mail, fake)
    _ask_and_hear(visitor, mail)
    story = _tell(visitor, mail)
    _send_an_issue(story, mail)
    _take_back(visitor, story, bucket)


def _sign_up(visitor, mail, fake):
    assert "Check your email" in visitor.send(JOIN, {"email": ADA, "topics": ["ideas"]}).text
    confirm = link(mail(ADA, "/newsletter/confirm/"), "/newsletter/confirm/")
    assert visitor.send(confirm).status == 200
    assert state_of() is SubscriberState.SUBSCRIBED
    until(lambda: ADA in fake.contacts, LONGEST)


def _ask_and_hear(visitor, mail):
    assert contact.send(visitor).heading == "We have your message"
    page = link(mail(GRACE, "/contact/"), "/contact/")
    member = an_editor()
    member.undo_seconds = 0
    replies.answer(contact.latest(), member, "Yes, it is as warm as a bath.", Way.EMAIL)
    mail(GRACE, "as warm as a bath")
    assert "as warm as a bath" in visitor(page).text

    said = [visitor.send(page, {"message": f"Thank you {n}"}).status for n in range(A_MINUTE + 2)]
    assert said == [200] * A_MINUTE + [429] * 2, "both count together"


def _tell(visitor, mail):
    path = steps.begin(visitor)
    steps.fill(visitor, path, "story", steps.STORY)
    story = steps.newest()
    visitor.client.post(address(story, "add"), **form(("lake.png", a_picture())))
    _send_in_pieces(visitor, story)
    steps.fill(visitor, path, "files", {"alt": "The lake"})
    steps.fill(visitor, path, "you", steps.YOU | {"email": "zoe@example.org"})
    allowed = {"allow": ["publish", "photo", "newsletter"]}
    steps.fill(visitor, path, "consent", steps.CONSENT | allowed)
    assert steps.send(visitor, path).status == 200
    mail("zoe@example.org", "/stories/mine/")
    story = approved(fresh(story))
    shaping.publish(story, an_editor(), dict.fromkeys(QUESTIONS, False))
    return story


def _send_in_pieces(visitor, story):
    """Each piece comes to another machine than the one before."""
    content, piece = b"\0\1\2" * 50_000, 40_000
    sender = Sender(visitor.client, story)
    assert sender.create("walk.unknown", len(content)).status_code == 201
    for offset in range(0, len(content), piece):
        assert sender.offset() == offset
        assert sender.send(content[offset : offset + piece], offset).status_code == 204
    assert [one.state for one in rows()] == [FileState.KEPT] * 2


def _send_an_issue(story, mail):
    crowd = [one.email for one in people(20)]
    issue = an_agreed_issue(story)
    issue.state, issue.send_at = "scheduled", now()
    db.session.commit()
    minute()
    for email in crowd:
        mail(email, "News of May")


def _take_back(visitor, story, bucket):
    page, mine = urlsplit(links.story_url(story)).path, links.storyteller_url(story)
    db.session.commit()
    seen = [visitor(page) for _ in range(2)]
    pictures = {one.page.query("main img")[0].attrs["src"] for one in seen}
    (picture,) = pictures
    assert [visitor.client.get(picture).status_code for _ in range(2)] == [200, 200]
    assert bucket.find("portal/files")

    visitor.send(f"{mine}/withdraw", {"files": "delete"})
    assert fresh(story).state is StoryState.WITHDRAWN
    assert {visitor.client.get(one).status_code for one in (page, picture) * 2} <= {404, 410}
    until(lambda: bucket.invalidate_cache() or not bucket.find("portal/files"), LONGEST)
