"""The daily digest: how many things wait, and no word of whom or what."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from flask import current_app

from portal import delivery
from portal.extensions import db
from portal.inbox.figures import numbers
from portal.providers.values import Address, Email
from portal.web import public_address
from portal.words import count, spelled


@dataclass(frozen=True)
class Line:
    """One number of the digest, in words, and where to see what it counts."""

    number: int
    words: str
    url: str = ""


def send_digest(day: date) -> None:
    """Decide about the digest of a day, if nobody has; commits.

    On a day with nothing to tell only that is noted.
    """
    occasion = f"digest {day}"
    if delivery.happened(occasion):
        return
    queue = numbers.queue()
    lines = [line for line in _lines(queue) if line.number]
    quiet = "" if lines else "There was nothing to tell"
    delivery.enqueue_once(digest(queue, lines), occasion, cancelled=quiet)
    db.session.commit()


def digest(queue: numbers.WaitingFigures, lines: list[Line]) -> Email:
    """The mail with these lines."""
    return delivery.compose(
        "digest",
        Address(current_app.config["TEAM_EMAIL"]),
        queue=queue,
        lines=lines,
        url=public_address("dashboard.dashboard"),
    )


def _lines(queue: numbers.WaitingFigures) -> list[Line]:
    """All that the digest can say."""
    ahead = f"in the next {spelled(numbers.DEADLINE_DAYS)} days"
    held_signups = current_app.extensions["newsletter_figures"].held()
    inbox = partial(public_address, "inbox.conversations")
    deadlines = f"{count(queue.deadlines, 'press deadline')} {ahead}"
    trouble = f"{_many(queue.trouble)} with a mail that did not arrive"
    urgent = f"{_many(queue.danger)} urgent: somebody may be in danger"
    return [
        Line(queue.danger, urgent, inbox()),
        Line(queue.waiting, f"{_many(queue.waiting)} waiting for us", inbox()),
        Line(queue.overdue, f"{_many(queue.overdue)} late", inbox()),
        Line(queue.due_today, f"{_many(queue.due_today)} due today", inbox()),
        Line(queue.young, f"{_many(queue.young)} from somebody under 18", inbox()),
        Line(queue.deadlines, deadlines, inbox(kind="press")),
        Line(queue.held, f"{_many(queue.held)} held for a check", inbox(folder="held")),
        Line(queue.trouble, trouble, inbox(trouble="yes")),
        Line(
            queue.mails,
            f"{count(queue.mails, 'email')} to people who have not confirmed, still to go",
        ),
        Line(
            held_signups,
            f"{count(held_signups, 'newsletter sign-up')} held for a check",
            public_address("newsletter_desk.held"),
        ),
    ]


def _many(number: int) -> str:
    if number >= numbers.MOST:
        return f"{numbers.MOST:,} conversations or more"
    return count(number, "conversation")
