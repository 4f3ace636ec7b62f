"""Tests of the newsletter, and what they share."""

import re
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import current_app
from sqlalchemy import text

from portal.addresses import to_unicode
from portal.extensions import db
from portal.newsletter.models import Subscriber, SubscriberState
from portal.newsletter.transfer import taking
from portal.newsletter.transfer.entries import ListedPerson
from portal.newsletter.transfer.words import There

ADA = "ada@example.org"
AGREED = "I want the paper newsletter by email instead."
NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
JOIN, EMBED, LOST_LINK = "/newsletter/", "/newsletter/embed", "/newsletter/preferences/"
ASKING = [JOIN, EMBED, LOST_LINK]


def settings(**changes):
    """Gives a test's portal other settings."""
    return pytest.mark.parametrize("env", [changes], indirect=True, ids=lambda changed: "")


def a_subscriber(email=ADA, state=SubscriberState.SUBSCRIBED, **values) -> Subscriber:
    """Somebody in the database, with these values."""
    subscriber = Subscriber.new(email, state)
    for name, value in values.items():
        setattr(subscriber, name, value)
    db.session.add(subscriber)
    db.session.commit()
    return subscriber


def put_on(email=ADA, name="", topics=()) -> None:
    """Put somebody on the list as an import does; commits."""
    there = ListedPerson(1, email, name, [*topics], "standard", There.SUBSCRIBED, AGREED, "a list")
    taking.take([there], None)
    db.session.commit()


def imported(content, name="people.csv") -> str:
    """What `flask newsletter import` says of a list with this content."""
    content = content if isinstance(content, bytes) else content.encode()
    with TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(content)
        command = ["newsletter", "import", str(file), "--wording", AGREED]
        result = current_app.test_cli_runner().invoke(args=command)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.output


def link_in(mail, page: str) -> str:
    """The private link to a page of the newsletter in a mail's text."""
    text_part = mail.get_body(("plain",)).get_content()
    return re.search(rf"http\S+/newsletter/{page}/\S+", text_part).group()


def owner_of(mail) -> str:
    """The address that a mail goes to, in any script (Python reads RFC 6532 as bytes)."""
    return to_unicode(mail["To"].addresses[0].addr_spec.encode(errors="surrogateescape").decode())


def tables() -> dict[str, list[tuple]]:
    """All that is in the database, by table."""
    names = [table.name for table in db.metadata.sorted_tables]
    found = {name: db.session.execute(text(f'SELECT * FROM "{name}"')).all() for name in names}
    db.session.commit()  # SQLite's lock
    return found


def nothing_is_kept() -> bool:
    """Whether every table is empty."""
    return not any(tables().values())


def anything_kept_about(address: str) -> bool:
    """Whether the address stands in any cell of any table."""
    return address.lower() in str(tables()).lower()


def state_of(email=ADA):
    """Where the subscriber stands; None where there is none."""
    subscriber = Subscriber.with_email(email)
    state = subscriber and subscriber.state
    db.session.commit()
    return state
