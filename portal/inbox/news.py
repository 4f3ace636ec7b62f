"""The team hears of what came: of little at once and each alone, of much together and later.

What comes in a conversation of which the team was told, and which nobody has opened since, is no
news of its own. Nor is what comes once a mailbox had MOST_ALONE notices in an hour. It is `untold`
until one mail tells of all that is. Danger and the press have an allowance of their own.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from portal import delivery
from portal.extensions import db, now, write_rows
from portal.inbox import danger, emails, links
from portal.inbox.models import UNTOLD, Conversation, ConversationState, Kind, Sending
from portal.providers.values import Address, Email
from portal.web import public_address

MOST_ALONE = 10
"""So many notices of one conversation each a mailbox gets in an hour, and as many urgent ones."""
PAUSE = timedelta(hours=1)
"""Between two mails that tell of many."""
URGENT_PAUSE = timedelta(minutes=10)
GATHER = timedelta(minutes=10)  # in which the messages that somebody sends one by one become one
PRESS = "A new press enquiry"


def tell(conversation: Conversation, top: Conversation, what: str, *, anew: bool = False) -> None:
    """Tell whom it concerns that something came (`what`), now or later.

    In the caller's transaction. `top` is the conversation that it lies in. Neither mail nor alert
    says who wrote or what: a link leads there. Where somebody may be in danger all of the team get
    the mail, at once if that is new (`anew`).
    """
    in_danger = bool(conversation.danger_at)
    from_press = conversation.kind is Kind.PRESS and what == "new"
    urgency = delivery.Urgency.URGENT if in_danger or from_press else delivery.Urgency.TEAM
    mails = [] if top.told_at and not anew else _notices(conversation, what)
    sent = [_send(conversation, mail, urgency) for mail in mails]
    if not sent or not all(sent):
        _mark(top, untold_at=top.untold_at or now())
        return
    _mark(top, told_at=now(), untold_at=None)
    if in_danger or from_press:
        delivery.alert(danger.WORDS if in_danger else PRESS, links.inbox_url(top))


def _notices(conversation: Conversation, what: str) -> list[Email]:
    notices = [emails.team_notice(conversation, what)]
    if conversation.danger_at and emails.owner_of(conversation):
        notices.append(emails.team_notice(conversation, what, to_all=True))
    return notices


def _send(conversation: Conversation, mail: Email, urgency: delivery.Urgency) -> bool:
    """Queue a notice, unless its mailbox had as many in this hour; whether it was."""
    db.session.flush()  # the mail's row is written past the session, and joins what is in it
    key = delivery.turn(f"notice {urgency} {mail.to.email}", MOST_ALONE)
    row_id = delivery.enqueue(mail, urgency=urgency, key=key) if key else None
    if row_id:
        db.session.add(Sending(outgoing_id=row_id, conversation_id=conversation.id))
    return row_id is not None


def _mark(conversation: Conversation, **values: datetime | None) -> None:
    """In a statement that no version stands in the way of: telling is no edit."""
    db.session.flush()
    write_rows(update(Conversation).where(Conversation.id == conversation.id).values(values))
    for name, value in values.items():
        set_committed_value(conversation, name, value)


def told(ids: Sequence[int], row_id: int | None = None) -> None:
    """Note that one mail told of these, in the caller's transaction: `row_id` is its row."""
    told_by = {"notice_id": func.coalesce(Conversation.notice_id, row_id)} if row_id else {}
    these = update(Conversation).where(Conversation.id.in_(ids))
    write_rows(these.values(told_at=now(), untold_at=None, **told_by))


def opened(conversation_id: int) -> None:
    """Somebody of the team has it before their eyes: what comes next is news again."""
    mine = Conversation.id == conversation_id
    told = Conversation.told_at.is_not(None) | Conversation.untold_at.is_not(None)
    write_rows(update(Conversation).where(mine, told).values(told_at=None, untold_at=None))


def tell_rest() -> None:
    """Tell each mailbox in one mail of what it has not been told, once it is time; commits."""
    mailboxes: dict[Address, list[Conversation]] = defaultdict(list)
    query = select(Conversation).options(joinedload(Conversation.owner)).order_by(Conversation.id)
    for one in db.session.scalars(
        query.where(text(UNTOLD), Conversation.folder.not_in(("held", "spam")))
    ):
        mailboxes[emails.mailbox(one, to_all=bool(one.danger_at))].append(one)
    for to, untold in mailboxes.items():
        _tell_of_many(to, untold)
    db.session.commit()


def _tell_of_many(to: Address, untold: Sequence[Conversation]) -> None:
    urgent = [one for one in untold if one.danger_at or _is_new_from_press(one)]
    last = delivery.last_sent(emails.MANY_NOTICE, to.email, now() - PAUSE)
    pause, since = (URGENT_PAUSE, now()) if urgent else (PAUSE, now() - GATHER)
    oldest = min(one.untold_at for one in untold if one.untold_at)
    if oldest > since or (last and last > now() - pause):
        return
    mail = emails.many_notice(to, len(untold), len(urgent))
    urgency = delivery.Urgency.URGENT if urgent else None
    row_id = delivery.enqueue_once(mail, f"untold {to.email} {oldest} {last}", urgency=urgency)
    if row_id:
        told([one.id for one in untold], row_id)
    if row_id and urgent:
        in_danger = any(one.danger_at for one in urgent)
        delivery.alert(danger.WORDS if in_danger else PRESS, public_address("inbox.conversations"))


def _is_new_from_press(conversation: Conversation) -> bool:
    return conversation.kind is Kind.PRESS and conversation.state is ConversationState.NEW
