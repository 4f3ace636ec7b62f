"""Which conversation a mail belongs to: by its signed address, or by its thread."""

import re
from collections.abc import Iterable

from flask import current_app
from sqlalchemy import select

from portal.addresses import address_key
from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox import reply_addresses
from portal.inbox.models import Conversation, Message, Sending
from portal.providers.values import InboundEmail

REFERENCE = re.compile(r"<([^<>\s@][^<>\s]{0,250})>")
REFERENCES_MOST = 50


def conversation_of(mail: InboundEmail) -> Conversation | None:
    """The conversation that the mail answers; None where it begins one."""
    ids = _named_by(mail.recipients) or _threads(mail)
    for conversation_id in dict.fromkeys(ids):
        if conversation := _at_its_end(conversation_id):
            return conversation
    return None


def is_answer(mail: InboundEmail) -> bool:
    """Whether its address names a conversation, which needs no look into the database."""
    return bool(_named_by(mail.recipients))


def is_forged(mail: InboundEmail) -> bool:
    """Whether it came to an address that looks like a reply address, and is none of ours."""
    user, _, domain = address_key(current_app.config["INBOUND_EMAIL"]).partition("@")
    looks_so = (
        one.startswith(f"{user}+") and one.endswith(f"@{domain}")
        for one in map(address_key, mail.recipients)
    )
    return bool(user) and any(looks_so) and not is_answer(mail)


def _named_by(words: Iterable[str]) -> list[int]:
    return [found for one in words if (found := reply_addresses.read(one)) is not None]


def _threads(mail: InboundEmail) -> list[int]:
    """The conversations of the mails that this one refers to, where its address names none."""
    references = f"{mail.header('In-Reply-To') or ''} {mail.header('References') or ''}"
    ids = REFERENCE.findall(references)[:REFERENCES_MOST]
    # What a provider gives as a mail's id may be its Message-ID, without brackets, or its start.
    names = {name for one in ids for name in (f"<{one}>", one, one.partition("@")[0])}
    theirs = select(Message.conversation_id).where(Message.mail_id.in_(names))
    ours = (
        select(Sending.conversation_id)
        .join(Outgoing, Outgoing.id == Sending.outgoing_id)
        .where(Outgoing.message_id.in_(names))
    )
    return _named_by(ids) or [*db.session.scalars(theirs.union_all(ours))] if ids else []


def _at_its_end(conversation_id: int | None) -> Conversation | None:
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
