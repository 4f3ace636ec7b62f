"""The outbox with a million rows, against the outbox with a thousand.

Both have what a year leaves behind: rows in every state, those of the last 90 days with their
addresses, what was told of them, and subscribers. Both have the same few rows that may go now and
that wait. What the worker and the pages ask of the outbox is done to each by turns. `--rows`
changes the million.
"""

import argparse
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from statistics import median
from typing import Any

import psycopg

from bench import _measure
from bench._measure import Prepare, production, sides

SMALL, LARGE = 1000, 1_000_000
ROUNDS, WARM = 30, 3
READY = 5000  # rows of bulk that may go, and as many mails that wait for later
BUDGET, LEDGER_MS = 1.5, 50
YEAR, DAY = 365 * 86400, 86400
PERSON = "person7@example.org"
SERIES = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
STATE = """CASE WHEN i % 1000 < 1 THEN 'uncertain' WHEN i % 1000 < 5 THEN 'failed'
    WHEN i % 1000 < 7 THEN 'complained' WHEN i % 1000 < 30 THEN 'bounced'
    WHEN i % 1000 < 80 THEN 'cancelled' WHEN i % 1000 < 500 THEN 'accepted' ELSE 'delivered' END"""
ROW = """INSERT INTO outgoing (action, urgency, name, address, address_key, payload, state, key,
    attempts, created_at, due_at, finished_at, provider, message_id, reason) SELECT """
FINISHED = """CASE WHEN i % 5 = 0 THEN 'upsert' ELSE 'email' END, 1, 'confirm_signup',
    {address}, {address}, '{{}}', {state}, 'key ' || i, 1, {at}, {at}, {at},
    'brevo', '<' || i || '@provider.example>', '' FROM n"""
OPEN = """'{action}', {urgency}, '{action}', '{state}' || i || '@example.org',
    '{state}' || i || '@example.org', '{{"email": "x"}}', '{state}', '{state} ' || i, 0, {at},
    {due}, NULL, '', '', '' FROM n"""
TOLD = """INSERT INTO event (provider, event_id, kind, address, address_key, key, message_id, at,
    reason, original, received_at, outgoing_id, attempts, due_at, applied_at)
    SELECT 'brevo', 'event ' || id, 'delivered', address, address_key, key, '', finished_at,
    '', '{}', finished_at, id, 0, finished_at, finished_at FROM outgoing
    WHERE address_key <> '' AND finished_at IS NOT NULL"""
PEOPLE = """INSERT INTO subscriber (public_id, email, email_key, name, topics, format, state,
    created_at, asked_at, changed_at) SELECT 'p' || i, 'person' || i || '@example.org',
    'person' || i || '@example.org', '', '[]', 'standard',
    CASE WHEN i % 50 = 0 THEN 'bounced' ELSE 'subscribed' END, {at}, {at}, {at} FROM n"""
YES = """INSERT INTO consent (subscriber_id, purpose, given, wording, channel, at)
    SELECT id, 'newsletter', 1 = 1, 'I agree', 'web', changed_at FROM subscriber"""


def ago(dialect: str, seconds: str) -> str:
    """A moment so many seconds ago, in SQL."""
    if dialect == "sqlite":
        return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', (0 - {seconds}) || ' seconds')"
    return f"now() - ({seconds}) * interval '1 second'"


def open_app(env: dict[str, str]) -> Any:
    from portal import create_app, join_migrations  # noqa: PLC0415 - each in its own process
    from portal.config import load_config  # noqa: PLC0415

    app = create_app(load_config(env))
    join_migrations(app)
    return app


def fill(env: dict[str, str], rows: int) -> None:
    """Make the database, with so many finished rows."""
    from flask_migrate import upgrade  # noqa: PLC0415
    from sqlalchemy import text  # noqa: PLC0415

    from portal.delivery import ledger  # noqa: PLC0415
    from portal.extensions import db  # noqa: PLC0415

    with open_app(env).app_context():
        upgrade()
        dialect = db.engine.dialect.name
        people = rows // 20 + 10
        age = f"(({rows} - i) * {YEAR / rows})"
        person = f"'person' || (i % {people}) || '@example.org'"
        address = f"CASE WHEN {age} > {90 * DAY} THEN '' ELSE {person} END"
        at, when = ago(dialect, age), SERIES.format(rows=rows) + ROW
        bulk = {"action": "upsert", "urgency": 4, "state": "queued", "due": ago(dialect, "60")}
        late = {"action": "email", "urgency": 1, "state": "waiting", "due": ago(dialect, "-7200")}
        few = SERIES.format(rows=READY) + ROW
        since = ago(dialect, f"(i * {YEAR / people})")
        statements = [
            when + FINISHED.format(address=address, state=STATE, at=at),
            *(few + OPEN.format(**each, at=ago(dialect, "60")) for each in (bulk, late)),
            TOLD,
            SERIES.format(rows=people) + PEOPLE.format(at=since),
            YES,
        ]
        for statement in statements:
            db.session.execute(text(statement.replace(":", r"\:")))
        db.session.commit()
        ledger.carry_forward()
        if dialect == "postgresql":  # as its own housekeeping does by and by
            own = db.engine.execution_options(isolation_level="AUTOCOMMIT")
            with own.connect() as connection:
                connection.execute(text("VACUUM FULL ledger_entry"))  # never had so many at once
                connection.execute(text("VACUUM ANALYZE"))
        db.engine.dispose()


