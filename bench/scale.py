"""Past one server: what rows, sign-ups and readers cost here, and where each limit lies then.

Measured first, on SQLite and PostgreSQL: processor time of a sign-up, of a story's page, of a row
of the outbox that leaves, of one person of an import; and what a row takes on the disk, with its
indexes. Reckoned from that: ten million subscribers, a thousand sign-ups a second, a story that is
read a million times a day. What arithmetic does not tell, how long people wait for one of several
processes, is simulated. docs/decisions/scale.md has the figures, and what follows from them.
"""

import heapq
import math
import multiprocessing
import random
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import create_engine, text

from bench import _measure, forwarding, outbox, pages, signup
from bench._measure import ROOT, Prepare, Side, production

TIMES, PEOPLE, ROWS = 200, 5_000, 50_000
TABLES = ("subscriber", "consent", "outgoing", "event")
SUBSCRIBERS, SIGN_UPS, READS = 10_000_000, 1_000.0, 1_000_000  # in all; a second; a day
DAY, BUSY_HOUR = 86_400, 10  # seconds; the busiest hour has so many times the day's average
WITHIN = 0.2  # seconds, 95 of a hundred
KEPT_DAYS, MAILS_EACH, EVENTS_EACH = 90, 2, 2  # rows with an address; of one sign-up; of one mail
ISSUES_A_MONTH = 2
# A second, by the providers' own pages; who gives no figure is not here.
PROVIDERS = {
    "Brevo, a mail in a call": 1_000.0,
    "Brevo, 500 contacts in a call": 10 * 500.0,
    "Resend, 50 mails in a call": 2 * 50.0,
    "MailerLite, 50 contacts in a call": 2 * 50.0,
}


class Costs(NamedTuple):
    """Seconds of a processor for one of each, and bytes of the disk for a row of each table."""

    sign_up: float
    story: float
    asked_again: float
    row: float
    person: float
    size: dict[str, float]


def importing(env: dict[str, str]) -> Prepare:
    """People of a list who come onto ours, as an import's commits take them."""
    from flask_migrate import upgrade  # noqa: PLC0415 - in its own process

    from portal.extensions import db  # noqa: PLC0415
    from portal.newsletter.transfer import import_work, taking  # noqa: PLC0415
    from portal.newsletter.transfer.entries import ListedPerson  # noqa: PLC0415
    from portal.newsletter.transfer.words import There  # noqa: PLC0415

    app = outbox.open_app(env)
    with app.app_context():
        upgrade()
    begun = 0

    def prepare(times: int) -> Callable[[], None]:
        nonlocal begun
        begun += times
        listed = [
            ListedPerson(
                *(n, f"{random.getrandbits(60)}-{n}@import.example", "Ada", ["ideas"]),
                *("standard", There.SUBSCRIBED, "I agree", "a list"),
            )
            for n in range(begun - times, begun)
        ]

        def work() -> None:
            with app.app_context():
                for start in range(0, times, import_work.STEP):
                    taking.take(listed[start : start + import_work.STEP], None)
                    db.session.commit()

        return work

    return prepare


