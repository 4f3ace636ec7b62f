"""How many sign-ups, messages and story reads a second one small server holds, with nothing lost.

    python -m bench.load                      # finds the pace, then holds it for a minute
    python -m bench.load --hold 600           # for ten minutes
    python -m bench.load --pace 3 --postgres  # holds that pace, on PostgreSQL

At a pace of 1 there come, each second, one sign-up, half a message to the team and ten readers of
stories; people come when they come, whether or not those before them have been answered, and each
is timed from the moment when they came. The pace rises until 95 of a hundred of one kind wait for
more than 200 ms, and is then held at two thirds of the last that was good. At the end rows and
mails are counted against what people were told.

Web, worker, provider and people share the machine: of two cores the portal has about one.
"""

import argparse
import itertools
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles
from typing import Any

import requests
from sqlalchemy import create_engine, text

from bench import _measure
from bench._measure import ROOT, free_port, production
from bench.import_beside import answers, beside, running, serve, until

RATES = {"sign-up": 1.0, "message": 0.5, "story": 10.0}  # each second, at a pace of 1
WITHIN, FIRST, STEP, RAMP = 0.2, 1.0, 1.5, 8.0  # seconds, pace, factor, seconds
HELD = 2 / 3  # of the last pace that was good
HOLD, CLIENTS = 60.0, 48
HIDDEN = re.compile(r'name="(csrf_token|stamp)"[^>]* value="([^"]+)"')
WORDS = {"about": "question", "message": "Is the pool warm?", "name": "Grace", "reply_by": "email"}
Waits = dict[str, list[float]]


class People:
    """What people do, each client with a session of its own."""

    def __init__(self, site: str, slugs: list[str]) -> None:
        self.site, self.slugs, self.numbers = site, slugs, itertools.count()
        self.own = threading.local()

    @property
    def session(self) -> requests.Session:
        if not hasattr(self.own, "session"):
            self.own.session = requests.Session()
        session: requests.Session = self.own.session
        return session

    def do(self, kind: str) -> None:
        """Raises what goes wrong; a wrong status too."""
        deeds = {"sign-up": self.sign_up, "message": self.write, "story": self.read}
        deeds[kind]()

    def sign_up(self) -> None:
        if not hasattr(self.own, "fields"):
            self.own.fields = self.hidden("/newsletter/")
        email = f"load{next(self.numbers)}@signup.example"
        self.send("/newsletter/", self.own.fields | {"email": email})

    def write(self) -> None:
        email = f"load{next(self.numbers)}@message.example"
        self.send("/contact/send", self.hidden("/contact/") | WORDS | {"email": email})

    def read(self) -> None:
        page = self.session.get(f"{self.site}/stories/{random.choice(self.slugs)}/", timeout=60)
        page.raise_for_status()

    def hidden(self, path: str) -> dict[str, str]:
        page = self.session.get(f"{self.site}{path}", timeout=60)
        page.raise_for_status()
        return dict(HIDDEN.findall(page.text))

    def send(self, path: str, data: dict[str, str]) -> None:
        answer = self.session.post(f"{self.site}{path}", data, timeout=60, allow_redirects=False)
        if answer.status_code != 303:
            raise RuntimeError(f"{path} was answered {answer.status_code}")


def come(pipe: Any, site: str, slugs: list[str]) -> None:
    """Let people come as the pipe says (pace, seconds); tells how long they waited, and the faults.

    Ends at a pace of 0.
    """
    people = People(site, slugs)
    with ThreadPoolExecutor(CLIENTS * len(RATES)) as pool:
        while (asked := pipe.recv())[0]:
            pace, seconds = asked
            waits: Waits = defaultdict(list)
            faults: list[str] = []
            begun = time.perf_counter() + 0.1
            jobs = [
                pool.submit(_client, people, kind, moments, waits[kind], faults)
                for kind, rate in RATES.items()
                for moments in [_arrivals(begun, rate * pace, seconds)]
                for _ in range(CLIENTS)
            ]
            for job in jobs:
                job.result()
            pipe.send((dict(waits), faults))


def _arrivals(begun: float, rate: float, seconds: float) -> Iterator[float]:
    """When people come, by chance (a Poisson process); for any number of threads."""
    moments, moment = [], begun
    while (moment := moment + random.expovariate(rate)) < begun + seconds:
        moments.append(moment)
    return iter(moments)


def _client(
    people: People, kind: str, moments: Iterator[float], waits: list[float], faults: list[str]
) -> None:
    for moment in moments:  # next() of a list's iterator is one step of Python
        time.sleep(max(0.0, moment - time.perf_counter()))
        try:
            people.do(kind)
        except (requests.RequestException, RuntimeError) as fault:
            faults.append(f"{kind}: {fault}")
        else:
            waits.append(time.perf_counter() - moment)


def p95(waits: Waits) -> float:
    """The slowest kind's, in seconds."""
    return max(quantiles(some, n=20)[-1] for some in waits.values() if len(some) > 1)


