"""An issue to 50,000 people, while press enquiries, answers and sign-ups come in.

Once as a mail of ours to each, written by `local` into a folder, and once as campaigns of a Brevo
that keeps its own rules. How long does it take, how much memory does the worker need, and how soon
does all else leave meanwhile? That is read from the outbox: when a row was saved or came due, and
when it was taken. `--people` changes the 50,000.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench import _measure
from bench._measure import ROOT, free_port, production
from bench.import_beside import (
    QUIET,
    TEAM_PAUSE,
    answers,
    beside,
    running,
    serve,
    sign_up,
    team,
    until,
)

PEOPLE, CLIENTS = 50_000, 4
LEAVES_WITHIN = 10
UNDO = 30  # seconds in which an answer can be taken back: none leaves before
PEOPLE_SQL = """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {people})
    INSERT INTO subscriber (public_id, email, email_key, name, topics, format, state, created_at,
    asked_at, changed_at) SELECT 'p' || i, 'p' || i || '@list.example', 'p' || i || '@list.example',
    '', '[]', CASE i % 5 WHEN 3 THEN 'plain' WHEN 4 THEN 'large' ELSE 'standard' END, 'subscribed',
    {at}, {at}, {at} FROM n"""


def open_app(env: dict[str, str]) -> Any:
    from portal import create_app  # noqa: PLC0415 - with the settings of this measurement
    from portal.config import load_config  # noqa: PLC0415

    return create_app(load_config(env))


def fill(app: Any, people: int) -> int:
    """Put people on the list, and make an issue that two have agreed to; returns its number."""
    from sqlalchemy import text  # noqa: PLC0415

    from portal.extensions import db  # noqa: PLC0415
    from tests.issues.sending import an_agreed_issue  # noqa: PLC0415
    from tests.stories import published  # noqa: PLC0415

    at = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-1 day')"
    with app.app_context():
        db.session.execute(text(PEOPLE_SQL.format(people=people, at=at).replace(":", r"\:")))
        db.session.commit()
        number: int = an_agreed_issue(*(published() for _ in range(3))).id
        return number


def let_go(app: Any, issue_id: int) -> None:
    """Its time has come: the fifteen minutes are over."""
    from portal.extensions import db, now  # noqa: PLC0415
    from portal.issues.models import Issue, IssueState  # noqa: PLC0415

    with app.app_context():
        issue = db.session.get_one(Issue, issue_id)
        issue.state, issue.send_at = IssueState.SCHEDULED, now()
        db.session.commit()


def ended(app: Any, issue_id: int) -> Any:
    """How it ended; nothing while it goes on."""
    from portal.extensions import db  # noqa: PLC0415
    from portal.issues.models import Issue  # noqa: PLC0415

    with app.app_context():
        db.session.connection(execution_options={"reading": True})
        issue = db.session.get_one(Issue, issue_id)
        return str(issue.state) if issue.finished_at else ""


def waits(app: Any, begun: float, over: float) -> dict[str, tuple[list[float], list[float]]]:
    """How long each kind of row took to leave, before the issue and meanwhile."""
    from sqlalchemy import select  # noqa: PLC0415

    from portal.delivery.models import Outgoing  # noqa: PLC0415
    from portal.extensions import db  # noqa: PLC0415

    found: dict[str, tuple[list[float], list[float]]] = {}
    with app.app_context():
        names = ("confirm_signup", "reply", "alert")
        query = select(Outgoing.name, Outgoing.due_at, Outgoing.finished_at)
        for name, due, left in db.session.execute(query.where(Outgoing.name.in_(names))):
            both = found.setdefault(name, ([], []))
            if left and due.timestamp() < over:
                both[due.timestamp() >= begun].append(max((left - due).total_seconds(), 0))
    return found


def took_of(app: Any) -> float:
    """Seconds from when the first row of the issue was written until the last had left."""
    from sqlalchemy import func, select  # noqa: PLC0415

    from portal.delivery.models import Outgoing  # noqa: PLC0415
    from portal.extensions import db  # noqa: PLC0415

    with app.app_context():
        mine = Outgoing.batch_id.is_not(None)
        query = select(func.min(Outgoing.created_at), func.max(Outgoing.finished_at))
        begun, over = db.session.execute(query.where(mine)).one()
        return float((over - begun).total_seconds())


def report_of(app: Any, issue_id: int) -> Any:
    from portal.extensions import db  # noqa: PLC0415
    from portal.issues.models import Issue  # noqa: PLC0415
    from portal.issues.sending.report import report  # noqa: PLC0415

    with app.app_context():
        return report(db.session.get_one(Issue, issue_id)).known


def peak(pid: int) -> float:
    """The most memory that a process had, in MB."""
    words = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", words)[0]) / 1024


@contextmanager
def fake_brevo(people: int) -> Iterator[dict[str, str]]:
    """Brevo with its rules, which knows everybody; in this process, beside which all else runs."""
    from tests.providers.brevo import FakeBrevo  # noqa: PLC0415

    with FakeBrevo(api_key="none") as fake:
        fake.senders = [{"email": "newsletter@getyourselfactive.org", "active": True}]
        for number in range(1, people + 1):
            email = f"p{number}@list.example"
            fake.contacts[email] = {"email": email, "attributes": {}, "listIds": [],
                                    "emailBlacklisted": False}  # fmt: skip
        yield {"AUDIENCE_PROVIDER": "brevo", "BREVO_API_URL": fake.url, "BREVO_LIST_ID": "7"}


@contextmanager
def phone() -> Iterator[dict[str, str]]:
    """Where alerts go."""
    with beside(serve) as pipe:
        yield {"ALERT_URLS": f"json://127.0.0.1:{pipe.recv()}/alert"}


def ring(pipe: Any, env: dict[str, str]) -> None:
    """An alert now and then, until the pipe says to stop; of enquiries there are ten in an hour."""
    from portal import delivery  # noqa: PLC0415 - loaded in its own process
    from portal.extensions import db  # noqa: PLC0415

    app = open_app(env)
    while not pipe.poll(TEAM_PAUSE):
        with app.app_context():
            delivery.alert("Somebody is in danger", "Look at it.", once=str(time.time()))
            db.session.commit()


def compare(name: str, folder: Path, people: int, clients: int, **changes: str) -> None:
    """Send one issue in one way, and print what was seen."""
    site, log = f"http://127.0.0.1:{free_port()}", folder / "log"
    folder.mkdir()
    env = production(folder, MAIL_PROVIDER="local", AUDIENCE_PROVIDER="none")
    env |= {"RATELIMIT_ENABLED": "0", "DEVELOPMENT": "1"} | changes
    upgrade = [sys.executable, "-m", "flask", "db", "upgrade"]
    subprocess.run(upgrade, cwd=ROOT, env=os.environ | env, check=True, capture_output=True)
    app = open_app(env)
    issue_id = fill(app, people)
    web = ("gunicorn", "wsgi:app", "--bind", site.removeprefix("http://"))
    with running(log, env, *web), running(log, env, "flask", "worker", "--threads", "4") as worker:
        until(lambda: answers(f"{site}/newsletter/"))
        with (
            beside(sign_up, site, clients) as public,
            beside(team, env) as staff,
            beside(ring, env) as bell,
        ):
            time.sleep(UNDO + QUIET * 2)
            begun = time.time()
            let_go(app, issue_id)
            until(lambda: bool(ended(app, issue_id)))
            over, memory = time.time(), peak(worker.pid)
            for one in (public, staff, bell):
                one.send("stop")
            _, answered = public.recv()
    known, took = report_of(app, issue_id), took_of(app)
    print(f"{people} people, {name}: {ended(app, issue_id)} after {over - begun:.0f} s, of these")
    print(f"  {took:.0f} from the first row to the last, {people / took:.0f} people a second;")
    print(f"  the worker had {memory:.0f} MB at most")
    print(
        f"  accepted {known.accepted}, failed {known.failed}, uncertain {known.uncertain};", end=""
    )
    print(f" all add up: {known.balances}")
    size = Path(env["DATABASE_URL"].removeprefix("sqlite:///")).stat().st_size / people
    print(f"  the database has {size:.0f} bytes for each person")
    for what, (before, meanwhile) in waits(app, begun, over).items():
        show(f"{what} leaves after", before, meanwhile)
    show(
        "a sign-up is answered after",
        [wait for at, wait in answered if at < begun],
        [wait for at, wait in answered if begun < at < over],
    )


def show(what: str, before: list[float], meanwhile: list[float]) -> None:
    if min(len(before), len(meanwhile)) < 2:
        print(f"  {what}: too few to say ({len(before)}, {len(meanwhile)})")
        return
    usual, now = median(before), median(meanwhile)
    last = quantiles(meanwhile, n=100)[98]
    met = "met" if last <= LEAVES_WITHIN else "OVER BUDGET"
    print(f"  {what}: p50 {now:.3f} s, {now / max(usual, 0.001):.1f} times what it is", end=" ")
    print(f"without; p99 {last:.3f} s, at most {LEAVES_WITHIN}: {met} ({len(meanwhile)})")


def measure() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--only", choices=("mails", "campaigns"))
    found = parser.parse_known_args()[0]
    with _measure.scratch() as folder, phone() as alerts:
        if found.only != "campaigns":
            compare("a mail to each", folder / "mails", found.people, found.clients, **alerts)
        if found.only != "mails":
            with fake_brevo(found.people) as brevo:
                name, changes = "a campaign for each format", brevo | alerts
                compare(name, folder / "campaigns", found.people, found.clients, **changes)


if __name__ == "__main__":
    _measure.main(measure)
