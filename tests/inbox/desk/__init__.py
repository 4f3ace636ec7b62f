"""What a member does at the desk, as a test says it."""

from datetime import timedelta

import time_machine

from portal.extensions import db, now
from portal.inbox.models import Change, Conversation, Message
from portal.team.models import UNDO_SECONDS

LATER = timedelta(seconds=UNDO_SECONDS + 5)  # well after an answer has left


def path(conversation: Conversation) -> str:
    return f"/inbox/{conversation.id}"


def answer(visit, conversation, text="Yes, it is.", way="email", **more):
    """Answer on the conversation's page, as it is now."""
    sent = {"text": text, "way": way, "do": "send"} | more
    return visit.send(path(conversation), sent, button="Answer")


def press(visit, conversation, words, **more):
    """Press a button that stands alone in its form."""
    return visit.send(path(conversation), more, button=words)


def shown(page, action: str) -> dict[str, object]:
    """What a browser would send of a form on the conversation's page, but for its button."""
    return page.form(f'form[action$="/{action}"]')


def carried(page) -> dict[str, str]:
    """What a page of the desk carries in hidden fields: our token, and the versions it shows."""
    names = ("csrf_token", "seen", "draft_seen", "enclosed")
    return {name: page.value(name) for name in names if page.has(f"[name={name}]")}


def token(visit) -> dict[str, str]:
    """What any POST needs."""
    return carried(visit("/inbox/keys"))


def fresh(conversation: Conversation) -> Conversation:
    """The conversation as it is in the database now."""
    db.session.commit()
    db.session.expire_all()
    return db.session.get(Conversation, conversation.id)


def messages(conversation: Conversation) -> list[Message]:
    """Its messages, oldest first."""
    query = db.select(Message).where(Message.conversation_id == conversation.id)
    return list(db.session.scalars(query.order_by(Message.id)))


def history(conversation: Conversation) -> list[tuple]:
    """What was done, as (what, before, after)."""
    query = db.select(Change).where(Change.conversation_id == conversation.id)
    changes = db.session.scalars(query.order_by(Change.id))
    return [(change.what, change.before, change.after) for change in changes]


def a_while_later(minutes=0):
    """For a with block: the moment when an answer has left; or some minutes after it."""
    db.session.commit()
    return time_machine.travel(now() + LATER + timedelta(minutes=minutes))
