"""Web and worker are killed at the worst moments, and no sign-up is lost or sent twice."""

import random
import threading
from collections import Counter
from contextlib import ExitStack

import pytest
from sqlalchemy import select

from portal.delivery import enqueue, ledger
from portal.delivery.models import UNFINISHED, Outgoing, OutgoingState
from portal.extensions import db
from portal.newsletter.models import Subscriber
from tests.delivery import mail, processes, states
from tests.delivery.processes import LONGEST, Killable, brevo, local_env, running, wait_for_web
from tests.providers.brevo import FakeBrevo
from tests.services import until

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]

WORKER = ("python", "-m", "tests.delivery.fast_worker")
CLIENTS = 4
SERVERS = {"DATABASE_URL": "postgres_url", "QUEUE_URL": "redis_url"}


@pytest.fixture
def fake():
    with FakeBrevo() as server:
        yield server


def all_ended():
    left = db.session.scalars(select(Outgoing.id).where(Outgoing.state.in_(UNFINISHED))).all()
    db.session.commit()
    return not left


# One mail, and a worker that dies at a certain point


@pytest.mark.parametrize(
    ("options", "state"),
    [([], "accepted"), (["--no-key"], "uncertain")],
    ids=["with a key", "without a key"],
)
def test_mail_of_a_worker_that_is_killed_after_it_was_taken_goes_once(
    make_app, fake, sqlite_url, tmp_path, options, state
):
    env = local_env(tmp_path, **brevo(fake.url))
    fake.behave("stall")
    with make_app(**env).app_context():
        row_id = enqueue(mail())
        db.session.commit()
        with running(*WORKER, *options, env=env):
            assert fake.wait_for_calls(1, LONGEST)
        before = states(row_id)
        fake.behave("ok")
        with running(*WORKER, *options, env=env):
            until(all_ended, LONGEST)

        assert before == ["sending"]
        assert states(row_id) == [state]
        assert len(fake.mails) == 1
        assert len({call["key"] for call in fake.calls}) == 1


# Everything is killed at random


class SignUps:
    """Clients that sign people up as fast as they are answered, and what they were told."""

    def __init__(self, port, number):
        self.port, self.people = port, iter(range(number))
        self.acknowledged, self.tried, self.errors = [], [], []
        self.lock = threading.Condition()
        self.threads = [threading.Thread(target=self.work) for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def next(self):
        with self.lock:
            number = next(self.people, None)
            if number is not None:
                self.tried.append(f"person{number}@example.org")
                self.lock.notify_all()
                return self.tried[-1]
        return None

    def person(self):
        """Who signs up, one address after the other."""
        return processes.Person(self.port)

    def work(self):
        try:
            person = self.person()
            while email := self.next():
                if person.sign_up(email):
                    self.acknowledged.append(email)
                else:
                    wait_for_web(self.port)
            person.close()
        except BaseException as error:
            self.errors.append(error)
            raise

    def wait_until_tried(self, number):
        with self.lock:
            assert self.lock.wait_for(lambda: len(self.tried) >= number, LONGEST)

    def finish(self):
        for thread in self.threads:
            thread.join(LONGEST)
        assert not self.errors


def kill_at_random(env, number, kills, seed, clients=SignUps, app="wsgi:app"):
    """Let clients do so much while web and worker are killed so often. Returns the clients."""
    chance, port = random.Random(seed), int(env["PORT"])
    with ExitStack() as stack:
        web = Killable("gunicorn", app, env=env)
        stack.callback(web.kill)
        worker = Killable(*WORKER, env=env)
        stack.callback(worker.kill)
        wait_for_web(port)
        sign_ups = clients(port, number)
        for moment in sorted(chance.sample(range(number // 20, number * 19 // 20), kills)):
            sign_ups.wait_until_tried(moment)
            for victim in chance.choice([[web], [worker], [web, worker]]):
                victim.restart()
        sign_ups.finish()
        until(all_ended, LONGEST)
    return sign_ups


def left_once(rows, calls):
    """Expect that each left exactly once, or is uncertain; returns how often a key was taken."""
    taken = Counter(call["key"] for call in calls if call["status"] == 201)
    assert {row.state for row in rows} <= {OutgoingState.ACCEPTED, OutgoingState.UNCERTAIN}
    for row in rows:
        sent = taken[row.key]
        assert sent == 1 or (row.state is OutgoingState.UNCERTAIN and sent <= 1)
    assert ledger.read().balances
    return taken


def check(sign_ups, calls):
    """Every acknowledged sign-up is here, and left to somebody else."""
    rows = db.session.scalars(select(Outgoing)).all()
    due = {row.address: row for row in rows if row.state is not OutgoingState.CANCELLED}
    taken = left_once(due.values(), calls)
    known = set(db.session.scalars(select(Subscriber.email)))

    assert [call["status"] for call in calls].count(503) == 10
    assert set(sign_ups.acknowledged) <= known
    assert set(sign_ups.acknowledged) <= set(due)
    assert set(taken) <= {row.key for row in rows}
    addresses = Counter(call["body"]["to"][0]["email"] for call in calls if call["status"] == 201)
    assert set(addresses.values()) == {1}


@pytest.mark.parametrize(
    "databases", [{"DATABASE_URL": "sqlite_url"}, SERVERS], ids=["sqlite", "postgres and redis"]
)
def test_no_acknowledged_sign_up_is_lost_or_doubled_when_everything_is_killed(
    make_app, request, tmp_path, fake, databases
):
    """The provider is down at first, too: people are answered, and their mails wait for it."""
    urls = {name: request.getfixturevalue(fixture) for name, fixture in databases.items()}
    env = local_env(tmp_path, PORT=str(processes.free_port()), **urls, **brevo(fake.url))
    number, kills = (300, 6) if request.config.getoption("deep") else (40, 2)
    fake.behave("unavailable", times=10)
    with make_app(**env).app_context():
        sign_ups = kill_at_random(env, number, kills, seed=number)

        assert len(sign_ups.acknowledged) > number * 0.6
        check(sign_ups, fake.calls)
