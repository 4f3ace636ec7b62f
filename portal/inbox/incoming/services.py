"""What becomes of a mail that somebody sent us: one message, in the right conversation."""

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta

from flask import current_app
from markupsafe import Markup
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError

from portal import delivery
from portal.addresses import address_key
from portal.delivery.models import Outgoing
from portal.delivery.providers import get_providers
from portal.extensions import db, now
from portal.inbox import emails, history, intake, reply_addresses
from portal.inbox.incoming import attachments, automatic, quoting
from portal.inbox.models import (
    Attachment,
    Conversation,
    Direction,
    Kind,
    Message,
    Original,
    Sending,
)
from portal.providers.errors import Refused
from portal.providers.protocols import MailKeeper
from portal.providers.values import InboundEmail
from portal.ways import Way

log = logging.getLogger(__name__)

ID_LONGEST = 250
AUTOMATIC_A_DAY = 20  # from one sender, to no conversation: more are only counted in the log
DAY = timedelta(days=1)
REFERENCE = re.compile(r"<([^<>\s@][^<>\s]{0,250})>")
REFERENCES_MOST = 50
ANSWERS_LOOKED_AT = 10  # the newest of ours, for what a mail quotes of them

NO_ADDRESS = "It came by email and belongs to no conversation"
FORGED = "Its reply address is not one that we gave out"
GONE = "Its conversation is gone"
AUTOMATIC = "A machine wrote it, such as an out-of-office note"
NO_TEXT = "[This mail has no text.]"


@delivery.arriving.connect
def fetch(event: delivery.Event) -> None:
    """Get a mail that a provider only told us of, and keep it. Raises TryLater.

    What the provider does not give, and never will, is left to the log.
    """
    provider = get_providers().caller(event.provider)
    if not isinstance(provider, MailKeeper):
        log.error("%s tells of mail that came in, and there is no way to fetch it", event.provider)
        return
    try:
        mail = provider.fetch_mail(event.message_id)
    except Refused as error:
        log.error("A mail that came in could not be fetched: %s", error)
        return
    receive(mail, event.provider)


def receive(mail: InboundEmail, provider: str) -> None:
    """Keep a mail, in one transaction. One that is here already changes nothing.

    Its files are stored before the transaction, which is short therefore.
    """
    mail_id = identity(mail)
    known = _is_known(mail_id)
    db.session.rollback()  # nothing is held while files are written
    if known:
        return
    files = attachments.take_in(mail.attachments, provider)
    original = attachments.keep_whole(mail)
    original.address, original.reply_to = mail.sender.email, automatic.asked_for(mail).email
    try:
        message = _add(mail, mail.text.strip() or NO_TEXT)
        if message:
            message.mail_id = mail_id
            _add_parts(message, original, files)
        db.session.commit()
    except Exception as error:
        db.session.rollback()
        attachments.discard(files, original)
        if isinstance(error, IntegrityError) and _is_known(mail_id):
            return  # it came twice in the same moment
        raise
    if message:
        attachments.fetch_soon(files)
    else:
        attachments.discard(files, original)


def identity(mail: InboundEmail) -> str:
    """The mail's Message-ID; one made of its content where it has none that can be used."""
    if 0 < len(mail.message_id) <= ID_LONGEST:
        return mail.message_id
    told = json.dumps([mail.recipients, mail.message_id]).encode()
    return f"<{hashlib.sha256(told + mail.whole).hexdigest()}@content>"


def _is_known(mail_id: str) -> bool:
    query = select(Message.id).where(Message.mail_id == mail_id)
    return db.session.scalar(query) is not None


def _add(mail: InboundEmail, text: str) -> Message | None:
    """Put the mail where it belongs. Returns None for one machine's mail too many."""
    conversation, doubt = _find(mail)
    if conversation:
        return _continue(conversation, mail, text)
    by_machine = automatic.is_automatic(mail)
    # Where it names somebody else to answer to, such as a website's form, they may have written it.
    names_nobody = not automatic.asked_for(mail).email
    if by_machine and names_nobody and _sent_today(mail.sender.email) >= AUTOMATIC_A_DAY:
        log.warning("More than %s automatic mails in a day from one sender", AUTOMATIC_A_DAY)
        return None
    return _start(mail, text, [doubt, AUTOMATIC] if by_machine else [doubt])


