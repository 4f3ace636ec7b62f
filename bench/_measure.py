"""What the measurements share: two sides, each in a process of its own, that take turns."""

import multiprocessing
import os
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import IO, Any, NamedTuple

import psycopg
from sqlalchemy import make_url

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432")

SITE = {"Host": "portal.test"}  # what `production` is asked for
GUNICORNS_OWN = ("--worker-class", "gthread")  # the processes of a bare app

Prepare = Callable[[int], Callable[[], None]]
"""Makes what `n` requests need, and returns the work itself: only that is measured."""


class Figures(NamedTuple):
    """What one thing cost, in seconds."""

    wall: float
    processor: float


class Side:
    """One of two that are compared. `setup(*arguments)` runs in its process and gives `Prepare`."""

    def __init__(self, setup: Callable[..., Prepare], *arguments: object) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, setup, arguments), daemon=True)
        self._process.start()
        theirs.close()

    def run(self, times: int) -> Figures:
        """Do it so many times and return what one took. Raises EOFError if that fails."""
        self._pipe.send(times)
        wall, processor = self._pipe.recv()
        return Figures(wall / times, processor / times)

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join()


def _serve(pipe: Any, setup: Callable[..., Prepare], arguments: tuple[object, ...]) -> None:
    prepare = setup(*arguments)
    while True:
        try:
            times = pipe.recv()
        except EOFError:
            return
        work = prepare(times)
        processor, wall = time.process_time(), time.perf_counter()
        work()
        pipe.send((time.perf_counter() - wall, time.process_time() - processor))


@contextmanager
def sides(*setups: tuple[Any, ...]) -> Iterator[list[Side]]:
    """The sides, which are ended in any case."""
    started = [Side(*setup) for setup in setups]
    try:
        yield started
    finally:
        for side in started:
            side.close()


def in_turns(ours: Side, bare: Side, times: int, rounds: int) -> list[tuple[Figures, Figures]]:
    """Both by turns, so that noise hits both; the first round only warms them up."""
    results = [(ours.run(times), bare.run(times)) for _ in range(rounds + 1)]
    return results[1:]


def show(name: str, figures: list[Figures]) -> None:
    """Print what one side did."""
    wall = median(each.wall for each in figures)
    processor = median(each.processor for each in figures)
    print(f"  {name:<8} {1 / wall:8.0f} a second, processor time {processor * 1000:7.3f} ms each")


def show_ratio(what: str, ratios: list[float], *, least: float = 0, most: float = 0) -> None:
    """Print the median of a ratio against its budget, if it has one."""
    ratio = median(ratios)
    line = f"  {what}: {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    if least or most:
        met = ratio >= least and ratio <= (most or ratio)
        budget = f"at least {least}" if least else f"at most {most}"
        line += f"; budget {budget}: {'met' if met else 'OVER BUDGET'}"
    print(line)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder on the disk where the portal's own data would be; /tmp may be in memory."""
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as folder:
        yield Path(folder)


@contextmanager
def postgres_databases(number: int) -> Iterator[list[str]]:
    """Addresses of new databases, dropped afterwards; raises OperationalError with no server."""
    url = make_url(POSTGRES)
    plain = url.set(drivername="postgresql", database=url.database or "postgres")
    address = plain.render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True, connect_timeout=5) as server:
        names = [f"portal_bench_{uuid.uuid4().hex}" for _ in range(number)]
        try:
            for name in names:
                server.execute(f"CREATE DATABASE {name}")
            yield [url.set(database=name).render_as_string(hide_password=False) for name in names]
        finally:
            for name in names:
                server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def production(folder: Path, **changes: str) -> dict[str, str]:
    """The environment of a portal in production, with nothing of this machine in it."""
    return {
        "SECRET_KEY": "a secret for measurements, long enough",
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'portal.db'}",
        "QUEUE_URL": f"sqlite:///{folder / 'queue.db'}",
        "SITE_URL": "https://portal.test",
        "FORM_MIN_SECONDS": "0",
        "MAIL_PROVIDER": "brevo",
        "AUDIENCE_PROVIDER": "brevo",
        "BREVO_API_KEY": "none",
        "BREVO_API_URL": "http://127.0.0.1:9",
        "UNPROVED_MAILS_PER_HOUR": "1000000",
    } | changes


def calls(rfile: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The requests on a connection that is kept, each with its body: HTTP as far as we need it."""
    while request := rfile.readline().strip():
        length = 0
        while line := rfile.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        yield request, rfile.read(length)


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def wait_for(port: int, seconds: float = 30) -> None:
    """Return once somebody listens there; raises OSError where nobody does in time."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def main(measure: Callable[[], None]) -> None:
    """Exit with 1 if the measurement could not be made; a missed budget is only printed."""
    try:
        measure()
    except Exception as error:
        sys.exit(f"  The measurement could not be made: {type(error).__name__}: {error}")
