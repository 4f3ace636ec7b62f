"""The files that go with an answer, or lie with a saved reply: taken in, described, removed.

While an answer is written they belong to its conversation, and then to the message. A file is
written first and its row is committed afterwards.
"""

from collections.abc import Sequence
from io import SEEK_END
from typing import BinaryIO, cast

from flask import current_app, request, session
from sqlalchemy import ColumnElement, update
from werkzeug.datastructures import FileStorage

from portal import antivirus, file_kinds, room, storage
from portal.delivery import files as mail_files
from portal.extensions import db, write_rows
from portal.file_kinds import MB, Unwelcome
from portal.inbox.desk.models import SavedReply
from portal.inbox.incoming.attachments import safe_name
from portal.inbox.models import Attachment, Conversation, Keeping, Message
from portal.providers.errors import TryLater
from portal.providers.webhooks.values import line
from portal.team import session as sessions
from portal.transaction import one_transaction
from portal.web import number_in

Holder = Conversation | SavedReply

ALT_LONGEST = 500
BRING_FILES = ("inbox.answer", "inbox.new_reply", "inbox.edit_reply")
REMOVE = "remove "  # and the number of a file: what a button does
NOT_SENT = "Our email company does not send this kind of file. Send it as a PDF or in a .zip."
NOT_CHECKED = "Our virus check does not answer. Try again in some minutes."
NO_ROOM = "With it, the files would have more than {most} MB together."


def allow() -> None:
    """Let the forms that may bring files do so. Before the guard, which reads them.

    They may come slowly: no transaction is open while they do. Whoever was signed in before is
    let too: what they wrote is kept for them.
    """
    brings_files = request.endpoint in BRING_FILES and request.mimetype == "multipart/form-data"
    if brings_files and sessions.KEY in session:
        db.session.rollback()
        request.max_content_length = current_app.config["INBOUND_MAX_MB"] * MB
        request.get_data(parse_form_data=True)


def take(holder: Holder, chosen: Sequence[FileStorage]) -> list[str]:
    """Keep the files that a form brought; commits. Returns which were not taken, and why."""
    if not any(one.filename for one in chosen):
        return []
    db.session.rollback()  # nothing is held while they are looked at
    rows, refused = [], []
    for one in chosen:
        name = safe_name(one.filename or "")
        try:
            if one.filename:
                rows.append(_checked(name, one))
        except storage.NoRoom:
            refused.append(f"{name}: {room.NO_ROOM}")
        except storage.Away:
            refused.append(f"{name}: {room.AWAY}")
        except (Unwelcome, TryLater) as reason:
            words = NOT_CHECKED if isinstance(reason, TryLater) else reason
            refused.append(f"{name}: {words}")
        one.close()
    return refused + (_add(holder, rows) if rows else [])


def _checked(name: str, file: FileStorage) -> Attachment:
    """The row of a file that we take, not saved yet; the file is stored.

    Raises Unwelcome, and TryLater where the virus check does not answer.
    """
    size = file.stream.seek(0, SEEK_END)
    if size == 0:
        raise Unwelcome(file_kinds.EMPTY)
    file_kinds.must_fit(size, mail_files.most_mb())
    room.must_fit(size)
    kind = file_kinds.content_type(name, file.stream)
    name = file_kinds.fitting_name(name, kind)
    if not mail_files.are_taken(name.rpartition(".")[2].lower()):
        raise Unwelcome(NOT_SENT)
    antivirus.scan(cast("BinaryIO", file.stream))
    file.stream.seek(0)
    place = storage.keep_stream(iter(lambda: file.stream.read(storage.CHUNK), b"")).place
    return Attachment(name=name, content_type=kind, size=size, state=Keeping.KEPT, place=place)


def _add(holder: Holder, rows: list[Attachment]) -> list[str]:
    """Save the rows of stored files, as many as fit; commits. Returns which do not, and why."""
    try:
        left = one_transaction(_put)(holder, rows)
    except BaseException:
        storage.discard(*(row.place for row in rows))
        raise
    storage.discard(*(row.place for row in left))
    return [f"{row.name}: {NO_ROOM.format(most=mail_files.most_mb())}" for row in left]


def _put(holder: Holder, rows: list[Attachment]) -> list[Attachment]:
    room = mail_files.most_mb() * MB - sum(file.size for file in holder.enclosures)
    left = []
    for row in rows:
        if row.size > room:
            left.append(row)
            continue
        room -= row.size
        holder.enclosures.append(row)
    return left


def put_in(saved: SavedReply, conversation: Conversation) -> list[str]:
    """Put copies of a saved reply's files with the answer; commits. Returns what went wrong."""
    rows, lost = [], []
    for file in saved.enclosures:
        try:
            room.must_fit(file.size)
            place = storage.keep_stream(storage.chunks(file.place)).place
        except (Unwelcome, storage.NoRoom):
            lost.append(f"{file.name}: {room.NO_ROOM}")
            continue
        except storage.Away:
            lost.append(f"{file.name}: {room.AWAY}")
            continue
        except FileNotFoundError:
            lost.append(f"{file.name}: It is not there any more. Add it anew.")
            continue
        same = {name: getattr(file, name) for name in ("name", "content_type", "size", "alt")}
        rows.append(Attachment(**same, state=Keeping.KEPT, place=place))
    return lost + (_add(conversation, rows) if rows else [])


@one_transaction
def remove(holder: Holder, row_id: int | None) -> None:
    """Delete a file that was to go with the answer; commits. One that is gone is no mistake."""
    file = next((one for one in holder.enclosures if one.id == row_id), None)
    if file:
        holder.enclosures.remove(file)
        db.session.delete(file)
        storage.drop(file.place)


def named_in(do: str) -> int | None:
    """The number of the file that a button removes."""
    return number_in(do.removeprefix(REMOVE))


@one_transaction
def describe(holder: Holder) -> None:
    """Keep what the form says of the pictures, where it says something new; commits."""
    for file in holder.enclosures:
        said, shown = (request.form.get(f"{name}-{file.id}") for name in ("alt", "was"))
        if said is not None and said != shown:
            file.alt = line(said, ALT_LONGEST)


def listed(holder: Holder) -> str:
    """The files by their numbers, as the page carries them: nobody sends what they did not see."""
    return ",".join(str(file.id) for file in holder.enclosures)


def undescribed(holder: Holder) -> dict[str, str]:
    """What to say of each picture that has no words yet, by the id of the field to go to."""
    return {
        f"alt-{file.id}": f"Say what “{file.name}” shows, for people who cannot see it."
        for file in holder.enclosures
        if file.is_picture and not file.alt
    }


def too_much(holder: Holder) -> str:
    """Words where the files do not fit into one mail, as they may after another one failed."""
    most = mail_files.most_mb()
    is_over = sum(file.size for file in holder.enclosures) > most * MB
    return f"The files have more than {most} MB together. Remove some." if is_over else ""


def give(conversation: Conversation, message: Message) -> None:
    """Let a message have the files that were to go with it; in the caller's transaction."""
    _move(Attachment.conversation_id == conversation.id, None, message.id)
    db.session.expire(conversation, ["enclosures"])


def give_back(conversation: Conversation, message: Message) -> None:
    """Let them go with the answer that is written now; in the caller's transaction."""
    _move(Attachment.message_id == message.id, conversation.id, None)
    db.session.expire(conversation, ["enclosures"])
    db.session.expire(message, ["attachments"])


def _move(which: ColumnElement[bool], conversation_id: int | None, message_id: int | None) -> None:
    owner = {"conversation_id": conversation_id, "message_id": message_id}
    write_rows(update(Attachment).where(which).values(owner))
