"""Lets days go by, with the regular work of retention on each."""

from datetime import timedelta

from sqlalchemy import select, update

from portal.clearing import tasks
from portal.delivery.models import UNFINISHED, Outgoing, OutgoingState
from portal.extensions import db, now, write_rows
from portal.inbox.desk import services
from portal.inbox.models import Conversation
from tests.inbox import a_conversation

DAY = timedelta(days=1)


def live(clock, days: int, each=lambda: None, step: int = 7) -> None:
    """Let so many days go by, some at a time; `each` is called before the work of each step."""
    while days > 0:
        clock.shift(min(step, days) * DAY)
        days -= step
        each()
        tasks.tell_week.call_local()
        tasks.end_due.call_local()


def closed(by, **changes) -> Conversation:
    """A conversation that a member has closed."""
    talk = a_conversation(**changes)
    services.change(talk, by, {}, state="closed")
    deliver()
    return talk


def deliver() -> None:
    """Let all mail be taken."""
    done = {"state": OutgoingState.ACCEPTED, "finished_at": now(), "payload": {}}
    write_rows(update(Outgoing).where(Outgoing.is_in(*UNFINISHED)).values(done))
    db.session.commit()


def has_words(talk: Conversation) -> bool:
    """Whether what was said is there, by its subject."""
    query = select(Conversation.subject).where(Conversation.id == talk.id)
    found = db.session.scalar(query) != "Erased"
    db.session.rollback()
    return found
