"""How long PostgreSQL is waited for: by somebody who waits for a page, and by what runs beside."""

import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from portal import postgres
from portal.extensions import db
from tests.services import until

pytestmark = pytest.mark.services
SHORT, LONG = 0.3, 1.0  # seconds


@pytest.fixture
def app(make_app, postgres_url, monkeypatch):
    monkeypatch.setattr(postgres, "ANSWER", SHORT)
    monkeypatch.setattr(postgres, "REST", SHORT)
    app = make_app(DATABASE_URL=postgres_url, OF="this test")
    with app.app_context():
        yield app


def sleep():
    try:
        db.session.execute(text(f"SELECT pg_sleep({LONG})"))
    finally:
        db.session.rollback()


def test_a_page_waits_for_a_statement_no_longer_than_people_do_and_what_is_beside_does(app):
    sleep()
    with postgres.within(None), app.test_request_context():
        sleep()
    began = time.monotonic()
    with app.test_request_context(), pytest.raises(OperationalError, match="does not answer"):
        sleep()
    assert time.monotonic() - began < LONG

    with pytest.raises(OperationalError, match="does not answer"):
        db.session.execute(text("SELECT 1"))  # the others hear of it
    db.session.rollback()
    until(answers, 5)


def answers():
    try:
        return db.session.scalar(text("SELECT 1")) == 1
    except OperationalError:
        return False
    finally:
        db.session.rollback()
