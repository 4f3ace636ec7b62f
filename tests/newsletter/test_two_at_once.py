"""Two requests for one person in the same moment, each waiting for the other's transaction."""

import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, select, text

from portal.delivery.models import Action, Outgoing
from portal.extensions import db
from portal.newsletter import links
from portal.newsletter.models import Subscriber, SubscriberState
from tests.delivery.processes import LONGEST
from tests.newsletter import ADA, EMBED, a_subscriber
from tests.services import until

WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
)
pytestmark = pytest.mark.usefixtures("each_database")


@contextmanager
def waiting(app, *posts):
    """Send these requests, one after the other, while the person's row is held by the caller."""
    answers, threads = {}, []
    db.session.scalar(select(Subscriber).with_for_update())

    def send(path, data):
        answers[path] = app.test_client().post(path, data=data).status_code

    for path, data in posts:
        threads.append(threading.Thread(target=send, args=(path, data)))
        threads[-1].start()
        if db.engine.dialect.name == "postgresql":
            until(lambda: waits_for_a_lock() >= len(threads), LONGEST)
    yield answers
    db.session.commit()
    for thread in threads:
        thread.join(LONGEST)


def waits_for_a_lock():
    with db.engine.connect() as connection:
        return connection.scalar(text(WAITING))


@pytest.mark.parametrize("turn", [1, -1], ids=["choices first", "leaving first"])
@pytest.mark.parametrize(
    ("leave", "last", "state"),
    [
        (links.unsubscribe_url, Action.UNSUBSCRIBE, SubscriberState.UNSUBSCRIBED),
        (lambda one: f"{links.preferences_url(one)}/erase", Action.ERASE, None),
    ],
    ids=["leaving", "being forgotten"],
)
def test_choices_that_are_saved_in_the_moment_of_leaving_do_not_bring_a_person_back(
    app, leave, last, state, turn
):
    person = a_subscriber()
    chosen = {"name": "Ada", "format": "large"}
    posts = [
        (url.removeprefix(app.config["SITE_URL"]), data)
        for url, data in ((links.preferences_url(person), chosen), (leave(person), {}))
    ]
    db.session.commit()
    with waiting(app, *posts[::turn]) as answers:
        pass

    audience = select(Outgoing.action).where(Outgoing.action != Action.EMAIL).order_by(Outgoing.id)
    assert set(answers.values()) <= ({200, 303} if state else {200, 303, 404})
    assert db.session.scalars(audience).all()[-1] is last
    assert db.session.scalar(select(Subscriber.state)) is state


def test_sign_up_in_the_moment_of_being_forgotten_is_kept(app):
    """The row that the sign-up has read is gone when it writes."""
    a_subscriber()
    with waiting(app, (EMBED, {"email": ADA, "format": "standard"})) as answers:
        db.session.execute(delete(Subscriber))

    assert list(answers.values()) == [200]
    assert Subscriber.with_email(ADA)
