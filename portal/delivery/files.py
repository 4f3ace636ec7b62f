"""The files of a mail: which fit, whoever sends it; and reading those that the storage keeps."""

from dataclasses import replace

from portal import storage
from portal.delivery.providers import get_providers
from portal.file_kinds import MB
from portal.providers.errors import Refused, StillAtWork
from portal.providers.values import Email, MailFile

WORDS_MOST = 1_000_000  # bytes of a mail that its words and headers may need
OF_A_FILE = 0.73  # of the rest are a file's own: base64 makes four of three, and breaks lines


def most_mb() -> int:
    """How many MB of files fit into one mail, at all providers that may send it."""
    smallest = min(one.largest_mail for one in get_providers().senders)
    return int((smallest - WORDS_MOST) * OF_A_FILE) // MB


def are_taken(end: str) -> bool:
    """Whether all providers that may send it take a file whose name has that end."""
    return all(not one.file_ends or end in one.file_ends for one in get_providers().senders)


def read(email: Email) -> Email:
    """The mail with the content of its files.

    Raises Refused where one is gone, and StillAtWork where the bucket is away: that is no fault of
    the provider, which does not rest for it.
    """
    return replace(email, attachments=tuple(map(_read, email.attachments)))


def _read(file: MailFile) -> MailFile:
    if not file.place:
        return file
    try:
        with storage.read(file.place) as stored:
            return replace(file, content=stored.read(), place="")
    except FileNotFoundError:
        raise Refused(f"The file {file.name} is not there any more, so nothing was sent.") from None
    except storage.Away as error:
        raise StillAtWork(str(error)) from error
