"""Nobody can learn from an answer whether an address is known."""

import re
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from portal.extensions import db, huey
from portal.newsletter.models import Subscriber, SubscriberState
from tests.newsletter import EMBED, JOIN, LOST_LINK, tables

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

    def send(path, address):
        page = visit(path)
        hidden = {field.attrs["name"]: field.attrs["value"] for field in page.page.query("[value]")}
        form = {name: hidden[name] for name in ("stamp", "csrf_token") if name in hidden}
        headers = {"HX-Request": "true"} if visit.htmx else {}
        huey.flush()
        with noted_work() as done:
            answer = visit.client.post(path, data=form | {"email": address}, headers=headers)
        shown = (answer.status_code, answer.data, sorted(answer.headers))
        return shown, (done, huey.pending_count())

    return send


@pytest.mark.parametrize("path", [JOIN, EMBED, LOST_LINK])
def test_the_answer_and_the_work_are_the_same_for_every_address(ask, add, path):
    answers, works = [], []
    for number, state in enumerate(STATES):
        address = f"person-{number}@example.org"
        if state:
            add(address, state)
        shown, work = ask(path, address)
        answers.append(shown)
        works.append(work)

    assert all(answer == answers[0] for answer in answers)
    assert all(work == works[0] for work in works), works
    assert works[0][0][-1] == "commit"
    assert works[0][0].count("commit") == 1


@pytest.mark.parametrize("path", [JOIN, LOST_LINK])
@pytest.mark.parametrize("state", SubscriberState)
def test_the_second_time_in_a_day_looks_like_the_first_and_mails_no_more(
    ask, add, mailbox, path, state
):
    add("ada@example.org", state)
    first = ask(path, "ada@example.org")
    sent = len(mailbox())
    second = ask(path, "ada@example.org")

    assert second == first
    assert len(mailbox()) == sent


def test_a_doubtful_signup_is_answered_like_any_other(ask, visit, app):
    ordinary, _ = ask(JOIN, "ada@example.org")
    app.config["FORM_MIN_SECONDS"] = 3600
    held, _ = ask(JOIN, "eve@example.org")

    assert held == ordinary
    assert len(tables()["held_signup"]) == 1


@pytest.mark.parametrize(
    ("state", "subject"),
    [
        (None, "Please confirm: do you want our newsletter?"),
        (SubscriberState.PENDING, "Please confirm: do you want our newsletter?"),
        (SubscriberState.SUBSCRIBED, "You already get our newsletter"),
        (SubscriberState.UNSUBSCRIBED, "Please confirm: do you want our newsletter?"),
        (SubscriberState.BOUNCED, None),
        (SubscriberState.COMPLAINED, None),
    ],
)
def test_the_mail_after_a_signup_says_what_fits_its_owner(visit, add, mailbox, state, subject):
    if state:
        add("ada@example.org", state)

    visit.send(JOIN, {"email": "ada@example.org"})

    assert [mail["Subject"] for mail in mailbox()] == ([subject] if subject else [])
    assert Subscriber.with_email("ada@example.org").state is (state or SubscriberState.PENDING)


@pytest.mark.parametrize(
    ("state", "subject"),
    [
        (None, None),
        (SubscriberState.PENDING, "Please confirm: do you want our newsletter?"),
        (SubscriberState.SUBSCRIBED, "Your private link for our newsletter"),
        (SubscriberState.UNSUBSCRIBED, "Your private link for our newsletter"),
        (SubscriberState.BOUNCED, None),
        (SubscriberState.COMPLAINED, None),
    ],
)
def test_a_lost_link_is_mailed_to_those_who_have_one(visit, add, mailbox, state, subject):
    if state:
        add("ada@example.org", state)

    answer = visit.send(LOST_LINK, {"email": "ada@example.org"})

    assert "If we know your address" in answer.text
    assert [mail["Subject"] for mail in mailbox()] == ([subject] if subject else [])


def test_two_who_sign_up_the_same_new_address_at_once_both_succeed(visit, mailbox, monkeypatch):
    visit.send(JOIN, {"email": "ada@example.org"})
    find, blind = Subscriber.with_email, [True]
    # What the second of two sees that came in the same moment: the other is not there yet.
    monkeypatch.setattr(
        Subscriber, "with_email", lambda email: None if blind and blind.pop() else find(email)
    )

    answer = visit.send(JOIN, {"email": "ada@example.org"})

    assert answer.heading == "Check your email"
    assert len(tables()["subscriber"]) == 1
    assert len(mailbox()) == 1
