"""A durable sign-up, against a bare Flask view that inserts and commits the same two rows.

Both are called through WSGI, in one thread, with the same settings of SQLite and the same
tables. The portal runs as in production: with its token, its stamp, its limits and its queue.

Then eight clients at once ask both over HTTP, each served by gunicorn with two processes.
"""

import os
import re
import secrets
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg
from flask import Flask, redirect, request
from flask_migrate import upgrade
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, MetaData, create_engine, event, func, select
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench import _measure
from bench._measure import Prepare, in_turns, production, show, show_ratio, sides

TIMES, ROUNDS = 150, 9
CLIENTS, CROWD_TIMES, CROWD_ROUNDS = 8, 60, 5
PAGE, SITE = "/newsletter/", "https://portal.test"
Rows = dict[str, dict[str, Any]]


def environ(cookie: str = "", **form: Any) -> dict[str, Any]:
    """A form with a new address, from a network of its own: the limits count it, and let it by."""
    form["email"] = f"{secrets.token_hex(8)}@example.org"
    builder = EnvironBuilder(PAGE, SITE, method="POST", data=form, headers={"Cookie": cookie})
    host = secrets.token_bytes(3)
    return builder.get_environ() | {"REMOTE_ADDR": f"10.{host[0]}.{host[1]}.{host[2]}"}


def filled_in(page: str) -> dict[str, Any]:
    """The page's form, but for the address."""
    hidden = {
        name: re.search(rf'name="{name}"[^>]* value="([^"]+)"', page)[1]
        for name in ("csrf_token", "stamp")
    }
    return {"topics": ["stories", "ideas"], "format": "large", **hidden}


def post(app: Flask, environs: list[dict[str, Any]]) -> Callable[[], None]:
    def work() -> None:
        for each in environs:
            _, status, _ = run_wsgi_app(app.wsgi_app, each, buffered=True)
            if not status.startswith("303"):
                raise RuntimeError(f"a sign-up was answered {status}")

    return work


def portal(env: dict[str, str]) -> Prepare:
    """The portal, with its form fetched once."""
    from portal import create_app, join_migrations  # noqa: PLC0415 - the bare side must not load it
    from portal.config import load_config  # noqa: PLC0415

    app = create_app(load_config(env))
    join_migrations(app)
    with app.app_context():
        upgrade()
    client = app.test_client()
    page = client.get(PAGE, base_url=SITE)
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    form = filled_in(page.text)
    return lambda times: post(app, [environ(cookie, **form) for _ in range(times)])


def bare(url: str, rows: Rows) -> Prepare:
    """The bare view, in this process."""
    app = bare_app(url, rows)
    return lambda times: post(app, [environ() for _ in range(times)])


def bare_app(url: str, rows: Rows) -> Flask:
    """Flask, Flask-SQLAlchemy and the same two rows but for what is new in each."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db = SQLAlchemy(app)

    @event.listens_for(Engine, "connect")
    def durable(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

    with app.app_context():
        db.reflect()

    class Subscriber(db.Model):
        __table__ = db.metadata.tables["subscriber"]

    class Outgoing(db.Model):
        __table__ = db.metadata.tables["outgoing"]

    @app.post(PAGE)
    def signup() -> Any:
        email = request.form["email"]
        public_id, key = secrets.token_urlsafe(16), str(uuid.uuid4())
        one = rows["subscriber"] | {"public_id": public_id, "email": email, "email_key": email}
        two = rows["outgoing"] | {"key": key, "address": email, "address_key": email}
        db.session.add_all([Subscriber(**one), Outgoing(**two)])
        db.session.commit()
        return redirect("/thanks", 303)

    return app


def bare_served() -> Flask:
    """The bare view for gunicorn: a copy of what the newest rows say, in the same database."""
    url = os.environ["DATABASE_URL"]
    return bare_app(url, look(url)[0])


@contextmanager
def served(app: str, env: dict[str, str], *options: str) -> Iterator[int]:
    """The port of gunicorn with two processes, as the portal's settings for it say."""
    port = _measure.free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--log-level=error",
        "-b",
        f"127.0.0.1:{port}",
        *options,
        app,
    ]
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(_measure.ROOT), "WEB_CONCURRENCY": "2"}
    process = subprocess.Popen(command, cwd=_measure.ROOT, env=path | env)
    try:
        _measure.wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def ask(port: int, cookie: str, form: dict[str, Any]) -> list[float]:
    """Sign people up, one after the other on one connection; how long each took, in seconds."""
    connection, took = HTTPConnection("127.0.0.1", port), []
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(CROWD_TIMES):
        host = secrets.token_bytes(3)
        network = {"X-Forwarded-For": f"10.{host[0]}.{host[1]}.{host[2]}"}
        body = urlencode(form | {"email": f"{secrets.token_hex(8)}@example.org"}, doseq=True)
        start = time.perf_counter()
        connection.request("POST", PAGE, body, _measure.SITE | headers | network)
        answer = connection.getresponse()
        answer.read()
        took.append(time.perf_counter() - start)
        if answer.status != 303:
            raise RuntimeError(f"a sign-up was answered {answer.status}")
    return took


