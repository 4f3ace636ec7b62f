"""Asks ClamAV about a file, where CLAMD_SOCKET says that there is one."""

import logging
from typing import BinaryIO

from flask import current_app

from portal.file_kinds import Unwelcome
from portal.providers.errors import TryLater

log = logging.getLogger(__name__)

PATIENCE = 300.0  # seconds without a word from it
CLEAN, INFECTED = "OK", "FOUND"
TOO_LARGE_FOR_IT = "Heuristics.Limits.Exceeded"  # what it says with AlertExceedsMax

HAS_A_VIRUS = "Our virus check found something harmful in it. Add a clean copy."


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
    from clamav_client.clamd import BufferTooLongError, ClamdError  # noqa: PLC0415 - for few starts
    from clamav_client.scanner import ClamdScanner  # noqa: PLC0415

    file.seek(0)
    address = current_app.config["CLAMD_SOCKET"]
    try:
        scanner = ClamdScanner({"address": address, "timeout": PATIENCE})
        found = scanner.client.instream(file)
    except (BufferTooLongError, BrokenPipeError, ConnectionResetError) as error:
        raise TryLater(
            "ClamAV hung up: StreamMaxLength in clamd.conf may be too small for it"
        ) from error
    except (ClamdError, OSError, ValueError) as error:
        raise TryLater(f"CLAMD_SOCKET does not answer: {error}") from error
    verdict, name = found.get("stream", ("", "it hung up"))
    if verdict == INFECTED and (name or "").startswith(TOO_LARGE_FOR_IT):
        raise TryLater(f"clamd.conf has limits that are too small for it: {name}")
    if verdict == INFECTED:
        log.warning("ClamAV found %s", name)
        raise Unwelcome(HAS_A_VIRUS)
    if verdict != CLEAN:
        raise TryLater(f"ClamAV could not look at it: {name}")
