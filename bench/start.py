"""What a web process takes after its start, and how soon the first answer comes.

Both start under gunicorn with the portal's own gunicorn.conf.py and two worker processes. The
bare one is a Flask app with Flask-SQLAlchemy whose view asks its database for a number.
Huey loads the clients of Redis and PostgreSQL wherever they are installed, as the tests' tools
are. So there are two runs: without them, as `make run` installs the portal, and with them.
"""

import http.client
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench._measure import ROOT, Figures, main, production, scratch, show_ratio

ROUNDS, LONGEST = 5, 60
MEGABYTE = 1e6
BARE = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db = SQLAlchemy(app)


@app.get("/newsletter/")
def number():
    return str(db.session.scalar(text("SELECT 1")))
"""


class Start(NamedTuple):
    """One start: times in seconds, and the memory of the largest worker process in bytes."""

    figures: Figures
    memory: int


def start(app: str, env: dict[str, str], folder: Path) -> Start:
    """Start it, ask for the sign-up page, and stop it again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", app]
    command += ["--config", str(ROOT / "gunicorn.conf.py"), "--log-level", "error"]
    command += ["--pythonpath", str(folder)]
    used = _processor()
    begun = time.perf_counter()
    server = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        _first_answer(server, port)
        wall = time.perf_counter() - begun
        memory = max(_memory(pid) for pid in _children(server.pid))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(LONGEST)
    return Start(Figures(wall, _processor() - used), memory)


def _processor() -> float:
    """What the processes that this one started and waited for have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _first_answer(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline and server.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
        try:
            connection.request("GET", "/newsletter/")
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


def _children(pid: int) -> list[str]:
    """The worker processes of a server."""
    command = ["ps", "-A", "-o", "ppid=,pid="]
    pairs = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [child for parent, child in map(str.split, pairs) if parent == str(pid)]


def _memory(pid: str) -> int:
    """The resident memory, pages that are shared with others included."""
    command = ["ps", "-o", "rss=", "-p", pid]
    return 1024 * int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


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
        env = {"PATH": os.environ["PATH"], "WEB_CONCURRENCY": "2"} | production(folder / "var")
        migrate(env)
        compare("as make run installs it", env | {"PYTHONPATH": str(hidden)}, folder)
        compare("with the clients of Redis and PostgreSQL", env, folder)


def compare(name: str, env: dict[str, str], folder: Path) -> None:
    print(f"Web process after its start, {name}")
    # The first start of each writes Python's bytecode, and is not counted.
    pairs = [
        (start("wsgi:app", env, folder), start("bench_bare:app", env, folder))
        for _ in range(ROUNDS + 1)
    ][1:]
    _show("portal", [ours for ours, _ in pairs])
    _show("bare", [bare for _, bare in pairs])
    walls = [ours.figures.wall / bare.figures.wall for ours, bare in pairs]
    show_ratio("time to the first answer", walls, most=2)
    processor = [ours.figures.processor / bare.figures.processor for ours, bare in pairs]
    show_ratio("processor time, stop included", processor)
    show_ratio("memory in MB", [ours.memory / MEGABYTE for ours, _ in pairs], most=120)


def _show(name: str, starts: list[Start]) -> None:
    wall = median(one.figures.wall for one in starts)
    memory = median(one.memory for one in starts) / MEGABYTE
    print(f"  {name:<8} first answer after {wall:.2f} s, {memory:.0f} MB in a worker process")


if __name__ == "__main__":
    main(measure)
