"""What each public page costs in processor time: with the library of samples, and 500 answers.

With `--before FOLDER` another checkout is measured too, by turns with this one.
"""

import argparse
import gc
import sys
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from bench import _measure
from bench._measure import ROOT, Prepare, production, sides

TIMES, ROUNDS, CONVERSATIONS = 60, 7, 2000  # of which more than 500 were answered
SITE = "https://portal.test"
BROWSER = {"Accept-Encoding": "gzip, deflate, br"}
AGAIN = ", which is had already"
PAGES = {  # address, and the budget in milliseconds
    "home": ("/", 2),
    "newsletter": ("/newsletter/", 2),
    "contact": ("/contact/", 2),
    "library": ("/stories/", 3),
    "a topic": ("/stories/topics/wheels/", 3),
    "a level": ("/stories/?level=beginner", 3),
    "a search": ("/stories/?q=pool", 0),
    "story": ("/stories/{slug}/", 3),
    "story" + AGAIN: ("/stories/{slug}/", 3),
    "feed": ("/stories/feed.xml", 0),
    "sitemap": ("/sitemap.xml", 0),
}


def site(tree: str, env: dict[str, str]) -> Prepare:
    """The portal of a checkout, with data. Each time it is asked for the next of PAGES."""
    sys.path.insert(0, tree)
    from werkzeug.test import Client, EnvironBuilder, run_wsgi_app  # noqa: PLC0415

    from portal import create_app  # noqa: PLC0415 - that of the checkout
    from portal.config import load_config  # noqa: PLC0415

    app = create_app(load_config(env))
    fill(app)
    client = Client(app)
    slug = client.get("/sitemap.xml", base_url=SITE).text.rpartition("/stories/")[2].split("/")[0]
    pages = cycle(PAGES)
    gc.collect()
    gc.freeze()  # as gunicorn.conf.py does with what the start loads

    def prepare(times: int) -> Callable[[], None]:
        page, headers = next(pages), dict(BROWSER)
        address = PAGES[page][0].format(slug=slug)
        if page.endswith(AGAIN):
            first = client.get(address, base_url=SITE, headers=headers)
            headers["If-None-Match"] = first.headers["ETag"]
        builder = EnvironBuilder(address, SITE, headers=headers)
        environs = [builder.get_environ() for _ in range(times)]

        def work() -> None:
            for each in environs:
                _, status, _ = run_wsgi_app(app.wsgi_app, each, buffered=True)
                if not status.startswith("304" if page.endswith(AGAIN) else "200"):
                    raise RuntimeError(f"{address} was answered {status}")

        return work

    return prepare


def fill(app: Any) -> None:
    """Make the database: conversations, and the sample stories."""
    from flask_migrate import upgrade  # noqa: PLC0415

    from portal import inbox, join_migrations  # noqa: PLC0415
    from portal.demo import loading, stories  # noqa: PLC0415

    join_migrations(app)
    with app.app_context():
        upgrade()
        loading.load(CONVERSATIONS)
        stories.load()
        if hasattr(inbox.tasks, "count_answers"):  # another checkout may not have it
            inbox.tasks.count_answers.call_local()


def compare(name: str, *arguments: tuple[str, dict[str, str]]) -> None:
    """Measure on one kind of database: the checkouts by turns."""
    print(f"Public pages on {name}: milliseconds of processor time each")
    seen: dict[str, list[list[float]]] = {page: [[] for _ in arguments] for page in PAGES}
    with sides(*((site, *each) for each in arguments)) as checkouts:
        for round_ in range(ROUNDS + 1):
            for page in PAGES:
                for figures, checkout in zip(seen[page], checkouts, strict=True):
                    cost = checkout.run(TIMES).processor * 1000
                    if round_:  # the first only warms them up
                        figures.append(cost)
    for page, costs in seen.items():
        show(page, PAGES[page][1], *map(median, costs))


def show(page: str, budget: float, *costs: float) -> None:
    line = f"  {page:<28}" + "".join(f"{cost:7.2f}" for cost in costs)
    if budget:
        met = "met" if costs[-1] <= budget else "OVER BUDGET"
        line += f"; budget at most {budget}: {met}"
    print(line)


def measure() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", help="the folder of another checkout")
    before = parser.parse_known_args()[0].before
    trees = [str(Path(tree).resolve()) for tree in (before, ROOT) if tree]
    with _measure.scratch() as folder:
        envs = [production(folder / str(number)) for number, _ in enumerate(trees)]
        compare("SQLite", *zip(trees, envs, strict=True))
        try:
            with _measure.postgres_databases(len(trees)) as urls:
                for url, env in zip(urls, envs, strict=True):
                    env["DATABASE_URL"] = url
                compare("PostgreSQL", *zip(trees, envs, strict=True))
        except psycopg.OperationalError as error:
            print(f"Public pages on PostgreSQL were left out: there is no server. {error}")


if __name__ == "__main__":
    _measure.main(measure)
