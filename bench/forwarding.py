"""Rows that a worker forwards, against bare `requests.Session`s that post the same JSON.

Both have four threads and post to one small server in a process of its own, which takes what it is
given and answers at
once. That is the hardest case: a real provider takes a tenth of a second, for both. The second
run gives the server such a wait, a short one.

    python -m bench.forwarding 100000

forwards so many rows with the four threads of a usual worker instead, while the server fails now
and then, and says whether the ledger balances and the server has each mail exactly once.
"""

import itertools
import json
import multiprocessing
import socketserver
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, ClassVar

import requests
from flask_migrate import upgrade

from bench._measure import (
    Prepare,
    calls,
    in_turns,
    main,
    production,
    scratch,
    show,
    show_ratio,
    sides,
)
from portal import create_app, join_migrations
from portal.config import load_config
from portal.delivery import enqueue, ledger, tasks
from portal.delivery.worker import Outbox, Worker
from portal.extensions import db, huey
from portal.providers.brevo.payload import mail
from portal.providers.values import Address, Email

THREADS = 4
TIMES, ROUNDS = 400, 7
AT_ONCE, FAILS_EACH, PATIENCE = 500, 997, 10
SHORT_WAIT = 0.02  # seconds
WORDS = "Somebody asked for our newsletter with this address. Was it you? " * 20


class Provider(socketserver.StreamRequestHandler):
    """Takes every mail on connections that are kept."""

    numbers = itertools.count(1)
    wait = 0.0
    fails_each = 0  # one call of so many is answered with 503
    taken: ClassVar[Counter[str]] = Counter()
    lock = threading.Lock()

    def handle(self) -> None:
        for request, content in calls(self.rfile):
            time.sleep(self.wait)
            if request.startswith(b"GET /taken"):
                self.answer(200, json.dumps(self.taken).encode())
            elif self.fails_each and next(self.numbers) % self.fails_each == 0:
                self.answer(503, b"{}")
            else:
                if self.fails_each:
                    self.note(json.loads(content)["headers"]["idempotencyKey"])
                self.answer(201, b'{"messageId":"<%d@provider.test>"}' % next(self.numbers))

    def note(self, key: str) -> None:
        with self.lock:
            self.taken[key] += 1

    def answer(self, status: int, body: bytes) -> None:
        self.wfile.write(
            b"HTTP/1.1 %d Whatever\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (status, len(body), body)
        )


def serve(pipe: Any, wait: float, fails_each: int) -> None:
    Provider.wait, Provider.fails_each = wait, fails_each
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Provider) as server:
        pipe.send(f"http://127.0.0.1:{server.server_address[1]}")
        server.serve_forever()


@contextmanager
def provider(wait: float, fails_each: int = 0) -> Iterator[str]:
    """The server's address, for as long as it runs."""
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, wait, fails_each), daemon=True)
    process.start()
    try:
        yield pipe.recv()
    finally:
        process.terminate()
        process.join()


def example() -> Email:
    """A mail of the usual size, to a new address."""
    return Email(
        name="confirm_signup",
        to=Address(f"{uuid.uuid4().hex}@example.org"),
        sender=Address("newsletter@example.org", "Get Yourself Active"),
        subject="Please confirm",
        text=WORDS,
        html=f"<!doctype html><html lang=en><body><p>{WORDS}</p></body></html>",
    )


def worker(env: dict[str, str]) -> Prepare:
    """What the worker's threads do: they empty the outbox."""
    app = create_app(load_config(env))
    join_migrations(app)
    with app.app_context():
        upgrade()

    def prepare(times: int) -> Callable[[], None]:
        with app.app_context():
            for _ in range(times):
                enqueue(example())
            db.session.commit()
            saved = ledger.read().saved
        return lambda: work(saved)

    def drain() -> None:
        with app.app_context():
            Outbox(threading.Event(), threading.Event(), bulk=True).drain()

    def work(saved: int) -> None:
        together(drain)
        with app.app_context():
            book = ledger.read()
            if not book.balances or book.accepted != saved:
                raise RuntimeError(f"the ledger does not balance: {book}")

    return prepare


def bare(url: str) -> Prepare:
    """Sessions that post the JSON which the worker would post."""

    def prepare(times: int) -> Callable[[], None]:
        mails = [mail(example(), str(uuid.uuid4())) for _ in range(times)]
        return lambda: together(lambda: work(mails))

    def work(mails: list[dict[str, Any]]) -> None:
        with requests.Session() as session, suppress(IndexError):
            while True:
                each = mails.pop()
                answer = session.post(f"{url}/smtp/email", json=each, headers={"api-key": "none"})
                answer.raise_for_status()

    return prepare


def together(work: Callable[[], None]) -> None:
    """Do it in each of four threads. Raises what it raises."""
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work) for _ in range(THREADS)]:
            done.result()


def measure() -> None:
    for wait, least in ((0.0, 0.5), (SHORT_WAIT, 0.9)):
        with scratch() as folder, provider(wait) as url:
            env = production(folder, BREVO_API_URL=url)
            with sides((worker, env), (bare, url)) as (ours, theirs):
                results = in_turns(ours, theirs, TIMES, ROUNDS)
        rows = TIMES * (ROUNDS + 1)
        print(f"Forwarding, the provider answers after {wait * 1000:.0f} ms, {rows} rows")
        show("worker", [a for a, _ in results])
        show("bare", [b for _, b in results])
        show_ratio("rate", [b.wall / a.wall for a, b in results], least=least)
        print("  the ledger balances: every row was accepted")


def balance(number: int) -> None:
    """Forward so many rows with four threads, and count what came of them on both sides."""
    tasks.BACK_OFF = (timedelta(seconds=0.5),) * len(tasks.BACK_OFF)
    with scratch() as folder, provider(0.0, FAILS_EACH) as url:
        app = create_app(load_config(production(folder, BREVO_API_URL=url)))
        join_migrations(app)
        with app.app_context():
            upgrade()
            for _ in range(0, number, AT_ONCE):
                for _ in range(AT_ONCE):
                    enqueue(example())
                db.session.commit()
        start = time.perf_counter()
        running = Worker(THREADS)
        running.start()
        with app.app_context():
            while (book := ledger.read()).waiting:
                db.session.commit()
                print(f"  {book.accepted} of {book.saved} taken", flush=True)
                time.sleep(PATIENCE)
        seconds = time.perf_counter() - start
        running.stop(graceful=True)
        taken = Counter(requests.get(f"{url}/taken", timeout=60).json().values())
        print(f"{number} rows in {seconds:.0f} s, {number / seconds:.0f} a second; one call")
        print(f"of {FAILS_EACH} failed. {book.states}")
        print(f"  the ledger {'balances' if book.balances else 'DOES NOT BALANCE'}")
        print(
            f"  the server has {taken[1]} mails once, {sum(taken.values()) - taken[1]} more often"
        )
        with app.app_context():
            db.engine.dispose()
        huey.storage.close()
    if not book.balances or taken != {1: number} or book.accepted != number:
        raise SystemExit("Something was lost or doubled.")


if __name__ == "__main__":
    balance(int(sys.argv[1])) if sys.argv[1:] and sys.argv[1].isdigit() else main(measure)
