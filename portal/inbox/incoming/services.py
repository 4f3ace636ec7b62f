"""What becomes of a mail that somebody sent us: one message, in the right conversation."""

import hashlib
import json
import logging
from collections.abc import Iterator
from datetime import timedelta

from flask import current_app
from markupsafe import Markup
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError

from portal import delivery, room
from portal.addresses import address_key
from portal.delivery.providers import get_providers
from portal.extensions import db, now
from portal.inbox import asking, emails, history, intake, kinds
from portal.inbox.incoming import attachments, automatic, doubts, finding, quoting
from portal.inbox.models import (
    Attachment,
    Conversation,
    Direction,
    Message,
    Original,
)
from portal.providers.errors import Refused
from portal.providers.protocols import MailKeeper
from portal.providers.values import InboundEmail
from portal.ways import Way

log = logging.getLogger(__name__)

ID_LONGEST = 250
TWICE = 2  # a mail is kept whole, and its files once more
AUTOMATIC_A_DAY = 20  # from one sender, to no conversation: more are only counted in the log
DAY = timedelta(days=1)
ANSWERS_LOOKED_AT = 10  # the newest of ours, for what a mail quotes of them

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
    """Keep a mail, in one transaction. One that is here already, or ours, changes nothing.

    Its files are stored before the transaction, which is short therefore. Its words are kept also
    where there is no room for files.
    """
    mail_id = identity(mail)
    known = _is_known(mail_id) or finding.has_come_back(mail)
    question, is_late = finding.outside(mail)
    is_answer = question is not None or finding.is_answer(mail)
    is_room = room.has_room(TWICE * len(mail.whole), is_look=True)
    db.session.rollback()  # nothing is held while files are written
    if known:
        return
    files = attachments.take_in(mail.attachments, provider, is_room=is_room)
    why = [] if is_answer else doubts.of(mail, is_late=is_late)  # counted before the transaction
    original = attachments.keep_whole(mail, is_room=is_room)
    original.address, original.reply_to = mail.sender.email, automatic.asked_for(mail).email
    original.address_key = address_key(original.address)
    try:
        message = _add(mail, mail.text.strip() or NO_TEXT, why)
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


def _add(mail: InboundEmail, text: str, why: list[str]) -> Message | None:
    """Put the mail where it belongs. Returns None for one machine's mail too many."""
    question, _ = finding.outside(mail)
    if question and (talk := finding.at_its_end(question.conversation_id)):
        return _answer_question(question, talk, mail, text)
    if conversation := finding.conversation_of(mail):
        return _continue(conversation, mail, text)
    # Where it names somebody else to answer to, such as a website's form, they may have written it.
    by_machine = doubts.AUTOMATIC in why and not automatic.asked_for(mail).email
    if by_machine and _sent_today(mail.sender.email) >= AUTOMATIC_A_DAY:
        log.warning("More than %s automatic mails in a day from one sender", AUTOMATIC_A_DAY)
        return None
    return _start(mail, text, why)


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


def _answer_question(
    question: Message, conversation: Conversation, mail: InboundEmail, text: str
) -> Message:
    """Keep what somebody outside answered, as a note."""
    asked = emails.question(question)
    words = (asked.text, Markup(asked.html).striptags())  # noqa: S704 - its tags go
    name = current_app.config["ORG_NAME"]
    new, quoted = quoting.split(text, mail.subject, words, name)
    note = asking.keep_answer(
        conversation,
        quoting.shortened(new),
        sender=_who(mail),
        automatic=automatic.is_automatic(mail),
    )
    note.quoted = quoting.shortened(quoted)
    return note


def _sent_in(conversation: Conversation) -> Iterator[str]:
    """The mails with our newest answers as they left: as text, and as HTML without its tags."""
    query = (
        select(Conversation, Message)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(
            Message.direction == Direction.OUTGOING,
            or_(Conversation.id == conversation.id, Conversation.merged_into_id == conversation.id),
        )
        .order_by(Message.id.desc())
        .limit(ANSWERS_LOOKED_AT)
    )
    for one, message in db.session.execute(query):
        files, also_to = message.attachments, message.also_to
        sent = emails.reply(one, message.text, files=files, also_to=also_to)
        yield from (sent.text, Markup(sent.html).striptags())  # noqa: S704 - its tags go


def _start(mail: InboundEmail, text: str, why: list[str]) -> Message:
    """Open a conversation; where there is a reason `why`, held for a person to look at.

    When they need an answer is left to whoever reads it: it is not guessed from their words.
    """
    person = automatic.person(mail)
    outlet = kinds.outlet(person.email)
    conversation = intake.open_conversation(
        intake.Enquiry(
            kind=kinds.guess(f"{mail.subject}\n{text[: quoting.LONGEST]}", outlet),
            text=quoting.shortened(text),
            subject=mail.subject or "No subject",
            name="" if "@" in person.name else person.name,  # it would read as the address
            email=person.email,
            reply_by=Way.EMAIL,
            way=Way.EMAIL,
            outlet=outlet,
            doubts=why,
            automatic=doubts.AUTOMATIC in why,
        )
    )
    if not why:
        intake.send_receipt(conversation, emails.receipt(conversation), "")
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
            Conversation.doubts.contains(doubts.AUTOMATIC),
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