def find(ask: Callable[[float, float], tuple[Waits, list[str]]]) -> float:
    """The pace to hold: it rises until people wait for too long."""
    pace, good = FIRST, 0.0
    while True:
        waits, faults = ask(pace, RAMP)
        print(f"  pace {pace:5.1f}: p95 {p95(waits) * 1000:5.0f} ms, {len(faults)} faults")
        if faults or p95(waits) > WITHIN:
            return good * HELD
        pace, good = pace * STEP, pace


def show(pace: float, seconds: float, waits: Waits, faults: list[str]) -> None:
    for kind, some in waits.items():
        ordered = quantiles(some, n=100)
        is_met = "met" if ordered[94] <= WITHIN else "OVER BUDGET"
        print(
            f"  {len(some) / seconds:6.1f} a second {kind:<8} p50 {ordered[49] * 1000:4.0f}"
            f" p95 {ordered[94] * 1000:4.0f} p99 {ordered[98] * 1000:4.0f}"
            f" max {max(some) * 1000:5.0f} ms; p95 at most {WITHIN * 1000:.0f}: {is_met}"
        )
    print(f"  {len(faults)} faults, at most 0: {faults[:3]}")


def balance(url: str, told: dict[str, int]) -> None:
    """Print whether all that people were told of is there, and has left."""
    engine = create_engine(url)
    questions = {
        "sign-up": "SELECT count(*) FROM subscriber WHERE email LIKE 'load%'",
        "message": "SELECT count(*) FROM conversation WHERE email LIKE 'load%'",
        "left": "SELECT count(*) FROM outgoing"
        " WHERE state IN ('queued', 'sending', 'waiting', 'failed', 'uncertain')",
    }

    def count(kind: str) -> int:
        with engine.connect() as connection:
            return int(connection.execute(text(questions[kind])).scalar_one())

    for kind in ("sign-up", "message"):
        print(f"  {told[kind]} times “we have it” for a {kind}, {count(kind)} rows")
    begun = time.monotonic()
    until(lambda: not count("left"))
    print(f"  all mails have left {time.monotonic() - begun:.0f} s after that")
    engine.dispose()


def measure() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hold", type=float, default=HOLD)
    parser.add_argument("--pace", type=float)
    parser.add_argument("--postgres", action="store_true")
    found = parser.parse_known_args()[0]
    with _measure.scratch() as folder, ExitStack() as stack:
        env = production(folder)
        if found.postgres:
            (url,) = stack.enter_context(_measure.postgres_databases(1))
            env |= {"DATABASE_URL": url, "QUEUE_URL": url.replace("+psycopg", "")}
        run(stack, folder, env, found.pace, found.hold)


def run(
    stack: ExitStack, folder: Path, env: dict[str, str], pace: float | None, hold: float
) -> None:
    """The site, the people, and what came of it."""
    site, log = f"http://127.0.0.1:{free_port()}", folder / "log"
    provider = stack.enter_context(beside(serve))
    env |= {"BREVO_API_URL": f"http://127.0.0.1:{provider.recv()}"}
    env |= {"RATELIMIT_ENABLED": "0", "DEVELOPMENT": "1", "SITE_URL": "http://127.0.0.1"}
    fill = "from bench import load; load.fill()"
    subprocess.run([sys.executable, "-c", fill], cwd=ROOT, env=_clean(env), check=True)
    web = ("gunicorn", "wsgi:app", "--bind", site.removeprefix("http://"))
    stack.enter_context(running(log, env, *web))
    stack.enter_context(running(log, env, "flask", "worker"))
    until(lambda: answers(f"{site}/newsletter/"))
    slugs = re.findall(r"/stories/([^/<]+)/<", requests.get(f"{site}/sitemap.xml", timeout=60).text)
    people = stack.enter_context(beside(come, site, slugs))
    told: dict[str, int] = defaultdict(int)

    def ask(pace: float, seconds: float) -> tuple[Waits, list[str]]:
        people.send((pace, seconds))
        waits, faults = people.recv()
        for kind, some in waits.items():
            told[kind] += len(some)
        return waits, faults

    print(f"One server, {env['DATABASE_URL'].partition(':')[0]}:")
    ask(FIRST, RAMP / 2)  # warms up
    pace = pace or find(ask)
    if not pace:
        sys.exit("The first pace was too much already: is the machine busy?")
    waits, faults = ask(pace, hold)
    print(f"  held for {hold:.0f} s at a pace of {pace:.1f}:")
    show(pace, hold, waits, faults)
    balance(env["DATABASE_URL"], told)


def _clean(env: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1"} | env


def fill() -> None:
    """The sample stories, in a new database; in a process of its own."""
    from bench import pages  # noqa: PLC0415
    from portal import create_app  # noqa: PLC0415
    from portal.config import load_config  # noqa: PLC0415

    pages.fill(create_app(load_config(dict(os.environ))))


if __name__ == "__main__":
    _measure.main(measure)
