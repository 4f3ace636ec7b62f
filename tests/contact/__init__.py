"""Tests of the public form and the sender's own page, and what they share."""

import re

from sqlalchemy import select

from portal.extensions import db
from portal.inbox.models import Conversation, Direction, Message
from portal.ways import Way
from tests.at_once import at_once

FORM, SEND, LOST = "/contact/", "/contact/send", "/contact/lost"
GRACE = "grace@example.org"
GOOD = {
    "about": "question",
    "message": "Is the pool warm in winter?\nI get cold fast.",
    "name": "Grace Hopper",
    "reply_by": "email",
    "email": GRACE,
    "needs": "Please write in short sentences.",
}
# A good contact detail for each way to answer.
REACHED = {
    "email": {"email": GRACE},
    "phone": {"phone": "0161 496 0000"},
    "sms": {"phone": "07700 900000"},
    "relay": {"phone": "18001 0161 496 0000"},
    "bsl": {"email": GRACE},
    "post": {"postal": "1 Ring Road\nLeeds"},
    "helper": {"helper": "Bob Hope", "email": "", "phone": "0161 496 0001"},
}


def good(**changes):
    """Good answers with these changes; None leaves an answer out."""
    return {name: text for name, text in (GOOD | changes).items() if text is not None}


def by(way, **changes):
    """Good answers of somebody who wants to be answered that way."""
    return good(**({"email": None, "reply_by": way} | REACHED[way] | changes))


def hidden(answer):
    """What the page carries in hidden fields, by name."""
    return {
        field.attrs["name"]: field.attrs.get("value") or ""
        for field in answer.page.query("input[type=hidden]")
    }


def press(visit, page, path=SEND, **changes):
    """Send the form of a page as it is there, with these changes."""
    return visit.post(path, hidden(page) | changes)


def send(visit, **answers):
    """Fill in the form, check it and send it; returns the receipt."""
    return press(visit, visit.send(FORM, answers or GOOD))


def presses_at_once(app, path, data, cookie=None):
    """The answers to four presses in one moment."""

    def press():
        client = app.test_client()
        if cookie:
            client.set_cookie("portal", cookie)
        return client.post(path, data=data).status_code

    return at_once(app, *[press] * 4)


def conversations():
    """All there are, oldest first."""
    found = list(db.session.scalars(select(Conversation).order_by(Conversation.id)))
    for one in found:
        one.messages  # noqa: B018 - read, before the lock is given back
    db.session.commit()
    return found


def latest():
    """The newest conversation."""
    return conversations()[-1]


def words_of(conversation):
    """What its sender wrote, in order."""
    theirs = {"conversation_id": conversation.id, "direction": Direction.INCOMING}
    query = select(Message.text).filter_by(**theirs).order_by(Message.id)
    found = list(db.session.scalars(query))
    db.session.commit()
    return found


def answered(conversation, text="The pool is warm.", way=Way.PHONE, **values):
    """Let the team have answered; returns the message."""
    message = Message(
        conversation_id=conversation.id, direction=Direction.OUTGOING, way=way, text=text, **values
    )
    db.session.add(message)
    db.session.commit()
    return message


def mails_to(mailbox, address):
    """The mails that the local provider has for an address."""
    return [mail for mail in mailbox() if mail["To"].addresses[0].addr_spec == address]


def text_of(mail, kind="plain"):
    return mail.get_body((kind,)).get_content()


def links_in(mail):
    """The private links in a mail's text."""
    return re.findall(r"http\S+/contact/\S+", text_of(mail))
