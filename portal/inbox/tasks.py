"""The inbox's regular work: wake what slept, watch deadlines, count, tell the team each morning."""

import logging
from datetime import timedelta

from huey import crontab
from sqlalchemy import or_, select, update

from portal import delivery, sweeping
from portal.extensions import db, huey, now, write_rows
from portal.inbox import history, intake, links, news, retention
from portal.inbox.desk import erasing
from portal.inbox.figures import digest, numbers
from portal.inbox.incoming import held
from portal.inbox.models import Conversation, ConversationState, Kind
from portal.words import deadline, local

log = logging.getLogger(__name__)

AT_ONCE = 100
NEAR = timedelta(hours=24)
DIGEST_HOURS = range(8, 12)  # a worker that was down at eight still sends it before noon


@huey.periodic_task(crontab())  # type: ignore[untyped-decorator]
def wake_sleeping() -> None:
    """Every minute: bring back what was hidden until now."""
    while _wake_some() == AT_ONCE:
        pass


def _wake_some() -> int:
    """Wake a few, so that nobody waits long for the database; commits. Returns how many."""
    query = (
        select(Conversation)
        .where(Conversation.folder == "waiting", Conversation.snoozed_until <= now())
        .order_by(Conversation.snoozed_until)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=Conversation)
    )
    sleeping = list(db.session.scalars(query))
    for conversation in sleeping:
        until = conversation.snoozed_until
        intake.wake(conversation)
        history.record(conversation, "woken", until.isoformat() if until else None)
        conversation.changed_at = now()
    db.session.commit()
    return len(sleeping)


@huey.periodic_task(crontab())  # type: ignore[untyped-decorator]
def tell_of_held() -> None:
    """Every minute: tell the team of what was held, in one mail an hour at most."""
    held.tell_team()


@huey.periodic_task(crontab(minute="50"))  # type: ignore[untyped-decorator]
def end_spam() -> None:
    """Every hour: erase what was marked as spam long ago.

    A story's conversation ends with its story.
    """
    if number := sweeping.each(Conversation, lambda: retention.spam_over(now()), erasing.end_spam):
        erasing.finish()
        log.info("Erased %s conversations that were marked as spam", number)


@huey.periodic_task(crontab())  # type: ignore[untyped-decorator]
def tell_of_news() -> None:
    """Every minute: tell the team in one mail of what no mail of its own told of."""
    news.tell_rest()


@huey.periodic_task(crontab(minute="*/5"))  # type: ignore[untyped-decorator]
def watch_deadlines() -> None:
    """Every five minutes: alert the team to press deadlines that are near, to each one once."""
    near = write_rows(
        update(Conversation)
        .where(
            Conversation.kind == Kind.PRESS,
            Conversation.folder.in_(("active", "held")),
            or_(Conversation.deadline_at <= now() + NEAR, Conversation.deadline_words != ""),
            Conversation.alerted_at.is_(None),
        )
        .values(alerted_at=now())
        .returning(Conversation.id)
    )
    for conversation_id in near.scalars().all():
        _alert(db.session.get_one(Conversation, conversation_id))
    db.session.commit()


def _alert(conversation: Conversation) -> None:
    title = "A press deadline is near"
    if conversation.deadline_at is None:
        title = "A person has to read a press deadline"
    elif conversation.deadline_at < now():
        title = "A press deadline has passed"
    if conversation.state is ConversationState.HELD:
        title += " (held for a check)"
    at = f"{deadline(conversation.deadline_at)}\n" if conversation.deadline_at else ""
    delivery.alert(title, f"{at}{links.inbox_url(conversation)}")


@huey.periodic_task(crontab(minute="*/5"))  # type: ignore[untyped-decorator]
def send_digest() -> None:
    """At eight on each working day, by the team's clocks: one mail that says what waits.

    It is decided once a day, by whichever worker comes first.
    """
    at = local(now())
    if at.weekday() < intake.SATURDAY and at.hour in DIGEST_HOURS:
        digest.send_digest(at.date())


@huey.periodic_task(crontab(minute="*/5"))  # type: ignore[untyped-decorator]
def count_answers() -> None:
    """Every five minutes: count how soon we answer, for the page to get in touch."""
    numbers.count_answers()
