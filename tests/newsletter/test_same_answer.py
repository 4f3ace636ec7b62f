"""Nobody can learn from an answer whether an address is known."""

import re
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from portal.extensions import db, huey
from portal.newsletter.models import Subscriber, SubscriberState
from tests.contact import hidden
from tests.newsletter import ADA, ASKING, JOIN, LOST_LINK, anything_kept_about, state_of, tables
from tests.visit import shown

STATES = [None, *SubscriberState]
WRITES = r"(INSERT INTO|UPDATE) "


@contextmanager
def noted_work():
    """The kind of each statement that is run, and each commit, in order.

    Adding a subscriber and updating one count as the same: one row of one
    table is written, with its indexes.
    """
    done = []

    def note(connection, cursor, statement, *rest):
        kind = re.sub(WRITES, "write ", " ".join(statement.split()))
        done.append(re.sub(r"^(SELECT) .*? FROM (\w+).*|^(write \w+).*", r"\1 \2\3", kind))

    def note_commit(connection):
        done.append("commit")

    event.listen(db.engine, "before_cursor_execute", note)
    event.listen(db.engine, "commit", note_commit)
    yield done
    event.remove(db.engine, "before_cursor_execute", note)
    event.remove(db.engine, "commit", note_commit)


@pytest.fixture
def ask(visit):
    """Sends a form with an address and returns all that shows from outside, and the work done."""

    def send(path, address=ADA):
        form = hidden(visit(path)) | {"email": address}
        headers = {"HX-Request": "true"} if visit.htmx else {}
        huey.flush()
        with noted_work() as done:
            answer = visit.client.post(path, data=form, headers=headers)
        return shown(answer), (done, huey.pending_count())

    return send


@pytest.mark.parametrize("path", ASKING)
def test_the_answer_and_the_work_are_the_same_for_every_address(ask, add, path):
    found = []
    for number, state in enumerate(STATES):
        address = f"person-{number}@example.org"
        if state:
            add(address, state)
        found.append(ask(path, address))

    assert all(one == found[0] for one in found), found
    _, (statements, _) = found[0]
    assert statements.count("commit") == 1
    after = statements[statements.index("commit") + 1 :]  # what the page itself shows
    assert {one.partition(" ")[0] for one in after} <= {"BEGIN", "SELECT"}, after
    assert "BEGIN IMMEDIATE" not in after, after


@pytest.mark.parametrize("path", [JOIN, LOST_LINK])
def test_the_second_time_in_a_day_looks_like_the_first_and_mails_no_more(ask, add, mailbox, path):
    for state in SubscriberState:
        address = f"{state}@example.org"
        add(address, state)
        first, sent = ask(path, address), len(mailbox())
        second = ask(path, address)

        assert second == first
        assert len(mailbox()) == sent


def test_a_doubtful_signup_is_answered_like_any_other(ask, app):
    ordinary, _ = ask(JOIN)
    app.config["FORM_MIN_SECONDS"] = 3600
    held, _ = ask(JOIN, "eve@example.org")

    assert held == ordinary
    assert len(tables()["held_signup"]) == 1


CONFIRM = ["Please confirm: do you want our newsletter?"]
PRIVATE = ["Your private link for our newsletter"]


@pytest.mark.parametrize(
    ("state", "joining", "lost"),
    [
        (None, CONFIRM, []),
        (SubscriberState.PENDING, CONFIRM, CONFIRM),
        (SubscriberState.SUBSCRIBED, ["You already get our newsletter"], PRIVATE),
        (SubscriberState.UNSUBSCRIBED, CONFIRM, PRIVATE),
        (SubscriberState.BOUNCED, [], []),
        (SubscriberState.COMPLAINED, [], []),
    ],
)
@pytest.mark.parametrize("path", [JOIN, LOST_LINK])
def test_the_mail_says_what_fits_its_owner(visit_plain, add, mailbox, state, joining, lost, path):
    if state:
        add(state=state)
    answer = visit_plain.send(path, {"email": ADA})

    assert [mail["Subject"] for mail in mailbox()] == (joining if path == JOIN else lost)
    assert ("If we know your address" in answer.text) is (path == LOST_LINK)
    if state or path == JOIN:
        assert state_of() is (state or SubscriberState.PENDING)
    else:
        assert not anything_kept_about(ADA)


def test_two_who_sign_up_the_same_new_address_at_once_both_succeed(visit, mailbox, monkeypatch):
    visit.send(JOIN, {"email": ADA})
    find, blind = Subscriber.with_email, [True]
    # What the second of two sees that came in the same moment: the other is not there yet.
    monkeypatch.setattr(
        Subscriber, "with_email", lambda email: None if blind and blind.pop() else find(email)
    )
    answer = visit.send(JOIN, {"email": ADA})

    assert answer.heading == "Check your email"
    assert len(tables()["subscriber"]) == 1
    assert len(mailbox()) == 1
