"""A bucket that hangs keeps few threads, and those not for long; all others hear of it at once."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from flask import Flask

from portal.gates import Gate, Shut
from portal.providers.errors import TryLater

CONNECT, SILENCE, WHOLE = 2.0, 4.0, 12.0  # seconds: to connect, between two bytes, for one call
TRIES = 2
REST = 5.0  # seconds in which nobody asks again
# Of the four threads of a web process so many may wait at once, and seconds after which nobody
# waits for one of these any more. What is written comes in larger pieces.
READERS, READ_WITHIN = 2, 0.5
WRITERS, WRITTEN_WITHIN = 3, 4.0
READ_AT_ONCE = 1024 * 1024  # bytes


class Away(TryLater):
    """The bucket does not answer now. Nothing of what was to be written stays, or a sweep finds it.

    A file that is missing is not that.
    """


class BucketGates:
    """Who wants to read waits at one, who wants to write at the other."""

    def __init__(self) -> None:
        self._reading = Gate(REST, READERS, READ_WITHIN)
        self._writing = Gate(REST, WRITERS, WRITTEN_WITHIN)

    @contextmanager
    def asked(self, *, writes: bool = False) -> Iterator[None]:
        """Ask it for something. Raises Away, and FileNotFoundError."""
        gate = self._writing if writes else self._reading
        try:
            with gate.through(FileNotFoundError):
                yield
        except FileNotFoundError:
            raise
        except Shut:
            raise Away("The bucket of UPLOADS_URL did not answer a moment ago") from None
        except Exception as error:
            for other in (self._reading, self._writing):
                other.shut()
            kind = type(error).__name__  # its words may quote keys
            raise Away(f"The bucket of UPLOADS_URL does not answer ({kind})") from error


class BucketFile(io.RawIOBase):
    """A file in a bucket that is read: each time it is asked, few may wait."""

    def __init__(self, file: Any, bucket: BucketGates) -> None:
        super().__init__()
        self._file, self._bucket = file, bucket

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go there: the bucket is not asked for that."""
        return int(self._file.seek(offset, whence))

    def readinto(self, buffer: Any) -> int:
        """Read some bytes. Raises Away."""
        with self._bucket.asked():
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Give it up."""
        self._file.close()
        super().close()


def options_of(url: str) -> dict[str, Any]:
    """What the file system at an address is to be made with."""
    if "://" not in url:
        return {"auto_mkdir": True}
    if not url.startswith("s3://"):
        return {}
    return {
        "use_listings_cache": False,  # other processes write too, and it never forgets
        "config_kwargs": {
            "connect_timeout": CONNECT,
            "read_timeout": SILENCE,
            "retries": {"total_max_attempts": TRIES},
            "http_session_cls": _session(),
        },
    }


@cache
def _session() -> Any:
    """A session whose calls end: a server that sends a byte now and then is never silent."""
    from aiobotocore.httpsession import AIOHTTPSession  # noqa: PLC0415 - an extra
    from aiohttp import ClientTimeout  # noqa: PLC0415

    class BoundedSession(AIOHTTPSession):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._timeout = ClientTimeout(WHOLE, sock_connect=CONNECT, sock_read=SILENCE)

    return BoundedSession


def of_app(app: Flask) -> BucketGates:
    """Those of an app."""
    found: BucketGates = app.extensions.setdefault("bucket gates", BucketGates())
    return found
