"""The files that come with mails: what we take, where it is kept, and how the team gets it.

A file is written first and its row is committed afterwards. What a provider
keeps for us is fetched by the worker.
"""

from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage

from flask import current_app
from huey import crontab
from sqlalchemy import ColumnElement, Select, func, select, update

from portal import file_kinds, later, room, storage
from portal.delivery.providers import get_providers
from portal.extensions import db, huey, now, write_rows
from portal.inbox.incoming import quoting
from portal.inbox.models import Attachment, Keeping, Message, Original
from portal.providers.errors import Refused, SetupError
from portal.providers.protocols import FileKeeper
from portal.providers.values import InboundAttachment, InboundEmail
from portal.providers.webhooks import mime
from portal.providers.webhooks.values import NAME_LONGEST as LONGEST_SENT
from portal.providers.webhooks.values import line
from portal.room import SITE

MOST = 100  # files of one mail
NAME_LONGEST = 120

BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 900))
SWEEP_AFTER = timedelta(minutes=30)  # by then the tries above are over, or the queue lost them
GIVE_UP_AFTER = timedelta(days=7)

NO_CONTENT = "It came without its content. Ask the person to send it again."
GAVE_UP = "The mail provider did not hand it over in a week. Ask the person to send it again."
TOO_MANY = (
    "We list {most} files of a mail. Look for the rest in the whole mail, or ask for them again: "
    "{names}"
)
NO_ROOM = "It was not kept: our server had no room for it. Ask the person to send it again."
NAMES_LONGEST = 2_000  # letters

room.counted[SITE] |= {
    "files of mails": select(func.sum(Attachment.size)).where(Attachment.state == Keeping.KEPT),
    "whole mails": select(func.sum(Original.size)),
}


def take_in(
    files: Sequence[InboundAttachment], provider: str, *, is_room: bool = True
) -> list[Attachment]:
    """The rows for a mail's files, not saved yet; what came with the mail is stored already.

    Where there is no room for them they are named alone.
    """
    rows = [_take_in(file, provider, is_room=is_room) for file in files[:MOST]]
    if more := files[MOST:]:
        names = ", ".join(clean_name(file.name) for file in more)[:NAMES_LONGEST]
        rows.append(_refused(f"{len(more)} more", TOO_MANY.format(most=MOST, names=names)))
    return rows


def keep_whole(mail: InboundEmail, *, is_room: bool = True) -> Original:
    """The row for a mail as it came, not saved yet; it is stored already, if there was room."""
    if not is_room:
        return Original(place="", size=0)
    return Original(place=storage.keep(mail.whole), size=len(mail.whole))


def discard(rows: Sequence[Attachment], *originals: Original) -> None:
    """Remove the files of rows that were not saved after all."""
    storage.discard(*(row.place for row in rows if row.state is Keeping.KEPT))
    storage.discard(*(row.place for row in originals))


def forget(conversation_id: int) -> None:
    """Delete the files and whole mails of a conversation, in the caller's transaction."""
    ids = select(Message.id).where(Message.conversation_id == conversation_id)
    _forget(ids, Attachment.message_id.in_(ids) | (Attachment.conversation_id == conversation_id))


def forget_mails(ids: Sequence[int]) -> None:
    """Delete the files and whole mails of some messages, in the caller's transaction."""
    _forget(ids, Attachment.message_id.in_(ids))


def _forget(ids: Sequence[int] | Select[int], theirs: ColumnElement[bool]) -> None:
    rows = db.session.scalars(select(Attachment).where(theirs)).all()
    originals = db.session.scalars(select(Original).where(Original.message_id.in_(ids))).all()
    for row in (*rows, *originals):
        db.session.delete(row)
    storage.drop(*(row.place for row in rows if row.state is Keeping.KEPT))
    storage.drop(*(row.place for row in originals))


def safe_name(name: str) -> str:
    """A name that can be shown and kept: without folders, hidden marks or line breaks."""
    return clean_name(line(name, LONGEST_SENT))


def clean_name(name: str) -> str:
    """The last part of a name, short enough for any disk, and never hidden."""
    last = name.replace("\\", "/").rpartition("/")[2].strip(" .")
    stem, dot, end = last.rpartition(".")
    if len(last) > NAME_LONGEST and dot:
        return f"{stem[: NAME_LONGEST - len(end) - 1]}.{end}"[-NAME_LONGEST:]
    return last[:NAME_LONGEST] or "file"


def fetch_soon(rows: Sequence[Attachment]) -> None:
    """Ask the worker for the files that the provider keeps for us. The sweep finds lost ones."""
    for row in rows:
        if row.state is Keeping.FETCHING:
            later.ask(f"attachment {row.id}", fetch, row.id, 0)


