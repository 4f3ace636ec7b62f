"""People who sign up while something happens, and what became of all of them."""

import threading
from collections import Counter

from sqlalchemy import select

from portal.delivery import ledger
from portal.delivery.models import UNFINISHED, Outgoing, OutgoingState
from portal.extensions import db
from tests.delivery.processes import LONGEST
from tests.machines import Balanced, Visitor
from tests.newsletter import JOIN
from tests.services import until

CLIENTS, PAUSE = 3, 0.2  # seconds between two sign-ups of each
MANY = {"RATELIMIT_TIMES": "100", "UNPROVED_MAILS_PER_HOUR": "100000"}


class Crowd:
    """People who sign up through all machines until they are told to stop."""

    def __init__(self, machines):
        self.machines, self.stop = machines, threading.Event()
        self.told, self.statuses = [], Counter()
        self.threads = [threading.Thread(target=self.work, args=(n,)) for n in range(CLIENTS)]

    def __enter__(self):
        for one in self.threads:
            one.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for one in self.threads:
            one.join(LONGEST)

    def work(self, client):
        number = 0
        while not self.stop.wait(PAUSE):
            number += 1
            self.sign_up(f"c{client}-{number}@example.org")

    def sign_up(self, email):
        """A whole visit; where a machine is not there, nobody was told anything."""
        browser = Balanced(self.machines)
        try:
            fields = Visitor.answer(browser.get(JOIN)).form()
            answer = browser.post(JOIN, fields | {"email": email}, follow_redirects=False)
        except (OSError, AssertionError, IndexError):  # away, or a page that says so
            self.statuses[0] += 1
            return
        self.statuses[answer.status_code] += 1
        if answer.status_code == 303:
            self.told.append(email)

    def more(self, number=10):
        """Wait until so many more were told that we have it."""
        before = len(self.told)
        until(lambda: len(self.told) >= before + number, LONGEST)


def settled(crowd, fake):
    """Everybody who was told so got one mail, and the books balance."""
    left = select(Outgoing.id).where(Outgoing.state.in_(UNFINISHED)).limit(1)
    until(lambda: db.session.scalar(left) is None or db.session.rollback(), LONGEST)
    states = dict(db.session.execute(select(Outgoing.address, Outgoing.state)).all())
    got = Counter(one["to"][0]["email"] for one in fake.mails)
    assert set(crowd.told) - set(states) == set()
    assert set(states.values()) <= {OutgoingState.ACCEPTED, OutgoingState.UNCERTAIN}
    accepted = {one for one, state in states.items() if state is OutgoingState.ACCEPTED}
    assert accepted - set(got) == set()
    assert set(got.values()) == {1}
    assert ledger.read().balances
    assert set(crowd.statuses) <= {0, 303, 503}
