"""A worker that is killed, or only sleeps, while it brings people onto the list."""

import io
import random
from collections import Counter
from datetime import timedelta

import pytest

from portal.extensions import db
from portal.newsletter.models import Consent, Subscriber
from portal.newsletter.transfer import holding, import_work, jobs, sync_work, working
from portal.newsletter.transfer.entries import ReadAs
from portal.newsletter.transfer.models import JobLine, JobState, ListJob
from tests.delivery import provide
from tests.delivery.processes import LONGEST, Killable, local_env
from tests.newsletter import tables
from tests.newsletter.audiences import Importer, person
from tests.services import until

WORKER = ("python", "-m", "tests.newsletter.transfer.quick_worker")
PEOPLE = 300


def begun(number=PEOPLE, *, is_trial=False):
    """A job of so many people, each tenth of whom left, and each seventh stands there twice."""
    rows = [f"p{n}@x.example,{'left' if n % 10 == 0 else 'yes'}" for n in range(number)]
    rows += rows[::7]
    file = io.BytesIO(("email,state\n" + "\n".join(rows)).encode())
    job = jobs.take_in("people.csv", file, None)
    jobs.command(job, ReadAs.from_json(job.read_as), is_trial=is_trial)
    job_id = job.id
    db.session.commit()
    return job_id


def read(job_id):
    db.session.rollback()
    job = db.session.get_one(ListJob, job_id)
    state, done = job.state, job.done
    db.session.rollback()
    return state, done


def check_each_once(job_id, number=PEOPLE):
    """Nobody is lost, and nobody is there twice: in the list, the outbox and the counts."""
    job, again = db.session.get_one(ListJob, job_id), len(range(0, number, 7))
    left, left_again = len(range(0, number, 10)), len(range(0, number, 70))
    assert job.counts == {
        "added": number - left,
        "left": left,
        "here": again - left_again,
        "left-here": left_again,
    }
    assert db.session.query(Subscriber).count() == number
    assert db.session.query(Consent).count() == number
    assert db.session.query(JobLine).count() == again
    # Beside them a worker may have sent the team its mail of this hour or week.
    sent = Counter(row.address for row in tables()["outgoing"] if row.address.endswith(".example"))
    assert (len(sent), set(sent.values())) == (number - left, {1})


@pytest.mark.services
@pytest.mark.enable_socket
def test_a_job_whose_worker_is_killed_again_and_again_takes_everybody_once(
    make_app, database, tmp_path, request
):
    env, chance = local_env(tmp_path, DATABASE_URL=database), random.Random(7)
    kills = 8 if request.config.getoption("deep") else 2
    with make_app(**env).app_context():
        job_id = begun()
        worker = Killable(*WORKER, env=env)
        try:
            for moment in sorted(chance.sample(range(20, PEOPLE), kills)):
                until(lambda moment=moment: read(job_id)[1] >= moment, LONGEST)
                worker.restart()
            until(lambda: read(job_id)[0] is JobState.DONE, LONGEST)
        finally:
            worker.kill()

        check_each_once(job_id)


@pytest.mark.usefixtures("each_database")
def test_a_worker_that_slept_too_long_takes_nobody(app, clock, monkeypatch):
    monkeypatch.setattr(import_work, "STEP", 10)
    job_id = begun(40)
    slow = import_work.go(holding.claim())
    next(slow)
    clock.shift(holding.LEASE + timedelta(seconds=1))
    other = import_work.go(holding.claim())
    next(other)
    with pytest.raises(holding.Lost):
        next(slow)
    db.session.rollback()
    assert holding.claim() is None
    for _ in other:
        pass

    check_each_once(job_id, 40)


@pytest.mark.usefixtures("each_database")
def test_a_trial_that_broke_off_begins_again_and_says_the_same(app, clock, monkeypatch):
    monkeypatch.setattr(import_work, "AT_ONCE", 10)
    job_id = begun(40, is_trial=True)
    next(import_work.attempt(holding.claim()))
    clock.shift(holding.LEASE + timedelta(seconds=1))
    assert working.work()

    job = db.session.get_one(ListJob, job_id)
    assert (job.state, job.done, job.counts["added"]) == (JobState.TRIED, job.total, 36)
    assert db.session.query(Subscriber).count() == 0


def test_a_comparison_that_broke_off_is_begun_again_and_mended_from_where_it_was(app, clock):
    provide(app, audience=Importer())
    for number in range(60):
        person(f"p{number}@x.example")
    job_id = jobs.compare(None).id
    db.session.commit()
    assert working.work()
    job = db.session.get_one(ListJob, job_id)
    assert (job.state, job.counts["missing"]) == (JobState.TRIED, 60)
    jobs.start(job)
    next(sync_work.go(holding.claim()))
    assert read(job_id) == (JobState.GOING, 50)
    clock.shift(holding.OF_SYNC + timedelta(seconds=1))
    while working.work():
        pass

    assert read(job_id) == (JobState.DONE, 60)
    sent = Counter(row.address for row in tables()["outgoing"])
    assert (len(sent), set(sent.values())) == (60, {1})


@pytest.mark.usefixtures("each_database")
def test_a_job_gives_way_to_other_work_and_goes_on(app, monkeypatch):
    monkeypatch.setattr(import_work, "STEP", 10)
    job_id = begun(40)
    slices = 0
    while working.work(0):
        slices += 1

    assert slices >= 4
    check_each_once(job_id, 40)
