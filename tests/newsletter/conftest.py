"""What the newsletter's tests can ask for."""

import csv
import io

import pytest

from portal.extensions import db
from portal.newsletter import links, services
from portal.newsletter.models import SubscriberState
from portal.spreadsheets import BOM
from tests.newsletter import ADA, AGREED, NINE, a_subscriber, link_in


@pytest.fixture
def add(app):
    """Puts a subscriber into the database and returns it."""
    return a_subscriber


@pytest.fixture
def joined(app, work):
    """Makes a subscriber in the usual way, with the contact at the provider and the mails sent."""

    def join(email=ADA, topics=("stories",), format_="large"):
        subscriber = a_subscriber(email, SubscriberState.PENDING)
        token = links.confirm_url(subscriber, list(topics), format_).rpartition("/")[2]
        services.confirm(links.read_confirm(token))
        work()
        return subscriber

    return join


@pytest.fixture
def run(app):
    """Runs `flask newsletter …` and returns the result."""

    def command(*words, ends=0):
        db.session.commit()
        result = app.test_cli_runner().invoke(args=["newsletter", *words])
        assert result.exit_code == ends, result.output
        return result

    return command


@pytest.fixture
def take(run, tmp_path):
    """Imports a file with that content and returns what was said."""

    def import_(content, *more, name="people.csv", **options):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return run("import", str(file), "--wording", AGREED, *more, **options).output

    return import_


@pytest.fixture
def exported(run):
    """What `flask newsletter export` writes, as dicts."""

    def read():
        return list(csv.DictReader(io.StringIO(run("export").stdout.removeprefix(BOM), newline="")))

    return read


@pytest.fixture
def clock(clock):
    clock.move_to(NINE)
    return clock


@pytest.fixture
def asked(app, mailbox):
    """Signs an address up and returns the link that its owner got."""

    def ask(email=ADA, topics=("stories",), format_="large"):
        services.sign_up(email, list(topics), format_)
        return link_in(mailbox()[-1], "confirm")

    return ask
