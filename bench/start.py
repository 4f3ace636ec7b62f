"""What the web processes take after their start, and how soon the first answer comes; on Linux.

Both start under gunicorn with the portal's own gunicorn.conf.py and two worker processes. The
bare one is Flask, whose view answers with a word, in gunicorn's own kind of process. Huey loads
the clients of Redis and PostgreSQL wherever they are installed, as the tests' tools are. So there
are two runs: without them, as `make run` installs the portal, and with them.
"""

import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench._measure import (
    GUNICORNS_OWN,
    ROOT,
    SITE,
    Figures,
    free_port,
    main,
    production,
    scratch,
    show_ratio,
)

ROUNDS, LONGEST, WORKERS = 5, 60, 2
MEGABYTE = 1e6
BARE = """
from flask import Flask

app = Flask(__name__)


@app.get("/newsletter/")
def word():
    return "word"
"""


class Start(NamedTuple):
    """One start: times in seconds, and the memory of all its processes in bytes."""

    figures: Figures
    memory: int


def start(app: str, env: dict[str, str], folder: Path, *options: str) -> Start:
    """Start it, ask for the sign-up page, and stop it again."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", app]
    command += ["--config", str(ROOT / "gunicorn.conf.py"), "--log-level", "error"]
    command += ["--pythonpath", str(folder), *options]
    begun = time.perf_counter()
    server = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        _first_answer(server, port)
        wall = time.perf_counter() - begun
        processor = sum(map(_processor, _processes(server.pid)))
        while len(_processes(server.pid)) < 1 + WORKERS:
            time.sleep(0.02)
        time.sleep(0.5)  # the second one has its threads to start
        memory = sum(map(_memory, _processes(server.pid)))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(LONGEST)
    return Start(Figures(wall, processor), memory)


def _first_answer(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline and server.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
        try:
            connection.request("GET", "/newsletter/", headers=SITE)
            answer = connection.getresponse()
            answer.read()
        except ConnectionError:
            time.sleep(0.002)
            continue
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"the first answer was {answer.status}")
        return
    raise RuntimeError("the server did not answer")


def _processes(pid: int) -> list[int]:
    """The server and its worker processes."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def _processor(pid: int) -> float:
    """The processor time that a process has used."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> int:
    """The memory of a process, with its part of each page that it shares with others."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def migrate(env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "flask", "db", "upgrade"]
    subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)


def measure() -> None:
    with scratch() as folder:
        (folder / "bench_bare.py").write_text(BARE)
        hidden = folder / "hidden"
        hidden.mkdir()
        for name in ("redis", "psycopg"):
            (hidden / f"{name}.py").write_text("raise ImportError\n")
        env = {"PATH": os.environ["PATH"], "WEB_CONCURRENCY": str(WORKERS)} | production(
            folder / "var"
        )
        migrate(env)
        compare("as make run installs it", env | {"PYTHONPATH": str(hidden)}, folder)
        compare("with the clients of Redis and PostgreSQL", env, folder)


def compare(name: str, env: dict[str, str], folder: Path) -> None:
    print(f"Web processes after their start, {name}")
    # The first start of each writes Python's bytecode, and is not counted.
    pairs = [
        (start("wsgi:app", env, folder), start("bench_bare:app", env, folder, *GUNICORNS_OWN))
        for _ in range(ROUNDS + 1)
    ][1:]
    _show("portal", [ours for ours, _ in pairs])
    _show("bare", [bare for _, bare in pairs])
    walls = [ours.figures.wall / bare.figures.wall for ours, bare in pairs]
    show_ratio("time to the first answer", walls, most=3.5)
    processor = [ours.figures.processor / bare.figures.processor for ours, bare in pairs]
    show_ratio("processor time until then", processor, most=3.5)
    show_ratio("memory of all in MB", [ours.memory / MEGABYTE for ours, _ in pairs], most=110)


def _show(name: str, starts: list[Start]) -> None:
    wall = median(one.figures.wall for one in starts)
    processor = median(one.figures.processor for one in starts)
    memory = median(one.memory for one in starts) / MEGABYTE
    print(
        f"  {name:<8} first answer after {wall:.2f} s, {processor:.2f} s of them on a processor, "
        f"{memory:.0f} MB"
    )


if __name__ == "__main__":
    main(measure)
