"""A real worker is killed in the middle of a campaign, before or after the provider did a step.

What dies at each step, at each provider, is in `test_campaigns`, without processes.
"""

from collections import Counter

import pytest

from portal.extensions import db
from portal.issues import scheduling
from portal.issues.models import EditionState, Issue, IssueState
from portal.issues.sending import driving
from tests.delivery.processes import LONGEST, Killable, brevo, local_env
from tests.issues.sending import an_agreed_issue, known, people
from tests.providers.brevo import FakeBrevo
from tests.providers.ours import API_KEY, SITE
from tests.services import until

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]
KILLED_AT = {  # and whether that was done
    "create_audience": False,
    "add_to_audience": True,
    "create_campaign": True,
    "send_campaign": True,
}
WORKER = ("python", "-m", "tests.delivery.fast_worker")


def test_everybody_gets_one_though_the_worker_is_killed_on_the_way(make_app, tmp_path, sqlite_url):
    with FakeBrevo(api_key=API_KEY) as fake:
        settings = brevo(fake.url) | {"MAIL_PROVIDER": "local", "BREVO_LIST_ID": "7"}
        settings |= {"BREVO_API_KEY": API_KEY, "MAIL_FROM": SITE.senders[0]}
        env = local_env(tmp_path, **settings)
        with make_app(**env).app_context():
            issue_id, emails = begun()
            known_there = {"attributes": {}, "emailBlacklisted": False}
            fake.contacts |= {one: {"email": one} | known_there | {"listIds": []} for one in emails}
            worker = Killable(*WORKER, env=env)
            try:
                kill_at_each(fake, worker)
                until(lambda: is_over(issue_id), 3 * LONGEST)
            finally:
                worker.kill()

            assert Counter(who for _, who in fake.delivered) == Counter(emails)
            assert known(db.session.get_one(Issue, issue_id)) == (4, 0, 0, 0, 0)
            assert db.session.get_one(Issue, issue_id).state is IssueState.SENT
            db.session.rollback()


def begun():
    """An issue that begins to leave to four people: its number, and who they are."""
    emails = [one.email for one in people(4)]
    issue = an_agreed_issue()
    number, issue.state, issue.send_at = issue.id, IssueState.SCHEDULED, issue.created_at
    db.session.commit()
    scheduling.start(number)
    driving.go_on(number)
    db.session.commit()
    return number, emails


def kill_at_each(fake, worker):
    """Kill it the first time that it makes each of these calls."""
    act, left = fake.act, [*KILLED_AT]

    def die(asked):
        call = next((one for one in left if fake.is_of(one, asked)), None)
        if call is None:
            return act(asked)
        left.remove(call)
        answer = act(asked) if KILLED_AT[call] else None
        worker.restart()
        return answer or (500, {})

    fake.act = die


def is_over(issue_id):
    db.session.rollback()
    found = db.session.get_one(Issue, issue_id, populate_existing=True)
    over = all(one.state is EditionState.SENT for one in found.editions if one.people)
    db.session.rollback()
    if over:
        driving.go_on(issue_id)
    return over
