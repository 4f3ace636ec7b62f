"""Nobody can learn from an answer, or from how long it takes, who is of the team."""

import re

import pytest
from argon2 import low_level

from portal.extensions import huey
from portal.team import attempts, services
from portal.team.models import Role
from tests.newsletter import anything_kept_about
from tests.newsletter.test_same_answer import noted_work
from tests.team import PASSWORD, SIGN_IN, a_member

FORGOT = "/team/reset"
# All are as long as each other: a page that shows one again is as long too.
KNOWN, DISABLED, INVITED, NOBODY = (
    f"{name}@team.example" for name in ("known", "ended", "asked", "nobod")
)
pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def team(app):
    """A member, one who was disabled, and one who was invited and has no password yet."""
    for address in (KNOWN, DISABLED):
        services.change_password(a_member(Role.EDITOR, address[:5], address), PASSWORD)
    services.disable(services.find(DISABLED))
    services.invite(INVITED, Role.READER)


@pytest.fixture
def hashes(monkeypatch):
    """Notes each time that a password's slow hash is worked out."""
    done = []

    def noted(name):
        work = getattr(low_level, name)
        monkeypatch.setattr(low_level, name, lambda *a, **b: done.append("hash") or work(*a, **b))

    noted("hash_secret")
    noted("verify_secret")
    return done


@pytest.fixture
def ask(visit, team, hashes):
    """Sends a form; returns all that shows from outside, and the work that was done."""

    def send(path, email, password=""):
        token = visit(path).value("csrf_token")
        headers = {"HX-Request": "true"} if visit.htmx else {}
        form = {"csrf_token": token, "email": email, "password": password}
        huey.flush()
        hashes.clear()
        with noted_work() as done:
            answer = visit.client.post(path, data=form, headers=headers)
        text = re.sub(r'(name="csrf_token"[^>]* value=")[^"]*|challenge[^,]*', r"\1", answer.text)
        names = sorted({name for name, _ in answer.headers})
        shown = (answer.status_code, text.replace(email, "…"), names, answer.location)
        return shown, (done, len(hashes), huey.pending_count())

    return send


def test_sign_in_is_refused_alike_whoever_tries_and_makes_one_hash_always(ask):
    tries = [(KNOWN, "wrong words"), (DISABLED, PASSWORD), (INVITED, PASSWORD), (NOBODY, PASSWORD)]
    answers, works = zip(*[ask(SIGN_IN, *one) for one in tries], strict=True)

    assert answers[0][0] == 422
    assert "The address and the password do not fit." in answers[0][1]
    assert answers == (answers[0],) * len(tries)
    assert works == (works[0],) * len(tries)
    assert works[0][1] == 1
    assert works[0][0].count("commit") == 1
    shown, (_, hashes, _) = ask(SIGN_IN, KNOWN, PASSWORD)
    assert (shown[0], hashes) == (303, 1)


def test_too_many_tries_are_refused_alike_and_cost_no_hash(limited, ask, monkeypatch):
    """Also the one of which a member hears."""
    monkeypatch.setattr(attempts, "MANY_FOR_ONE", "1/15 minutes")
    tries = [[ask(SIGN_IN, one, PASSWORD) for _ in range(3)] for one in (NOBODY, DISABLED, INVITED)]
    known = [ask(SIGN_IN, KNOWN, "wrong words") for _ in range(3)]

    assert tries == [known] * 3
    assert [(shown[0], work[1]) for shown, work in known] == [(422, 1), (429, 0), (429, 0)]
    assert known[1][1][0].count("commit") == 1
    assert known[2][1][0] == []


def test_forgotten_password_is_answered_alike_whoever_asks_and_keeps_no_address(ask):
    asking = [NOBODY, KNOWN, DISABLED, INVITED, KNOWN.upper(), KNOWN]
    answers, works = zip(*[ask(FORGOT, one) for one in asking], strict=True)

    assert answers[0][0] == 303
    assert answers == (answers[0],) * len(asking)
    assert works == (works[0],) * len(asking)
    assert not anything_kept_about(NOBODY)


def test_only_a_member_who_can_sign_in_is_mailed_and_once_in_a_while(visit, team, mailbox):
    before = len(mailbox())
    for email in (NOBODY, DISABLED, INVITED, KNOWN, KNOWN, KNOWN.upper()):
        assert visit.send(FORGOT, {"email": email}).heading == "Check your email"

    mails = mailbox()[before:]
    assert [mail["To"].addresses[0].addr_spec for mail in mails] == [KNOWN]
