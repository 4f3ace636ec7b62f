"""The hooks, for every provider that calls them: what is not verified changes nothing."""

from io import BytesIO

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from portal import providers
from portal.delivery import Event, events, routes
from portal.extensions import db
from portal.providers.errors import SetupError, TryLater, Unreadable
from portal.providers.values import EventKind, ProviderEvent
from tests.delivery import ADA, alerts
from tests.providers.registered import EVENTS, INBOUND, env_of

# Whatever else is wrong with a call is in tests/providers/test_events.py.
WRONG = [{}, {"Authorization": "Bearer another-secret-of-some-length"}]
CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
BROKEN = OperationalError("INSERT", {}, Exception("the disk is full"))
TOLD = [ProviderEvent("1", EventKind.BOUNCED, ADA), ProviderEvent("2", EventKind.UNKNOWN)]


@pytest.fixture
def app(make_app):
    app = make_app(**env_of())
    with app.app_context():
        yield app


@pytest.fixture
def trust(monkeypatch):
    """Lets each call of a provider pass, and read as TOLD, or as raising what it is given."""

    def trust(name="brevo", error=None, *, is_theirs=True):
        def parse(self, call):
            if error:
                raise error
            return TOLD

        monkeypatch.setattr(providers.adapter(name), "verify", lambda self, call: is_theirs)
        monkeypatch.setattr(providers.adapter(name), "parse_events", parse, raising=False)

    return trust


def kept():
    number = db.session.scalar(select(func.count()).select_from(Event))
    db.session.commit()
    return number


def post(client, name, headers=None, place="events"):
    url = f"/hooks/{name}/{place}"
    return client.post(url, data=b"{}", headers=headers, content_type="application/json")


def test_thousands_of_calls_that_are_not_the_providers_fill_no_log(make_app, caplog):
    app = make_app(RATELIMIT_ENABLED="1", **env_of())
    with app.app_context():
        client = app.test_client()
        assert {post(client, "brevo").status_code for _ in range(40)} == {403}

        assert caplog.text.count("was refused") == 30


def test_call_that_is_not_the_providers_is_refused_and_changes_nothing(app, client):
    answers = []
    for name in EVENTS:
        for place in ("events", "inbound"):
            url = f"{place}?secret=another-secret-of-some-length&x=%FF"
            answers += [post(client, name, headers=wrong, place=url) for wrong in WRONG]

    assert {(one.status_code, one.mimetype) for one in answers} == {(403, "text/plain")}
    assert kept() == 0


def test_without_a_secret_each_call_is_to_be_made_again_and_the_log_says_what_is_missing(
    make_app, caplog
):
    app = make_app(**{key: value for key, value in env_of().items() if "WEBHOOK" not in key})
    with app.app_context():
        client = app.test_client()
        answers = [post(client, name, headers=wrong) for name in EVENTS for wrong in WRONG]

        assert {answer.status_code for answer in answers} == {503}
        assert [name for name in EVENTS if f"{name.upper()}_WEBHOOK" not in caplog.text] == []
        assert kept() == 0


def test_provider_that_only_looks_is_answered_and_an_unknown_one_is_not_found(app, client):
    def answers(names, *calls):
        urls = [f"/hooks/{name}/{place}" for name in names for place in ("events", "inbound")]
        return {call(url).status_code for url in urls for call in calls}

    assert answers(EVENTS, client.get, client.head) == {200}
    unknown = "pigeon", "brevo.", "..", "%00", "base", "http"
    assert answers(unknown, client.get, client.post) == {404}
    assert kept() == 0


def test_events_are_kept_once_before_the_answer_and_acted_on_later(app, client, trust):
    trust()
    answers = [post(client, "brevo") for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}
    assert [answer.text for answer in answers] == [f"Kept; {new} new.\n" for new in (2, 0, 0)]
    rows = db.session.execute(select(Event.provider, Event.applied_at)).all()
    assert rows == [("brevo", None)] * 2


@pytest.mark.parametrize(
    ("told", "limit", "status", "words"),
    [
        ({"is_theirs": False}, 5, 403, "The secret or signature is not right."),
        ({"error": Unreadable("There is no list.")}, 5, 400, "There is no list."),
        ({}, 1, 413, "This is too large."),
        ({"error": SetupError("no")}, 5, 503, ""),
        ({"error": TryLater("no")}, 5, 503, ""),
        ({"error": BROKEN}, 5, 503, ""),
        ({"error": RuntimeError("ours")}, 5, 500, ""),
    ],
    ids=["not theirs", "unreadable", "large", "set up wrongly", "elsewhere", "database", "ours"],
)
@pytest.mark.usefixtures("bell")
def test_what_a_provider_will_not_say_again_is_one_alert_and_our_own_fault_it_says_again(
    app, client, trust, monkeypatch, caplog, told, limit, status, words
):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(routes, "EVENTS_MAX_MB", limit)
    trust(**told)
    body = b"x" * 3_000_000
    client.post("/hooks/brevo/events", data=body)
    answer = client.post("/hooks/brevo/events", data=body, environ_overrides=CHUNKED)

    assert (answer.status_code, kept()) == (status, 0)
    assert "/events" in caplog.text
    assert [one["text"].startswith(words) for one in alerts()] == [True] * (status < 500)
    assert answer.mimetype == ("text/html" if status == 500 else "text/plain")


@pytest.mark.usefixtures("bell")
@pytest.mark.parametrize("says", [{}, {"wsgi.input_terminated": True}])
def test_of_a_call_that_was_cut_nothing_is_kept_and_it_is_to_be_made_again(
    app, client, trust, caplog, says
):
    trust()
    cut = {"CONTENT_LENGTH": "3", **says}
    answer = client.post("/hooks/brevo/events", input_stream=BytesIO(b"{}"), environ_overrides=cut)

    assert (answer.status_code, kept(), alerts()) == (503, 0, [])
    assert "ended too early" in caplog.text


def test_a_call_that_only_asks_whether_it_may_call_is_confirmed_and_tells_nothing(
    app, client, trust, monkeypatch
):
    trust()
    asks = iter([True, False])
    confirm = lambda self, call: next(asks)  # noqa: E731
    monkeypatch.setattr(providers.adapter("brevo"), "confirm", confirm, raising=False)
    answers = [post(client, "brevo").text for _ in range(2)]

    assert answers == ["Confirmed.\n", "Kept; 2 new.\n"]


def test_while_the_database_does_not_take_it_the_provider_is_asked_to_send_it_again(
    app, client, trust, monkeypatch
):
    def broken(*_):
        raise BROKEN

    trust()
    with monkeypatch.context() as full:
        full.setattr(events, "insert_into", broken)
        first = post(client, "brevo")
    again = post(client, "brevo")

    assert (first.status_code, again.status_code, kept()) == (503, 200, 2)


@pytest.mark.parametrize("name", [name for name in EVENTS if name not in INBOUND])
def test_provider_that_only_tells_of_mail_may_tell_it_at_either_address(app, client, trust, name):
    trust(name)

    assert post(client, name, place="inbound").status_code == 200
    assert kept() == 2


@pytest.mark.parametrize("name", ["local", *(name for name in INBOUND if name not in EVENTS)])
def test_provider_that_tells_nothing_keeps_nothing(app, client, name, monkeypatch):
    monkeypatch.setattr(providers.adapter(name), "verify", lambda self, call: True)

    assert post(client, name).status_code == 404
    assert kept() == 0
