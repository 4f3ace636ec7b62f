"""Programs that read what strangers sent, so that a fault of theirs is no fault of ours.

Each gets its arguments and nothing else: no settings and no shell. It has low priority, and bounded
time and memory.
"""

import os
import resource
import subprocess
from contextlib import suppress
from typing import NamedTuple

from portal.providers.errors import TryLater

PATIENCE = 600  # seconds, for the largest that we take
NICE = 15  # so that no page waits for it
MOST_MEMORY = 2 * 1024 * 1024 * 1024  # bytes of addresses

BROKEN = "We cannot read it to the end. A part of it may be missing. Add it again."
NO_ROOM = "The disk has no room for a clean copy"


class CannotBeCleaned(Exception):
    """A file of which we do not know that nothing hidden is left in it; the text says why."""


class Ended(NamedTuple):
    """How a program ended, and what it answered."""

    code: int
    answer: bytes


def run(*command: str) -> Ended:
    """Run a program to its end. Raises CannotBeCleaned where it takes too long, and TryLater."""
    with subprocess.Popen(  # noqa: S603 - a list of our own words and paths, and no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={},
    ) as process:
        with suppress(AttributeError, OSError):  # no Linux; or it is over already
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
            resource.prlimit(process.pid, resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        try:
            answer, said = process.communicate(timeout=PATIENCE)
        except BaseException as error:
            process.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                raise CannotBeCleaned(BROKEN) from error
            raise
    if b"No space left" in said:
        raise TryLater(NO_ROOM)
    return Ended(process.returncode, answer)