def _find(mail: InboundEmail) -> tuple[Conversation | None, str]:
    """The conversation that the mail answers; without one, why it has none."""
    ids = _named_by(mail.recipients) or _threads(mail)
    for conversation_id in dict.fromkeys(ids):
        if conversation := _at_its_end(conversation_id):
            return conversation, ""
    if ids:
        return None, GONE
    user, _, domain = address_key(current_app.config["INBOUND_EMAIL"]).partition("@")
    forged = any(
        one.startswith(f"{user}+") and one.endswith(f"@{domain}")
        for one in map(address_key, mail.recipients)
    )
    return None, FORGED if forged and user else NO_ADDRESS


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


def _continue(conversation: Conversation, mail: InboundEmail, text: str) -> Message:
    """Add the mail to its conversation. Another sender than the known one is shown and noted."""
    address = mail.sender.email
    is_known = bool(address) and address_key(address) == conversation.email_key
    sender = (mail.sender.name or conversation.who) if is_known else _who(mail)
    by_machine = automatic.is_automatic(mail)
    name = current_app.config["ORG_NAME"]
    new, quoted = quoting.split(text, mail.subject, _sent_in(conversation), name)
    message = intake.add_incoming(
        conversation,
        quoting.shortened(new),
        way=Way.EMAIL,
        sender=sender,
        also="" if conversation.subject in mail.subject else mail.subject,
        automatic=by_machine,
    )
    message.quoted = quoting.shortened(quoted)
    if not is_known:
        # The address itself is with the message: what stands in the history cannot be erased.
        history.record(conversation, "other address")
    return message


def _sent_in(conversation: Conversation) -> Iterator[str]:
    """The mails with our newest answers as they left: as text, and as HTML without its tags."""
    query = (
        select(Conversation, Message.text)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(
            Message.direction == Direction.OUTGOING,
            or_(Conversation.id == conversation.id, Conversation.merged_into_id == conversation.id),
        )
        .order_by(Message.id.desc())
        .limit(ANSWERS_LOOKED_AT)
    )
    for one, text in db.session.execute(query):
        sent = emails.reply(one, text)
        yield from (sent.text, Markup(sent.html).striptags())  # noqa: S704 - its tags go


def _start(mail: InboundEmail, text: str, doubts: list[str]) -> Message:
    """Open a conversation that is held for a person to look at."""
    person = automatic.person(mail)
    conversation = intake.open_conversation(
        intake.Enquiry(
            kind=Kind.MESSAGE,
            text=quoting.shortened(text),
            subject=mail.subject or "No subject",
            name="" if "@" in person.name else person.name,  # it would read as the address
            email=person.email,
            reply_by=Way.EMAIL,
            way=Way.EMAIL,
            doubts=doubts,
            automatic=AUTOMATIC in doubts,
        )
    )
    message = conversation.messages[0]
    message.sender = _who(mail)
    return message


def _who(mail: InboundEmail) -> str:
    """Who a mail says that it is from, the address always with it."""
    name, address = mail.sender.name, mail.sender.email
    return f"{name} ({address})" if name and address else name or address or "Unknown sender"


def _sent_today(address: str) -> int:
    """How many held conversations a machine with this address has started since yesterday."""
    query = (
        select(func.count(Message.id))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.email_key == address_key(address),
            Conversation.created_at > now() - DAY,
            Conversation.doubts.contains(AUTOMATIC),
            Message.automatic,
        )
    )
    return db.session.scalar(query) or 0


def _add_parts(message: Message, original: Original, files: list[Attachment]) -> None:
    """Keep the whole mail and its files beside the message."""
    db.session.flush()
    original.message_id = message.id
    for row in files:
        row.message_id = message.id
    db.session.add_all([original, *files])
    db.session.flush()
