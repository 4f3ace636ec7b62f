"""How things come into the inbox: a new conversation, or one more message in an old one.

Both run in the caller's transaction: the feature that took the words commits.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select

from portal import delivery
from portal.addresses import address_key
from portal.extensions import db, now
from portal.inbox import danger, history, news, safeguarding
from portal.inbox.models import (
    Conversation,
    ConversationState,
    Direction,
    Kind,
    Message,
    Rank,
    Sending,
)
from portal.providers.values import Email
from portal.team.models import Member
from portal.ways import Way

# No vowels, which make words; nothing that is read or heard as something else (0 O, 1 I L, 2 Z …).
LETTERS = "34679CDFGHJKMNPQRTVWXY"
SUBJECT_LONGEST = 100
LOOK_WITHIN = timedelta(hours=1)  # where a deadline has to be read by a person
PRESS_WITHIN = 1  # working days, where a press enquiry names no deadline
SATURDAY = 5
UNSURE = (ConversationState.HELD, ConversationState.SPAM)  # nobody knows yet that a person wrote it


@dataclass(frozen=True)
class Enquiry:
    """What somebody sent: their words, who they are, and what they need from us."""

    kind: Kind
    text: str
    reply_by: Way
    subject: str = ""
    about: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    postal: str = ""
    helper: str = ""
    needs: str = ""
    outlet: str = ""
    deadline_at: datetime | None = None
    deadline_words: str = ""
    """The deadline as it was typed, where it could not be read for sure."""
    way: Way = Way.WEB
    submission: str | None = None
    doubts: Sequence[str] = ()
    """Why a person should look at it first, in words for the team."""
    also: str = ""
    """What else they wrote, that is kept elsewhere."""
    young: bool = False
    automatic: bool = False
    """Whether a machine wrote it."""

    @property
    def words(self) -> str:
        """All that they wrote themselves."""
        said = (self.subject, self.text, self.name, self.helper, self.needs, self.outlet)
        return "\n".join((*said, self.deadline_words, self.postal, self.also))


# What of an enquiry its conversation has by the same name.
KEPT_AS_SENT = (
    *("kind", "about", "name", "email", "phone", "postal", "reply_by", "helper", "needs"),
    *("outlet", "deadline_at", "deadline_words", "submission", "young"),
)


def open_conversation(enquiry: Enquiry, by: Member | None = None) -> Conversation:
    """Start a conversation with its first message; tell the team, unless it is doubtful."""
    conversation = begin(enquiry)
    message = Message(
        conversation_id=conversation.id,
        direction=Direction.INCOMING,
        way=enquiry.way,
        sender=enquiry.name or enquiry.email,
        text=enquiry.text,
        automatic=enquiry.automatic,
    )
    db.session.add(message)
    history.record(conversation, "received", after=conversation.state, by=by)
    is_told = not enquiry.automatic and heed(conversation, enquiry.words, what="new")
    if not enquiry.doubts and not is_told:
        tell_team(conversation, "new")
    db.session.flush()
    return conversation


def begin(enquiry: Enquiry) -> Conversation:
    """Start a conversation, with no message yet."""
    moment = now()
    rank, due_at = urgency(enquiry, moment)
    conversation = Conversation(
        **{name: getattr(enquiry, name) for name in KEPT_AS_SENT},
        key=secrets.token_urlsafe(24),
        reference=_reference(),
        state=ConversationState.HELD if enquiry.doubts else ConversationState.NEW,
        subject=enquiry.subject or first_line(enquiry.text),
        email_key=address_key(enquiry.email),
        rank=rank,
        due_at=due_at,
        doubts="; ".join(enquiry.doubts),
        created_at=moment,
        changed_at=moment,
        untold_at=moment if enquiry.doubts else None,
    )
    db.session.add(conversation)
    db.session.flush()
    return conversation


def add_incoming(  # noqa: PLR0913 - what was said, by whom, and how it came
    conversation: Conversation,
    text: str,
    *,
    way: Way,
    sender: str = "",
    also: str = "",
    automatic: bool = False,
) -> Message:
    """Add what the person wrote back. It brings the conversation to the team again.

    What they wrote besides, which is kept elsewhere, is in `also`. What a machine
    wrote (`automatic`) is kept and wakes nobody.
    """
    message = Message(
        conversation_id=conversation.id,
        direction=Direction.INCOMING,
        way=way,
        sender=sender or conversation.who,
        text=text,
        automatic=automatic,
    )
    db.session.add(message)
    conversation.changed_at = now()
    history.record(conversation, "automatic" if automatic else "received")
    if not automatic:
        is_told = heed(conversation, f"{text}\n{also}")
        if conversation.state not in UNSURE and not is_told:
            wake(conversation)
            tell_team(conversation, "again")
    db.session.flush()
    return message


def heed(conversation: Conversation, words: str, before: str = "", *, what: str = "again") -> bool:
    """Where words of the person's suggest danger, make it urgent and tell all of the team at once.

    `before` is a text that these words take the place of: what stood there is no
    news. Also what is held is told of. Returns whether it was.
    """
    old = set(before.splitlines())
    new = "\n".join(line for line in words.splitlines() if line not in old)
    if not safeguarding.suggests_danger(new):
        return False
    top = root(conversation)
    is_new = top.danger_at is None
    for one in {conversation, top}:
        if one.state not in UNSURE:
            wake(one)
        danger.note_words(one)
    tell_team(top, what, anew=is_new)
    return True


def root(conversation: Conversation) -> Conversation:
    """The conversation that one was merged into, and that one into, to the end; or round a ring."""
    seen: set[int] = set()
    while (into := conversation.merged_into_id) and into not in seen:
        seen.add(into)
        conversation = db.session.get_one(Conversation, into)
    return conversation


def wake(conversation: Conversation) -> None:
    """Put a conversation back among those that wait for the team."""
    conversation.snoozed_until = None
    free(conversation)
    if conversation.state in {ConversationState.WAITING, ConversationState.CLOSED}:
        history.record(conversation, "state", conversation.state, ConversationState.OPEN)
        conversation.state = ConversationState.OPEN
        conversation.due_at = max(
            conversation.due_at,
            working_days_after(now(), current_app.config["PROMISE_WORKING_DAYS"]),
        )
        danger.keep_due(conversation)


def free(conversation: Conversation) -> None:
    """Let it be nobody's where its owner cannot look after it any more."""
    owner = db.session.get(Member, conversation.owner_id) if conversation.owner_id else None
    if owner and not owner.can_own:
        history.record(conversation, "owner_id", owner.id, None)
        conversation.owner = None