def outbox(env: dict[str, str]) -> Prepare:
    """One of the two: each time it does the next of `deeds`."""
    app = open_app(env)
    with app.app_context():
        work = [*deeds().values()]
    turns = count()

    def prepare(times: int) -> Callable[[], None]:
        chosen = [work[next(turns) % len(work)] for _ in range(times)]

        def run() -> None:
            with app.app_context():
                for each in chosen:
                    each()

        return run

    return prepare


def deeds() -> dict[str, Callable[[], Any]]:
    """What is asked of the outbox."""
    from portal.delivery import (  # noqa: PLC0415
        claims,
        enqueue,
        erasing,
        events,
        ledger,
        outbox,
        tasks,
        uncertain,
    )
    from portal.delivery.models import OutgoingState, Urgency  # noqa: PLC0415
    from portal.extensions import db, now  # noqa: PLC0415
    from portal.newsletter import retention  # noqa: PLC0415
    from portal.providers.values import Contact  # noqa: PLC0415

    def write() -> None:
        enqueue(Contact(PERSON))
        db.session.commit()

    def claim() -> None:
        row, _ = claims.take((Urgency.CONTACT, Urgency.BULK))
        assert row is not None
        claims.settle(row, OutgoingState.ACCEPTED, provider="brevo", message_id="x")
        db.session.commit()
        claim.row = row  # type: ignore[attr-defined]

    def quarter() -> Any:
        return now() - timedelta(days=90)

    return {
        "a row written": write,
        "claimed and settled": claim,
        "nothing to claim": lambda: claims.take((Urgency.URGENT, Urgency.PERSON, Urgency.TEAM)),
        "20 claimed more": lambda: claims.take_more(claim.row, 20),  # type: ignore[attr-defined]
        "ledger.read": ledger.read,
        "recently sent": lambda: outbox.recently_sent("confirm_signup", PERSON, quarter()),
        "history": lambda: (outbox.history(PERSON), events.told(PERSON)),
        "sweep": tasks.sweep.call_local,
        "no event to act on": events.act,
        "uncertain mails": uncertain.prove.call_local,
        "nightly clean-up": lambda: erasing.forget_finished(quarter()),
        "hourly clean-up": retention.purge,
    }


def compare(name: str, small: dict[str, str], large: dict[str, str]) -> None:
    """Measure on one kind of database, which is filled already."""
    print(f"Outbox on {name}: medians with few and with many rows, milliseconds")
    with open_app(small).app_context():
        names = [*deeds()]
    with sides((outbox, small), (outbox, large)) as (few, many):
        times: dict[str, tuple[list[float], list[float]]] = {each: ([], []) for each in names}
        for turn in range((ROUNDS + WARM) * len(names)):
            results = few.run(1).wall, many.run(1).wall
            if turn >= WARM * len(names):
                for kept, wall in zip(times[names[turn % len(names)]], results, strict=True):
                    kept.append(wall * 1000)
    for each, both in times.items():
        a, b = map(median, both)
        met = "" if b / a <= BUDGET else f"; budget {BUDGET}: OVER BUDGET"
        if each == "ledger.read":
            met += f"; at most {LEDGER_MS} ms: {'met' if b <= LEDGER_MS else 'OVER BUDGET'}"
        print(f"  {each:<20} {a:8.2f} {b:8.2f}  ratio {b / a:5.2f}{met}")


def measure() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=LARGE, help="finished rows in the larger one")
    sizes = (SMALL, parser.parse_known_args()[0].rows)
    with _measure.scratch() as folder:
        envs = [production(folder / str(size)) for size in sizes]
        _run("SQLite", envs, sizes)
        try:
            with _measure.postgres_databases(2) as urls:
                for env, url in zip(envs, urls, strict=True):
                    env["DATABASE_URL"] = url
                _run("PostgreSQL", envs, sizes)
        except psycopg.OperationalError as error:
            print(f"The outbox on PostgreSQL was left out: there is no server. {error}")


def _run(name: str, envs: list[dict[str, str]], sizes: tuple[int, int]) -> None:
    for env, size in zip(envs, sizes, strict=True):
        fill(env, size)
    compare(name, *envs)


if __name__ == "__main__":
    _measure.main(measure)
