"""An import of 20,000 people, while press enquiries, answers and sign-ups come in.

How soon does each leave: an enquiry's alert, counted from its commit, an answer, a confirmation?

All of it are real processes: gunicorn with two web processes, a worker with four threads, the
import's command, eight people who sign up over HTTP, the team that answers and is alerted, and a
provider that takes 20 to 50 ms for a call. An answer may be taken back for half a minute; it counts
from then on: that is when the team's page says that it leaves. `--people` changes the 20,000, and
`--clients` the eight, on a machine that has other work.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import random
import re
import resource
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median, quantiles
from typing import Any, ClassVar

import psycopg
import requests

from bench import _measure
from bench._measure import ROOT, calls, free_port, production

PEOPLE, CLIENTS, LONGEST = 20_000, 8, 3600
THINKS, TEAM_PAUSE = (0.2, 0.6), 0.5  # seconds between two sign-ups of one client, two deeds
QUIET = 10  # seconds before the import
LEAVES_WITHIN, ANSWERED_WITHIN = 10, 0.3  # seconds, 99 and 95 of a hundred
PROCESSOR_WITHIN = 60 / 200_000  # seconds, for each of the people
LOCKED = "database is locked"
Times = dict[str, float]


class Provider(socketserver.StreamRequestHandler):
    """Takes every call after a while, and tells when."""

    numbers = itertools.count(1)
    mails: ClassVar[Times] = {}
    contacts: ClassVar[list[int]] = []

    def handle(self) -> None:
        for request, content in calls(self.rfile):
            body = json.loads(content or b"{}")
            if request.startswith(b"GET /taken"):
                words = json.dumps([self.mails, sum(self.contacts)])
            else:
                self.note(request.split()[1], body, time.time())
                time.sleep(random.uniform(0.02, 0.05))
                words = json.dumps({"messageId": f"<{next(self.numbers)}@provider.test>"})
            self.wfile.write(
                b"HTTP/1.1 201 Whatever\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(words), words.encode())
            )

    def note(self, path: bytes, body: dict[str, Any], moment: float) -> None:
        match path:
            case b"/smtp/email":
                self.mails.setdefault(body["to"][0]["email"], moment)
            case b"/alert":
                self.mails.setdefault(body["message"], moment)
            case b"/contacts/import":
                self.contacts.append(len(body["jsonBody"]))
            case b"/contacts":
                self.contacts.append(1)


def serve(pipe: Any) -> None:
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Provider) as server:
        pipe.send(server.server_address[1])
        server.serve_forever()


def sign_up(pipe: Any, site: str, number: int) -> None:
    """So many people at a time, until the pipe says to stop; tells when each was answered."""
    stop, answered, waits = threading.Event(), {}, []

    def client(number: int) -> None:
        with requests.Session() as session:
            page = session.get(f"{site}/newsletter/", timeout=LONGEST).text
            hidden = dict(re.findall(r'name="(csrf_token|stamp)"[^>]* value="([^"]+)"', page))
            for each in itertools.count():
                email = f"c{number}-{each}@signup.example"
                begun = time.time()
                answer = session.post(
                    f"{site}/newsletter/",
                    hidden | {"email": email},
                    timeout=LONGEST,
                    allow_redirects=False,
                )
                if answer.status_code != 303:
                    raise RuntimeError(f"a sign-up was answered {answer.status_code}")
                answered[email] = time.time()
                waits.append((begun, answered[email] - begun))
                if stop.wait(random.uniform(*THINKS)):
                    return

    clients = [threading.Thread(target=client, args=(number,)) for number in range(number)]
    for one in clients:
        one.start()
    pipe.recv()
    stop.set()
    for one in clients:
        one.join()
    pipe.send((answered, waits))


def team(pipe: Any, env: dict[str, str]) -> None:
    """An enquiry and an answer by turns, until the pipe says to stop; tells when each may go."""
    from portal import create_app  # noqa: PLC0415 - loaded in its own process
    from portal.config import load_config  # noqa: PLC0415
    from portal.extensions import db  # noqa: PLC0415
    from portal.inbox import links  # noqa: PLC0415
    from portal.inbox.desk import replies  # noqa: PLC0415
    from portal.inbox.models import Kind  # noqa: PLC0415
    from portal.ways import Way  # noqa: PLC0415
    from tests.inbox import a_conversation  # noqa: PLC0415
    from tests.team import a_member  # noqa: PLC0415

    alerts, answers = {}, {}
    app = create_app(load_config(env))
    for number in itertools.count():
        with app.app_context():
            member = db.session.get(replies.Member, 1) or a_member()
            email = f"{number}@answer.example"
            talk = a_conversation(email=email)
            replies.answer(talk, member, "Yes, it is warm.", Way.EMAIL)
            answers[email] = time.time() + member.undo_seconds
            enquiry = a_conversation(kind=Kind.PRESS)
            alerts[links.inbox_url(enquiry)] = time.time()
        if pipe.poll(TEAM_PAUSE):
            pipe.send((alerts, answers))
            return


@contextmanager
def beside(work: Callable[..., None], *arguments: object) -> Iterator[Any]:
    """A process of ours, and the pipe to it."""
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        yield pipe
    finally:
        process.terminate()
        process.join()


@contextmanager
def running(log: Path, env: dict[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program of ours in a group of its own, which is ended with it."""
    shielded = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1", "FLASK_SKIP_DOTENV": "1"}
    with log.open("ab") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=shielded | env,
            stdout=words,
            stderr=words,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(LONGEST)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it took too long")
        time.sleep(0.1)


def answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.RequestException:
        return False


def compare(name: str, folder: Path, env: dict[str, str], people: int, clients: int) -> None:
    """Run it on one kind of database, and print what was seen."""
    site = f"http://127.0.0.1:{free_port()}"
    file, log = folder / "people.csv", folder / "log"
    lines = "".join(f"p{number}@import.example,Person {number},,\n" for number in range(people))
    file.write_text("email,name,topics,format\n" + lines)
    with beside(serve) as provider:
        url = f"http://127.0.0.1:{provider.recv()}"
        env |= {"BREVO_API_URL": url, "ALERT_URLS": url.replace("http", "json") + "/alert"}
        env |= {"RATELIMIT_ENABLED": "0", "DEVELOPMENT": "1"}
        subprocess.run(
            [sys.executable, "-m", "flask", "db", "upgrade"],
            cwd=ROOT,
            env=os.environ | env,
            check=True,
            capture_output=True,
        )
        web = ("gunicorn", "wsgi:app", "--bind", site.removeprefix("http://"))
        imports = ("flask", "newsletter", "import", str(file), "--wording", "I agree")
        with running(log, env, *web), running(log, env, "flask", "worker", "--threads", "4"):
            until(lambda: answers(f"{site}/newsletter/"))
            with beside(sign_up, site, clients) as public, beside(team, env) as staff:
                time.sleep(QUIET)
                begun, before = time.time(), processor_of_children()
                with running(log, env, *imports) as command:
                    command.wait(LONGEST)
                read, processor = time.time(), processor_of_children() - before
                taken = lambda: requests.get(f"{url}/taken", timeout=60).json()  # noqa: E731
                until(lambda: taken()[1] >= people)
                ended = time.time()
                public.send("stop")
                staff.send("stop")
                signups, waits = public.recv()
                alerts, replies = staff.recv()
            until(lambda: all(each in taken()[0] for each in (*signups, *replies)))
            mails, _ = taken()
            alerts = {each: at for each, at in alerts.items() if each in mails}  # ten in an hour
            wanted = {"sign-ups": signups, "answers": replies, "alerts": alerts}
    print(f"Import of {people} people on {name}: read in {read - begun:.0f} s", end="")
    most = PROCESSOR_WITHIN * people
    print(f", with {processor:.1f} s of a processor (at most {most:.1f})", end="")
    print(f", all of them at the provider after {ended - begun:.0f} s")
    for what, left in wanted.items():
        late = [max(0.0, mails[each] - moment) for each, moment in left.items() if moment > begun]
        show(f"{what} leave after", late, 99, LEAVES_WITHIN)
    busy = [wait for at, wait in waits if begun < at < read]
    show("a sign-up is answered after", busy, 95, ANSWERED_WITHIN)
    show("  while nothing is imported", [wait for at, wait in waits if at < begun], 95, 0)
    print(f"  “{LOCKED}” in the log: {log.read_text().count(LOCKED)} times, at most 0")


def processor_of_children() -> float:
    """Seconds, of the programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def show(what: str, seconds: list[float], part: int, most: float) -> None:
    """Print so many of a hundred of them, against the most that they may be."""
    if len(seconds) < 2:  # of one there are no parts
        print(f"  {len(seconds):5} {what:<28} {seconds}")
        return
    ordered = quantiles(seconds, n=100)
    is_met = ordered[part - 1] <= most
    budget = f"; p{part} at most {most} s: {'met' if is_met else 'OVER BUDGET'}"
    print(
        f"  {len(seconds):5} {what:<28} p50 {median(seconds):6.3f} p{part} {ordered[part - 1]:6.3f}"
        f" max {max(seconds):6.3f} s{budget if most else ''}"
    )


def measure() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    found = parser.parse_known_args()[0]
    many = found.people, found.clients
    with _measure.scratch() as folder:
        (folder / "sqlite").mkdir()
        compare("SQLite", folder / "sqlite", production(folder / "sqlite"), *many)
        try:
            with _measure.postgres_databases(1) as (url,):
                env = production(folder / "postgresql", DATABASE_URL=url)
                env["QUEUE_URL"] = url.replace("+psycopg", "")
                (folder / "postgresql").mkdir()
                compare("PostgreSQL", folder / "postgresql", env, *many)
        except psycopg.OperationalError as error:
            print(f"The import on PostgreSQL was left out: there is no server. {error}")


if __name__ == "__main__":
    _measure.main(measure)
