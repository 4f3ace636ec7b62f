"""Which conversation a mail belongs to: by its signed address, or by its thread."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import current_app
from sqlalchemy import Row, select

from portal.addresses import address_key
from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox import asking, reply_addresses
from portal.inbox.incoming import automatic
from portal.inbox.models import Conversation, Direction, Message, Sending
from portal.providers.values import InboundEmail

REFERENCE = re.compile(r"<([^<>\s@][^<>\s]{0,250})>")
REFERENCES_MOST = 50


def conversation_of(mail: InboundEmail) -> Conversation | None:
    """The conversation that the mail answers; None where it begins one."""
    ids = _read(reply_addresses.read, mail.recipients) or _threads(mail)
    for conversation_id in dict.fromkeys(ids):
        if conversation := at_its_end(conversation_id):
            return conversation
    return None


def is_answer(mail: InboundEmail) -> bool:
    """Whether its address names a conversation, which needs no look into the database."""
    return bool(_read(reply_addresses.read, mail.recipients))


def is_forged(mail: InboundEmail) -> bool:
    """Whether it came to an address that looks like a reply address, and is none of ours."""
    user, _, domain = address_key(current_app.config["INBOUND_EMAIL"]).partition("@")
    looks_so = (
        one.startswith(f"{user}+") and one.endswith(f"@{domain}")
        for one in map(address_key, mail.recipients)
    )
    ours = is_answer(mail) or _read(reply_addresses.read_question, mail.recipients)
    return bool(user) and any(looks_so) and not ours


def outside(mail: InboundEmail) -> tuple[Message | None, bool]:
    """The question to somebody outside that the mail answers; whether it would, were it not over.

    What belongs to the thread of a question, or of an answer to one, is an answer to it too.
    """
    references = _references(mail)
    named = _read(reply_addresses.read_question, [*mail.recipients, *references])
    in_thread = [one.id for one in _in_thread(references) if one.direction == Direction.NOTE]
    for message_id in (*named, *in_thread):
        question = db.session.get(Message, message_id)
        if question and asking.takes_answers(question):
            return question, True
    return None, bool(named or in_thread)


def _read(read: Callable[[str], int | None], words: Iterable[str]) -> list[int]:
    return [found for one in words if (found := read(one)) is not None]


def _threads(mail: InboundEmail) -> list[int]:
    """The conversations of the mails that this one refers to, where its address names none."""
    references = _references(mail)
    said = (one for one in _in_thread(references) if one.direction != Direction.NOTE)
    return _read(reply_addresses.read, references) or [one.conversation_id for one in said]


def _references(mail: InboundEmail) -> list[str]:
    """The Message-IDs of the mails that this one answers, without brackets."""
    words = f"{mail.header('In-Reply-To') or ''} {mail.header('References') or ''}"
    return REFERENCE.findall(words)[:REFERENCES_MOST]


def _in_thread(references: list[str]) -> list[Row[Any]]:
    """What is here of those mails: the ids of messages and conversations, and for whom each is."""
    names = _names(references)
    if not names:
        return []
    theirs = select(Message.id, Message.conversation_id, Message.direction).where(
        Message.mail_id.in_(names)
    )
    ours = (
        select(Message.id, Sending.conversation_id, Message.direction)
        .select_from(Sending)
        .join(Outgoing, Outgoing.id == Sending.outgoing_id)
        .outerjoin(Message, Message.id == Sending.message_id)
        .where(Outgoing.message_id.in_(names))
    )
    return [*db.session.execute(theirs.union_all(ours))]


def _names(ids: list[str]) -> set[str]:
    """What a provider may tell as a mail's id: its Message-ID, without brackets, or its start."""
    return {name for one in ids for name in (f"<{one}>", one, one.partition("@")[0])}


def has_come_back(mail: InboundEmail) -> bool:
    """Whether it is a mail of ours itself, such as a notice that the team's mailbox forwards."""
    names = _names(REFERENCE.findall(mail.message_id))
    query = select(Outgoing.id).where(Outgoing.message_id.in_(names)).limit(1)
    is_from_us = bool(names) and automatic.is_ours(mail.sender.email)
    return is_from_us and db.session.scalar(query) is not None


def at_its_end(conversation_id: int | None) -> Conversation | None:
    """The conversation, or the one that it was merged into in the end. Others wait for it."""
    seen: set[int] = set()
    last = None
    while conversation_id is not None and conversation_id not in seen:
        seen.add(conversation_id)
        last = db.session.get(
            Conversation, conversation_id, with_for_update=True, populate_existing=True
        )
        conversation_id = last.merged_into_id if last else None
    return last
