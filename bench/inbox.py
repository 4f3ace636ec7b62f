"""The inbox with a million conversations, against the inbox with a thousand.

Both are made up by `demo.load` and asked for the same pages by turns, each in
a process of its own, signed in and in production. `--rows` changes the million.
"""

import argparse
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg

from bench import _measure
from bench._measure import Prepare, production, sides

SMALL, LARGE = 1000, 1_000_000
ROUNDS, WARM = 60, 3
BUDGET = 1.5
SITE = "https://portal.test"
MANY = 20  # conversations that are opened by turns

PAGES = {
    "list": "",
    "list, kind": "kind=press",
    "list, owner": "owner={owner}",
    "list, nobody's": "owner=nobody",
    "list, tag": "tag=swimming",
    "list, needs": "needs=1",
    "list, trouble": "trouble=1",
    "list, next page": "{next}",
    "list, closed, newest": "folder=closed&sort=newest",
    "list, closed, deep page": "folder=closed&sort=newest&after={deep}",
    "list, closed, tag": "folder=closed&tag=swimming",
    "list, closed, owner": "folder=closed&owner={owner}",
    "list, closed, needs": "folder=closed&needs=1",
    "list, everything": "folder=all",
    "search, a reference": "folder=all&q={reference}",
    "search, no such word": "folder=all&q=zyzzyva",
    "search, a word in a quarter": "folder=all&q=wheelchair",
    "search, a word in half of all": "folder=all&q=thanks",
    "search, two words": "folder=all&q=hello+thanks",
    "search, common and less so": "folder=all&q=thanks+wheelchair",
    "search, part of a word": "q=wheelch",
    "search, a word near": "q=wheelchiar",
    "search, a sender": "q=from:example",
    "search, part of a sender": "q=from:examp",
    "search, before a day": "q=thanks+before:{day}",
    "search, newest first": "sort=newest&q=wheelchair",
    "search, to do": "folder=active&q=thanks",
    "search, closed and press": "folder=closed&kind=press&q=thanks",
    "search, closed and needs": "folder=closed&needs=1&q=thanks",
    "search, closed and tag": "folder=closed&tag=swimming&q=thanks",
}


def open_app(env: dict[str, str]) -> Any:
    from portal import create_app  # noqa: PLC0415 - each side loads it in its own process
    from portal.config import load_config  # noqa: PLC0415

    return create_app(load_config(env))


def fill(env: dict[str, str], rows: int) -> None:
    """Make the database, with so many conversations."""
    from flask_migrate import upgrade  # noqa: PLC0415

    from portal import join_migrations  # noqa: PLC0415
    from portal.demo import loading  # noqa: PLC0415
    from portal.extensions import db  # noqa: PLC0415

    app = open_app(env)
    join_migrations(app)
    with app.app_context():
        upgrade()
        loading.load(rows)
        db.engine.dispose()


def inbox(env: dict[str, str]) -> Prepare:
    """One of the two: each time it is asked for the next page of PAGES, then a conversation."""
    app = open_app(env)
    client = sign_in(app)
    with app.app_context():
        pages = addresses(fetch(client, "/inbox/"))
    opened, turns = count(), count()

    def prepare(times: int) -> Callable[[], None]:
        chosen = []
        for _ in range(times):
            page = pages[next(turns) % len(pages)]
            chosen.append(page[next(opened) % len(page)])
        return lambda: [fetch(client, path) for path in chosen] and None

    return prepare


def sign_in(app: Any) -> Any:
    from portal.extensions import db  # noqa: PLC0415
    from portal.team import services  # noqa: PLC0415
    from tests.team import a_member, signed_in  # noqa: PLC0415

    client = app.test_client()
    with app.app_context():
        member = services.find("bench@team.example") or a_member(name="Bench")
        values = signed_in(member)
        db.session.commit()
    with client.session_transaction(base_url=SITE) as session:
        session.update(values)
    return client


def fetch(client: Any, path: str) -> str:
    answer = client.get(path, base_url=SITE)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} was answered {answer.status_code}")
    return answer.text


def addresses(first_page: str) -> list[list[str]]:
    """The addresses of each page: one, and for the conversation page several."""
    import re  # noqa: PLC0415
    from html import unescape  # noqa: PLC0415

    from sqlalchemy import func, select  # noqa: PLC0415

    from portal.extensions import db  # noqa: PLC0415
    from portal.inbox.models import Conversation, ConversationState  # noqa: PLC0415

    many = db.session.scalar(select(func.max(Conversation.id)))
    closed = select(Conversation).where(
        Conversation.state == ConversationState.CLOSED, Conversation.merged_into_id.is_(None)
    )
    middle = db.session.scalars(closed.where(Conversation.id >= many // 2).limit(1)).one()
    following = re.search(r'href="/inbox/\?([^"]*after=[^"]+)"', first_page)
    words = {
        "owner": middle.owner_id or 1,
        "next": unescape(following[1]),
        "deep": f"{middle.rank}~{middle.changed_at.isoformat()}~{middle.id}".replace("+", "%2B"),
        "reference": middle.reference,
        "day": f"{middle.created_at:%Y-%m-%d}",
    }
    db.session.commit()
    opened = [f"/inbox/{many * number // MANY + 1}" for number in range(MANY)]
    return [[f"/inbox/?{query.format(**words)}"] for query in PAGES.values()] + [opened]


def compare(name: str, small: dict[str, str], large: dict[str, str]) -> None:
    """Measure on one kind of database, which is filled already."""
    print(f"Inbox on {name}: p95 with few and with many conversations, milliseconds")
    names = [*PAGES, "conversation"]
    with sides((inbox, small), (inbox, large)) as (few, many):
        times = {page: ([], []) for page in names}
        for turn in range((ROUNDS + WARM) * len(names)):
            results = few.run(1).wall, many.run(1).wall
            if turn >= WARM * len(names):
                for each, result in zip(times[names[turn % len(names)]], results, strict=True):
                    each.append(result * 1000)
    for page, both in times.items():
        show(page, *both)


def show(page: str, few: list[float], many: list[float]) -> None:
    small, large = (quantiles(each, n=20)[-1] for each in (few, many))
    ratio, middle = large / small, median(many) / median(few)
    met = "met" if ratio <= BUDGET else "OVER BUDGET"
    print(
        f"  {page:<32} {small:7.1f} {large:7.1f}  ratio {ratio:5.2f}  (of medians {middle:5.2f});"
        f" budget at most {BUDGET}: {met}"
    )


def measure() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=LARGE, help="conversations in the larger one")
    rows = {"small": SMALL, "large": parser.parse_known_args()[0].rows}
    with _measure.scratch() as folder:
        envs = {name: production(Path(folder / name)) for name in rows}
        for name, env in envs.items():
            fill(env, rows[name])
        compare("SQLite", envs["small"], envs["large"])
        try:
            with _measure.postgres_databases(2) as urls:
                for url, (name, env) in zip(urls, envs.items(), strict=True):
                    env["DATABASE_URL"] = url
                    fill(env, rows[name])
                compare("PostgreSQL", envs["small"], envs["large"])
        except psycopg.OperationalError as error:
            print(f"The inbox on PostgreSQL was left out: there is no server. {error}")


if __name__ == "__main__":
    _measure.main(measure)
