"""The drill, with real processes: a backup under load, all killed, a restore on nothing."""

import shutil
from collections import Counter
from contextlib import ExitStack

import pytest
import requests
from sqlalchemy import select

from portal.delivery import ledger, restored
from portal.delivery.models import UNFINISHED, Outgoing
from portal.extensions import db
from portal.newsletter import links
from portal.newsletter import services as newsletter
from portal.newsletter.models import Subscriber
from portal.stories import links as story_links
from portal.stories import withdrawal
from portal.stories.models import Story
from tests.backups import empty
from tests.delivery import processes
from tests.delivery.processes import LONGEST, Killable, brevo, local_env, start, wait_for_web
from tests.delivery.test_kill import WORKER, SignUps
from tests.newsletter import put_on
from tests.providers.brevo import FakeBrevo
from tests.services import BOTH, until
from tests.stories import published

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]

NO_END, BEFORE, SENT_SINCE = 100_000, 10, 12
READER, LEAVER, GONE = "reader@example.org", "leaver@example.org", "gone@example.org"


@pytest.fixture
def fake():
    with FakeBrevo() as server:
        yield server


@pytest.fixture(params=BOTH)
def lost_database(request):
    """The address of a database that can be lost."""
    name = "sqlite_url" if request.param == "sqlite" else "own_postgres_url"
    return request.getfixturevalue(name)


def command(*words, env):
    """Run a command of the portal to its end; returns what it says."""
    process = start("flask", *words, env=env)
    words, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == 0, words
    return words


class Site:
    """Web and worker as processes, which die together."""

    def __init__(self, env):
        self.env, self.port = env, int(env["PORT"])

    def __enter__(self):
        with ExitStack() as stack:
            self.web = Killable("gunicorn", "wsgi:app", env=self.env)
            stack.callback(self.web.kill)
            self.worker = Killable(*WORKER, env=self.env)
            stack.callback(self.worker.kill)
            wait_for_web(self.port)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def get(self, url):
        """The status of a page of the public."""
        return requests.get(f"http://127.0.0.1:{self.port}/{url.split('/', 3)[3]}", timeout=LONGEST)


def taken(fake):
    """How often each mail was taken, and how often it was handed over at all, by its key."""
    mails = [call for call in fake.calls if call["path"] == "/smtp/email"]
    return Counter(call["key"] for call in mails if call["status"] == 201)


def all_ended():
    left = db.session.scalars(select(Outgoing.id).where(Outgoing.state.in_(UNFINISHED))).all()
    db.session.commit()
    return not left


def life_before(site, fake, folder):
    """Sign-ups under load, a backup meanwhile, then withdrawals; returns what must stay so."""
    fake.behave("unavailable")
    stories = [published().id, published().id]
    for email in (READER, LEAVER, GONE):
        put_on(email)
    token = links.unsubscribe_url(Subscriber.with_email(LEAVER)).rpartition("/")[2]
    page = story_links.story_url(db.session.get(Story, stories[0]))
    db.session.commit()
    with site:
        sign_ups = SignUps(site.port, NO_END)
        sign_ups.wait_until_tried(BEFORE)
        command("backup", str(folder), env=site.env)
        fake.behave("ok")
        url = f"http://127.0.0.1:{site.port}/newsletter/unsubscribe/{token}"
        assert requests.post(url, data={"List-Unsubscribe": "One-Click"}, timeout=LONGEST).ok
        withdrawal.withdraw(db.session.get(Story, stories[0]), keep_files=False)
        newsletter.erase(Subscriber.with_email(GONE))
        assert site.get(page).status_code == 410
        told = len(sign_ups.acknowledged)
        until(lambda: len(sign_ups.acknowledged) > told, LONGEST)
        sign_ups.people = iter(())
        sign_ups.finish()
        until(lambda: len(taken(fake)) >= SENT_SINCE, LONGEST)
    db.session.remove()
    return stories, page, sign_ups.acknowledged


def test_a_restore_loses_no_withdrawal_and_sends_nothing_twice(
    make_app, tmp_path, fake, lost_database
):
    env = local_env(tmp_path / "var", PORT=str(processes.free_port()), **brevo(fake.url))
    env |= {"DATABASE_URL": lost_database, "UNPROVED_MAILS_PER_HOUR": "100000"}
    (tmp_path / "var").mkdir()
    with make_app(**env).app_context():
        stories, page, acknowledged = life_before(Site(env), fake, folder := tmp_path / "backups")
        before = taken(fake)
        empty()
        shutil.rmtree(tmp_path / "var" / "uploads", ignore_errors=True)
        said = command("restore", str(folder), env=env)
        with Site(env) as site:
            public = [site.get(page).status_code]
            quiet = taken(fake)
            held = sum(restored.held().values())
            db.session.commit()
            command("delivery", "restored", "--go", env=env)
            until(all_ended, LONGEST)
            public.append(site.get(page).status_code)

        rows = db.session.scalars(select(Outgoing)).all()
        left = {row.key: row.state for row in rows}
        assert "left: 1" in said
        assert public == [410, 410]
        assert quiet == before  # nothing leaves before somebody says go
        assert held > 0
        assert set(taken(fake).values()) == {1}
        # A notice to the team has the same key in the same hour; the one of the replay stays.
        ended = {"accepted", "uncertain", "cancelled"}
        assert {left[key] for key in before if key in left} <= ended
        assert ledger.read().balances
        assert Subscriber.with_email(READER).state == "subscribed"
        assert Subscriber.with_email(LEAVER).state == "unsubscribed"
        assert Subscriber.with_email(GONE) is None
        assert [db.session.get(Story, one).state for one in stories] == ["withdrawn", "published"]
        known = set(db.session.scalars(select(Subscriber.email)))
        lost = set(acknowledged) - known
        assert 0 < len(lost) < len(acknowledged)  # as the restore says
