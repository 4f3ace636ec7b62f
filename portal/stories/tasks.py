"""The stories' regular work: remind, let rest, ask each year, and forget what was never sent."""

import logging
from collections.abc import Callable

from huey import crontab
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm.exc import StaleDataError

from portal import storage
from portal.extensions import db, huey
from portal.inbox.desk import erasing
from portal.stories import deadlines, withdrawal
from portal.stories.models import Story
from portal.transaction import lock

log = logging.getLogger(__name__)

Due = Callable[[], ColumnElement[bool]]
Verb = Callable[[Story], list[str] | None]


@huey.periodic_task(crontab(minute="20"))  # type: ignore[untyped-decorator]
def keep_time() -> None:
    """Every hour: do what is due by now. Any number of workers may run it at once."""
    each(deadlines.answer_due, deadlines.remind_or_rest)
    each(deadlines.check_due, deadlines.ask_or_unlist)
    each(deadlines.draft_reminder_due, deadlines.remind_of_draft)
    if number := each(deadlines.spam_over, deadlines.end_spam):
        erasing.finish([])
        log.info("Erased %s stories that were marked as spam", number)
    if number := each(deadlines.draft_over, withdrawal.forget):
        log.info("Deleted %s stories that were begun and not sent", number)


def each(due: Due, verb: Verb) -> int:
    """Do it to every story that is due, each in a transaction of its own; returns how many.

    What goes wrong with one holds up no other: it is tried again an hour later.
    """
    last = done = 0
    while story := _claim(due, last):
        last = story.id
        try:
            places = verb(story)
            db.session.commit()
        except StaleDataError:  # somebody changed it in this moment
            db.session.rollback()
        except Exception:
            db.session.rollback()
            log.exception("What is due for story %s failed", last)
        else:
            done += 1
            storage.drop(*places or ())
    db.session.commit()
    return done


def _claim(due: Due, last: int) -> Story | None:
    """The next story that is due, locked; one that another worker has is left to it."""
    query = (
        select(Story)
        .where(due(), Story.id > last)
        .order_by(Story.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Story)
    )
    story = db.session.scalar(query, execution_options={"populate_existing": True})
    if story and story.conversation:
        lock(story.conversation)
    return story