def measured(folder: Path, env: Callable[[str], dict[str, str]]) -> Costs:
    """What one of each costs. `env` gives the settings of a new portal by a name."""

    def cost(times: int, setup: Callable[..., Prepare], *arguments: Any) -> float:
        side = Side(setup, *arguments)
        side.run(times // 5)  # warms it up
        seen = side.run(times).processor
        side.close()
        return seen

    story = Side(pages.site, str(ROOT), env("pages"))
    seen = {}
    for _ in range(2):  # the first warms it up
        seen = {page: story.run(TIMES // 3).processor for page in pages.PAGES}
    story.close()
    with forwarding.provider(0.0) as url:
        row = cost(TIMES * 3, forwarding.worker, env("rows") | {"BREVO_API_URL": url})
    context = multiprocessing.get_context("spawn")
    full = env("sizes")
    filling = context.Process(target=outbox.fill, args=(full, ROWS))
    filling.start()
    filling.join()
    return Costs(
        sign_up=cost(TIMES, signup.portal, env("sign-ups")),
        story=seen["story"],
        asked_again=seen["story" + pages.AGAIN],
        row=row,
        person=cost(PEOPLE, importing, env("people")),
        size=sizes(full["DATABASE_URL"]),
    )


def sizes(url: str) -> dict[str, float]:
    """Bytes of a row, with its share of the indexes."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {}
        for table in TABLES:
            rows = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            if engine.dialect.name == "sqlite":
                names = "SELECT name FROM sqlite_master WHERE tbl_name = :table"
                asked = f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({names})"
            else:
                asked = "SELECT pg_total_relation_size(CAST(:table AS regclass))"
            size = connection.execute(text(asked), {"table": table}).scalar_one()
            found[table] = float(size) / rows
    engine.dispose()
    return found


def wait(rate: float, cost: float, processes: int, seconds: float = 60.0) -> float:
    """How long 95 of a hundred take where so many come a second, by chance, to so many processes.

    A service takes its processor time, and now and then, with a page that is not in memory, five
    times that.
    """
    chance = random.Random(7)
    free = [0.0] * processes
    moment, waits = 0.0, []
    while (moment := moment + chance.expovariate(rate)) < seconds:
        begins = max(moment, heapq.heappop(free))
        takes = cost * (5 if chance.random() < 0.05 else 1) * chance.uniform(0.8, 1.2)
        heapq.heappush(free, begins + takes)
        waits.append(begins + takes - moment)
    return quantiles(waits, n=20)[-1]


def processes_for(rate: float, cost: float) -> int:
    """The fewest that let 95 of a hundred be answered in time."""
    fewest = max(1, math.ceil(rate * cost))
    return next(n for n in range(fewest, 4 * fewest + 4) if wait(rate, cost, n) <= WITHIN)


def reckon(costs: Costs) -> None:
    """Print what the three cases take."""
    size, day = costs.size, SIGN_UPS * DAY
    person = size["subscriber"] + size["consent"]
    mails, events = MAILS_EACH * size["outgoing"], MAILS_EACH * EVENTS_EACH * size["event"]
    gigabyte = 1e9
    print(f"  {SUBSCRIBERS:,} subscribers:")
    print(f"    {person * SUBSCRIBERS / gigabyte:8.1f} GB of people and what they agreed to")
    issue = SUBSCRIBERS * size["outgoing"] / gigabyte
    print(f"    {issue:8.1f} GB of outbox for an issue as mails; as campaigns next to none")
    issue *= KEPT_DAYS / 30 * ISSUES_A_MONTH
    print(f"    {issue:8.1f} GB in {KEPT_DAYS} days, with {ISSUES_A_MONTH} issues a month")
    print(f"    {costs.person * SUBSCRIBERS / 3600:8.1f} h of a processor to import them")
    print(f"    {costs.row * SUBSCRIBERS / 3600:8.1f} h of a processor to hand one issue over")
    for name, rate in PROVIDERS.items():
        print(f"    {SUBSCRIBERS / rate / 3600:8.1f} h at the provider's own rate: {name}")
    print(f"  {SIGN_UPS:,.0f} sign-ups a second:")
    web = processes_for(SIGN_UPS, costs.sign_up)
    print(
        f"    {web:8} web processes, of a core each: p95 {wait(SIGN_UPS, costs.sign_up, web):.3f} s"
    )
    print(
        f"    {SIGN_UPS * MAILS_EACH * costs.row:8.1f} cores of workers, for {MAILS_EACH} rows each"
    )
    print(f"    {(person + mails + events) * day / gigabyte:8.1f} GB a day")
    print(f"  {READS:,} reads of a story a day, in the busiest hour {BUSY_HOUR} times as many:")
    rate = READS / DAY * BUSY_HOUR
    web = processes_for(rate, costs.story)
    print(f"    {rate * costs.story:8.2f} cores for {rate:.0f} a second, in {web} web processes")
    print(f"    {rate * costs.asked_again:8.2f} cores where a cache in front asks us each time")


def show(costs: Costs) -> None:
    """Print what was measured."""
    for name, seconds in zip(costs._fields[:5], costs[:5], strict=True):
        print(f"  {name:<11} {seconds * 1000:7.3f} ms of a processor, {1 / seconds:7.0f} a second")
    for table, size in costs.size.items():
        print(f"  {table:<11} {size:7.0f} bytes a row, with its indexes")


def measure() -> None:
    with _measure.scratch() as folder:

        def new(name: str, **changes: str) -> dict[str, str]:
            (folder / name).mkdir(exist_ok=True)
            return production(folder / name, **changes)

        print("On SQLite:")
        costs = measured(folder, new)
        show(costs)
        try:
            with _measure.postgres_databases(5) as urls:
                left = iter(urls)
                print("On PostgreSQL:")
                costs = measured(folder, lambda name: new(f"p-{name}", DATABASE_URL=next(left)))
                show(costs)
        except psycopg.OperationalError as error:
            print(f"PostgreSQL was left out: there is no server. {error}")
    reckon(costs)


if __name__ == "__main__":
    _measure.main(measure)