def _take_in(file: InboundAttachment, provider: str, *, is_room: bool) -> Attachment:
    name = clean_name(file.name)
    if file.content is not None and not is_room:
        return _refused(name, NO_ROOM)
    if file.content is not None:
        return _keep(Attachment(name=name), file.content)
    if not file.token:
        return _refused(name, NO_CONTENT)
    return Attachment(name=name, state=Keeping.FETCHING, place=f"{provider}:{file.token}")


def _refused(name: str, reason: str) -> Attachment:
    return Attachment(name=name, state=Keeping.REFUSED, reason=reason)


def _keep(row: Attachment, content: bytes) -> Attachment:
    """Store a file that we take; fill in its row, or say in it why not."""
    row.size, row.place = len(content), ""
    try:
        file_kinds.must_fit(row.size, current_app.config["ATTACHMENT_MAX_MB"])
        row.content_type = file_kinds.content_type(row.name, content)
        row.reason = file_kinds.password_note(row.name, content)
    except file_kinds.Unwelcome as refusal:
        row.state, row.reason = Keeping.REFUSED, str(refusal)
    else:
        row.state, row.place = Keeping.KEPT, storage.keep(content)
    return row


@later.tried_again("attachment", BACK_OFF)
def fetch(row_id: int) -> None:
    """Get one file from the provider, and store it. Safe to run any number of times.

    Raises TryLater where the provider does not hand it over now, or there is no room for it.
    """
    row = db.session.get(Attachment, row_id)
    name, place = (row.name, row.place) if row and row.state is Keeping.FETCHING else ("", "")
    db.session.rollback()  # nothing is held while the provider answers
    if not place:
        return
    if not room.has_room(current_app.config["ATTACHMENT_MAX_MB"] * file_kinds.MB):
        raise storage.NoRoom("There is no room for more files")
    words = ""
    try:
        content = _download(place)
        found = _keep(Attachment(name=name), content)
        if found.state is Keeping.REFUSED:
            found = _keep_in_mail(name, content, found.reason)
        elif name.lower().endswith(mime.MAIL_END):
            words = quoting.shortened(mime.in_another(content))
    except (Refused, SetupError) as error:
        found = _refused(name, f"{error} Ask the person to send it again.")
    _settle(row_id, found, words)


def _download(place: str) -> bytes:
    """The content of a file that a provider keeps. No transaction is open meanwhile."""
    name, _, token = place.partition(":")
    provider = get_providers().caller(name)
    if not isinstance(provider, FileKeeper):
        raise Refused("Its provider is not known any more.")
    return provider.fetch(token, current_app.config["INBOUND_MAX_MB"] * file_kinds.MB)


def _keep_in_mail(name: str, content: bytes, reason: str) -> Attachment:
    """A file that we do not take, kept in a mail as all of them are that came with their mails."""
    mail = EmailMessage()
    mail["Subject"] = name
    mail.add_attachment(content, "application", "octet-stream", filename=name)
    whole = bytes(mail)
    kept = Attachment(name=f"{name}.eml", state=Keeping.KEPT, size=len(whole), reason=reason)
    kept.place, kept.content_type = storage.keep(whole), "message/rfc822"
    return kept


def _settle(row_id: int, found: Attachment, words: str = "") -> None:
    """Save what became of a file, and the words of a mail, unless another worker was quicker."""
    waiting = (Attachment.id == row_id) & (Attachment.state == Keeping.FETCHING)
    values = {
        "name": found.name,
        "state": found.state,
        "place": found.place or "",
        "content_type": found.content_type or "",
        "size": found.size or 0,
        "reason": found.reason or "",
    }
    settled = write_rows(update(Attachment).where(waiting).values(values))
    if settled.rowcount and words:
        message_id = select(Attachment.message_id).where(Attachment.id == row_id)
        write_rows(
            update(Message)
            .where(Message.id == message_id.scalar_subquery())
            .values(text=Message.text + f"\n\n{words}")
        )
    db.session.commit()
    if not settled.rowcount:
        discard([found])


@huey.periodic_task(crontab(minute="*/30"))  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Every half hour: try the files once more that are still missing; give up after a week."""
    moment = now()
    left = (
        select(Attachment.id, Attachment.name, Message.created_at)
        .join(Message, Message.id == Attachment.message_id)
        .where(Attachment.state == Keeping.FETCHING, Message.created_at < moment - SWEEP_AFTER)
        .order_by(Attachment.id)
    )
    for row_id, name, came_at in later.forgotten(left):
        if came_at < moment - GIVE_UP_AFTER:
            _settle(row_id, _refused(name, GAVE_UP))
        else:
            later.ask(f"attachment {row_id}", fetch, row_id, len(BACK_OFF))
