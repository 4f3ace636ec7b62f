"""A database that is away: every page says so in words, and what was typed comes back."""

import html

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.routing import AnyConverter, IntegerConverter

from portal.extensions import db
from tests.every_form import ROWS, somebody
from tests.page_lint import lint
from tests.sender import Sender
from tests.team import put_in

NEEDS_NONE = {"contact", "passkey"}  # nothing is looked up for the first, and the second is refused
SECRET = ("password", "code")


@pytest.fixture
def away(monkeypatch):
    """Takes the database away, as it is where PostgreSQL was stopped."""

    def leave():
        db.session.remove()
        db.engine.dispose()

        def connect(_pool):
            raise OperationalError("", None, ConnectionError("it does not answer"))

        monkeypatch.setattr(type(db.engine.pool), "connect", connect)

    yield leave
    monkeypatch.undo()


def typed_by(sender):
    """What somebody wrote themselves, of what they send."""
    texts = [text for text in sender.good.values() if isinstance(text, str)]
    return [text for text in texts if " " in text.strip()]


def pages(app):
    """An address of each rule that shows something."""
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods:
            values = {name: a_value(kind) for name, kind in rule._converters.items()}
            yield app.url_map.bind("localhost").build(rule.endpoint, values)


def a_value(kind):
    if isinstance(kind, AnyConverter):
        return sorted(kind.items)[0]
    return 1 if isinstance(kind, IntegerConverter) else "x"


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.name not in NEEDS_NONE], ids=lambda row: row.name
)
def test_what_was_sent_comes_back_with_a_button_to_send_it_again(app, away, row, caplog):
    sender = Sender(app, row)
    sent = sender.hidden | sender.good
    words = typed_by(sender)
    away()
    answer = sender.client.post(sender.path, data=sent)

    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "30"), sender.path
    page = lint(answer.text)
    if row.name == "files" or any(part in name for name in sent for part in SECRET):
        assert not page.query("main form")
        return
    (form,) = page.query("main form")
    assert form.attrs["action"].partition("?")[0] == sender.path
    shown = html.unescape(answer.text)
    assert all(text.replace("\r\n", "\n") in shown.replace("\r\n", "\n") for text in words)
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("who", ["anybody", "of the team"])
@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "no-js"])
def test_every_page_says_that_it_cannot_be_shown_now(app, client, away, who, htmx):
    if who == "of the team":
        put_in(client, somebody())
    away()
    for path in pages(app):
        answer = client.get(path, headers={"HX-Request": "true"} if htmx else {})
        assert answer.status_code < 500 or answer.status_code == 503, path
        if answer.status_code == 503 and answer.mimetype == "text/html":
            assert answer.headers["Retry-After"] == "30"
            assert "We cannot show this just now" in answer.text, path
            assert htmx or lint(answer.text)
    assert client.get("/stories/").status_code == 503
    assert client.get("/healthz").status_code == 200