def send(
    conversation: Conversation,
    mail: Email,
    *,
    wait: timedelta = timedelta(0),
    urgency: delivery.Urgency | None = None,
    key: str = "",
) -> Sending:
    """Queue a mail of this conversation, so that trouble with it comes back to it.

    With a `key` it is the same mail in a database that was brought back from a backup.
    """
    db.session.flush()  # the mail's row is written past the session, and joins what is in it
    row_id = delivery.enqueue(mail, wait=wait, urgency=urgency, key=key)
    sending = Sending(outgoing_id=row_id, conversation_id=conversation.id)
    db.session.add(sending)
    return sending


def send_receipt(conversation: Conversation, mail: Email, unsure: str) -> None:
    """Queue a receipt, at most one a day for an address: a stranger may have typed it.

    `unsure` is why none goes while nobody knows that a person wrote.
    """
    reason = delivery.too_soon(mail)
    if conversation.state in UNSURE:
        reason = unsure
    if reason:
        delivery.enqueue(mail, cancelled=reason)
    else:
        send(conversation, mail)


def wait(conversation: Conversation, by: Member) -> None:
    """A member has answered: the conversation waits for the person, and somebody looks after it."""
    conversation.state, conversation.snoozed_until = ConversationState.WAITING, None
    conversation.changed_at = moment = now()
    conversation.opened_at = conversation.opened_at or moment
    conversation.answered_at = conversation.answered_at or moment
    free(conversation)
    conversation.owner = conversation.owner or by


def tell_team(conversation: Conversation, what: str, *, anew: bool = False) -> None:
    """Tell whom it concerns that something came (`news`), in the caller's transaction."""
    news.tell(conversation, root(conversation), what, anew=anew)


def find_submission(submission: str) -> Conversation | None:
    """The conversation that a form has started already."""
    return db.session.scalar(select(Conversation).where(Conversation.submission == submission))


def first_line(text: str) -> str:
    """What stands for a text in a list."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= SUBJECT_LONGEST else line[: SUBJECT_LONGEST - 1].rstrip() + "…"


def working_days_after(moment: datetime, days: int) -> datetime:
    """`moment` that many days later, Saturdays and Sundays not counted."""
    while days > 0:
        moment += timedelta(days=1)
        days -= moment.weekday() < SATURDAY
    return moment


def urgency(enquiry: Enquiry | Conversation, moment: datetime) -> tuple[Rank, datetime]:
    """What comes before age, and when the answer is due to what came at that moment."""
    if enquiry.deadline_at:
        return Rank.DEADLINE, enquiry.deadline_at
    if enquiry.deadline_words:
        return Rank.DEADLINE, moment + LOOK_WITHIN
    days = current_app.config["PROMISE_WORKING_DAYS"]
    if enquiry.kind is Kind.PRESS:
        days = min(days, PRESS_WITHIN)
    return Rank.USUAL, working_days_after(moment, days)


def _reference() -> str:
    """A new reference, such as K7MD-4QXP."""
    while True:
        letters = "".join(secrets.choice(LETTERS) for _ in range(8))
        reference = f"{letters[:4]}-{letters[4:]}"
        taken = select(Conversation.id).where(Conversation.reference == reference)
        if db.session.scalar(taken) is None:
            return reference