def crowd(port: int, cookie: str = "", **form: Any) -> tuple[float, float]:
    """How many a second eight clients at once are answered, and the 99th percentile in seconds."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        start = time.perf_counter()
        took = [
            one
            for each in pool.map(lambda _: ask(port, cookie, form), range(CLIENTS))
            for one in each
        ]
        return len(took) / (time.perf_counter() - start), quantiles(took, n=100)[-1]


def compare_crowds(name: str, ours: dict[str, str], theirs: dict[str, str]) -> None:
    """Measure with eight clients at once on one kind of database."""
    print(f"Sign-up on {name}, {CLIENTS} clients at once over HTTP, two processes")
    with served("wsgi:app", ours | {"TRUSTED_PROXIES": "1"}) as first:
        page = HTTPConnection("127.0.0.1", first)
        page.request("GET", PAGE, headers=_measure.SITE)
        answer = page.getresponse()
        text, cookie = answer.read().decode(), answer.headers["Set-Cookie"].partition(";")[0]
        form = filled_in(text)
        with served("bench.signup:bare_served()", theirs, *_measure.GUNICORNS_OWN) as second:
            results = [(crowd(first, cookie, **form), crowd(second)) for _ in range(CROWD_ROUNDS)]
    for side, figures in zip(("portal", "bare"), zip(*results, strict=True), strict=True):
        rate, last = (median(one) for one in zip(*figures, strict=True))
        print(f"  {side:<8} {rate:8.0f} a second, 99 of 100 within {last * 1000:5.0f} ms")
    show_ratio("p99", [a[1] / b[1] for a, b in results], most=2)


def look(url: str) -> tuple[Rows, int]:
    """The newest row of each table without its number, and how many sign-ups wait to be mailed."""
    engine, tables, rows = create_engine(url), MetaData(), {}
    with engine.connect() as connection:
        tables.reflect(connection, only=("subscriber", "outgoing"))
        for name, table in tables.tables.items():
            newest = connection.execute(select(table).order_by(table.c.id.desc()).limit(1)).one()
            rows[name] = {key: value for key, value in newest._mapping.items() if key != "id"}
        waiting = select(func.count()).where(tables.tables["outgoing"].c.state == "queued")
        number = connection.scalar(waiting)
    engine.dispose()
    return rows, number


def compare(name: str, ours: dict[str, str], theirs: dict[str, str]) -> None:
    """Measure on one kind of database."""
    print(f"Sign-up on {name}, queue on {urlsplit(ours['QUEUE_URL']).scheme}")
    with sides((portal, ours), (portal, theirs)) as (first, second):
        first.run(1)
        second.run(1)  # makes the tables
        rows, _ = look(ours["DATABASE_URL"])
        second.close()
        with sides((bare, theirs["DATABASE_URL"], rows)) as (other,):
            results = in_turns(first, other, TIMES, ROUNDS)
    if any(look(env["DATABASE_URL"])[1] != (ROUNDS + 1) * TIMES + 1 for env in (ours, theirs)):
        raise RuntimeError("not every sign-up was saved")
    show("portal", [a for a, _ in results])
    show("bare", [b for _, b in results])
    show_ratio("rate", [b.wall / a.wall for a, b in results], least=0.5)
    show_ratio("processor time", [a.processor / b.processor for a, b in results], most=2.5)


def measure() -> None:
    with _measure.scratch() as folder:
        envs = [production(folder / name) for name in ("ours", "theirs")]
        compare("SQLite", *envs)
        compare_crowds("SQLite", *envs)
        try:
            with _measure.postgres_databases(2) as urls:
                for env, url in zip(envs, urls, strict=True):
                    env["DATABASE_URL"] = url
                    env["QUEUE_URL"] = url.replace("+psycopg", "")
                compare("PostgreSQL", *envs)
        except psycopg.OperationalError as error:
            print(f"Sign-up on PostgreSQL was left out: there is no server. {error}")


if __name__ == "__main__":
    _measure.main(measure)
