"""Asks ClamAV about a file, where CLAMD_SOCKET says that there is one."""

from __future__ import annotations

import logging
from typing import BinaryIO

from clamav_client.clamd import BufferTooLongError, ClamdError
from clamav_client.scanner import ClamdScanner
from flask import current_app

from portal.inbox.file_kinds import Unwelcome
from portal.providers.base import TryLater

log = logging.getLogger(__name__)

PATIENCE = 300.0  # seconds without a word from it
CLEAN, INFECTED = "OK", "FOUND"

HAS_A_VIRUS = (
    "Our virus check found something harmful in it. Check your device, and add another copy."
)


def is_wanted() -> bool:
    """Whether a file must be scanned before anybody gets it."""
    return bool(current_app.config["CLAMD_SOCKET"])


def scan(file: BinaryIO) -> None:
    """Have the whole file looked at, streamed. Does nothing where no scanner is set.

    Raises Unwelcome where something harmful is in it, and TryLater where the
    scanner gave no answer: it is down, or its own limits are too small.
    """
    if not is_wanted():
        return
    file.seek(0)
    try:
        verdict, name = _ask(file)
    except BufferTooLongError as error:
        log.error("StreamMaxLength in clamd.conf is smaller than a file. It is held until then.")
        raise TryLater("StreamMaxLength in clamd.conf is too small") from error
    except (ClamdError, OSError, ValueError) as error:
        raise TryLater(f"CLAMD_SOCKET does not answer: {error}") from error
    if verdict == INFECTED:
        log.warning("ClamAV found %s", name)
        raise Unwelcome(HAS_A_VIRUS)
    if verdict != CLEAN:
        raise TryLater(f"ClamAV could not look at it: {name}")


def _ask(file: BinaryIO) -> tuple[str, str | None]:
    """What the scanner says, and about what. Raises ClamdError, OSError or ValueError."""
    scanner = ClamdScanner({"address": current_app.config["CLAMD_SOCKET"], "timeout": PATIENCE})
    found = scanner.client.instream(file)
    return found.get("stream", ("", "it hung up"))
