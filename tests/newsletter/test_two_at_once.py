"""Two requests for one person in the same moment, each waiting for the other's transaction."""

import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, select, text

from portal.delivery.models import Action, Outgoing
from portal.extensions import db
from portal.newsletter import links
from portal.newsletter.models import Subscriber, SubscriberState
from tests.delivery import ADA
from tests.delivery.processes import LONGEST
from tests.services import until

WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


@pytest.fixture
def app(make_app, database):
    app = make_app(DATABASE_URL=database)
    with app.app_context():
        yield app


@pytest.fixture
def paths(app):
    """Ada's private addresses on the site; she is subscribed."""
    person = Subscriber.new(ADA, SubscriberState.SUBSCRIBED)
    db.session.add(person)
    db.session.commit()
    urls = links.preferences_url(person), links.unsubscribe_url(person)
    db.session.commit()
    return [url.removeprefix(app.config["SITE_URL"]) for url in urls]


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
def test_choices_that_are_saved_in_the_moment_of_leaving_do_not_bring_a_person_back(
    app, paths, turn
):
    preferences, unsubscribe = paths
    posts = [(preferences, {"name": "Ada", "format": "large"}), (unsubscribe, {})]
    with waiting(app, *posts[::turn]) as answers:
        pass

    audience = select(Outgoing.action).where(Outgoing.action != Action.EMAIL).order_by(Outgoing.id)
    assert set(answers.values()) <= {200, 303}
    assert db.session.scalars(audience).all()[-1] is Action.UNSUBSCRIBE
    assert db.session.scalar(select(Subscriber.state)) is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize(
    "database",
    [
        "sqlite",
        pytest.param(
            "postgres",
            marks=pytest.mark.services,
        ),
    ],
    indirect=True,
)
def test_sign_up_in_the_moment_of_being_forgotten_is_kept(app, paths):
    """The row that the sign-up has read is gone when it writes."""
    with waiting(app, ("/newsletter/embed", {"email": ADA, "format": "standard"})) as answers:
        db.session.execute(delete(Subscriber))

    assert list(answers.values()) == [200]
    assert Subscriber.with_email(ADA)
