"""Looks for the way back to a story, as a test says it."""

from portal.extensions import db
from portal.inbox.models import Conversation
from portal.stories import links
from tests.contact import hidden

FIND, MAIL, CALL = "/stories/share/find", "/stories/share/find/mail", "/stories/share/find/call"
NUMBER = "0161 496 0000"


def type_words(visit, words):
    """Type four words; returns the response itself, which may lead on."""
    return post(visit, FIND, {"by-words": words})


def post(visit, path, typed):
    """Send one of the forms, and follow nothing."""
    headers = {"HX-Request": "true"} if visit.htmx else {}
    return visit.client.post(path, data=hidden(visit(FIND)) | typed, headers=headers)


def led_to(answer):
    """Where the answer leads, by a redirect or as htmx is told."""
    return answer.headers.get("Location") or answer.headers.get("HX-Redirect")


def story_at(address):
    found = links.read(address.rstrip("/").rpartition("/")[2])
    db.session.commit()
    return found.id


def ask_mail(visit, email):
    answer = visit.send(FIND, {"mail-email": email}, button="Send me my link")
    assert answer.heading == "Check your email"
    return answer


def ask_call(visit, number):
    answer = visit.send(FIND, {"call-phone": number}, button="Call me")
    assert answer.heading == "We will call you"
    return answer


def calls():
    query = db.select(Conversation).where(Conversation.subject == "A lost link")
    found = list(db.session.scalars(query.order_by(Conversation.id)))
    db.session.commit()
    return found


def press(visit, path, field, texts, network="192.0.2.1"):
    """What each gets who sends one of these in one hour from one place."""
    form, options = hidden(visit(FIND)), {"environ_base": {"REMOTE_ADDR": network}}
    post = visit.client.post
    return [post(path, data=form | {field: text}, **options).status_code for text in texts]
