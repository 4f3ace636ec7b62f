"""What one network, or one private link, can take: little, and nobody beside notices it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import local

import pytest
from sqlalchemy import func

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox import links as inbox_links
from portal.inbox.models import Message
from portal.newsletter.models import Subscriber
from portal.stories import links
from portal.stories.models import Revision
from tests.abuse.visitor import Beside, Visitor
from tests.inbox import a_conversation
from tests.stories import a_draft, a_story, edited

ATTACKER = "198.51.100.7"
HANDS = 8  # requests at once
TRIES = 200
BESIDE = 40  # what the person beside may make
NEW_TEXT = {"heading": "Water", "summary": "", "text": "I swim. " * (170_000 // 8)}


def storyteller(end, form):
    """A form of the page of a story that was edited."""

    def start(_):
        story = a_story()
        edited(story)
        return f"/stories/mine/{links.token(story)}/{end}", form

    return start


def sender(_):
    address = f"/contact/{inbox_links.own_token(a_conversation())}"
    return address, lambda number: {"message": f"More {number}", "seen": "99"}


def mailed_link(_):
    address = f"/stories/share/{links.token(a_draft())}/link"
    return address, lambda number: {"email": f"stranger{number}@example.org"}


def sign_up(visitor):
    visitor.get("/newsletter/")
    form = visitor.fields("/newsletter/") | {"topics": "ideas"}
    return "/newsletter/", lambda number: form | {"email": f"stranger{number}@example.org"}


def number_of(*kinds, **which):
    queries = (db.select(func.count()).select_from(kind).filter_by(**which) for kind in kinds)
    found = sum(db.session.scalar(query) for query in queries)
    db.session.commit()  # outside a request this would hold the only pen
    return found


# What is sent, what it makes more of, and how many at most.
FLOODS = {
    "new texts": (
        storyteller("rewrite", lambda number: NEW_TEXT | {"seen": f"{number + 2}"}),
        lambda: number_of(Revision),
        30,
    ),
    "words about a story": (
        storyteller("comment", lambda number: {"message": f"Well? {number}", "seen": "99"}),
        lambda: number_of(Message),
        30,
    ),
    "words to the team": (sender, lambda: number_of(Message), 30),
    "mails to strangers": (mailed_link, lambda: number_of(Outgoing, name="story_link"), 20),
    "sign-ups": (sign_up, lambda: number_of(Subscriber), 60),
}


def flood(site, address, data, number=TRIES):
    """Send so many forms from one network as fast as they are answered; how often which status."""
    mine = local()

    def send(one):
        if not hasattr(mine, "visitor"):
            mine.visitor = Visitor(site, ATTACKER)
            mine.visitor.cookies.update(data.cookies)
        return mine.visitor.post(address, data.form(one)).status_code

    with ThreadPoolExecutor(HANDS) as hands:
        return Counter(hands.map(send, range(number)))


class Form:
    """A form as often as it is wanted, with the cookies of who saw it."""

    def __init__(self, site, start):
        visitor = Visitor(site, ATTACKER)
        self.address, self.form = start(visitor)
        self.cookies = visitor.cookies
        db.session.commit()


@pytest.mark.parametrize("what", FLOODS)
def test_a_flood_makes_little_and_nobody_beside_notices_it(site, inside, what):
    start, made, most = FLOODS[what]
    form = Form(site, start)
    before = made()
    with Beside(site):
        told = flood(site, form.address, form)
    mine = made() - before

    assert 0 < mine <= most + BESIDE, told
    assert told.total() == TRIES
    assert set(told) <= {303, 409, 422, 429}
    assert what == "sign-ups" or told[429] >= TRIES - most
