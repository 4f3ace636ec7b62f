"""The stories' regular work: remind, let rest, ask each year, and forget what was never sent."""

import logging
from collections.abc import Callable

from huey import crontab

from portal import sweeping
from portal.delivery import restored
from portal.extensions import huey, now
from portal.inbox.desk import erasing
from portal.stories import deadlines, withdrawal
from portal.stories.models import Story
from portal.transaction import lock

log = logging.getLogger(__name__)

Verb = Callable[[Story], None]


@huey.periodic_task(crontab(minute="20"))  # type: ignore[untyped-decorator]
def keep_time() -> None:
    """Every hour: do what is due by now. Any number of workers may run it at once."""
    if restored.is_open():
        return
    each(deadlines.answer_due, deadlines.remind_or_rest)
    each(deadlines.check_due, deadlines.ask_or_unlist)
    each(deadlines.draft_reminder_due, deadlines.remind_of_draft)
    if number := each(lambda: deadlines.spam_over(now()), deadlines.end_spam):
        erasing.finish()
        log.info("Erased %s stories that were marked as spam", number)
    if number := each(lambda: deadlines.draft_over(now()), withdrawal.forget):
        log.info("Deleted %s stories that were begun and not sent", number)


def each(due: sweeping.Due, verb: Verb) -> int:
    """Do it to every story that is due, which is locked with its conversation."""

    def with_conversation(story: Story) -> None:
        if story.conversation:
            lock(story.conversation)
        verb(story)

    return sweeping.each(Story, due, with_conversation)
