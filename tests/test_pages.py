"""The pages around the doors, and what machines ask."""

from datetime import timedelta
from threading import Event

import pytest
from flask import render_template
from sqlalchemy.exc import OperationalError

from portal import storage
from portal.delivery import heartbeat, readiness
from portal.extensions import db
from tests.services import until


@pytest.mark.parametrize(
    "path", ["/", "/stories/", "/contact/", "/accessibility", "/privacy", "/newsletter/thanks"]
)
def test_a_page_leads_to_the_three_doors_help_and_the_social_link(visit_plain, app, path):
    page = visit_plain(path).page

    links = {link.attrs["href"] for link in page.query("footer a")}
    assert {"/newsletter/", "/stories/", "/contact/", "/accessibility", "/privacy"} <= links
    assert app.config["SOCIAL_LINK"][1] in links
    assert f"mailto:{app.config['TEAM_EMAIL']}" in links
    assert page.query("a.skip")[0].attrs["href"] == "#main"


def test_the_name_on_the_pages_is_a_setting(make_app):
    assert "Wheels United" in make_app(ORG_NAME="Wheels United").test_client().get("/").text


TOLD, BACK = "tells us what became of each email", "goes to our own mailbox"


@pytest.mark.parametrize(
    ("settings", "is_told"),
    [
        ({"POSTMARK_API_KEY": "made-up"}, True),
        ({"SMTP_URL": "smtps://mail.example.org"}, False),
        ({"SMTP_URL": "smtps://mail.example.org", "MAILERLITE_API_KEY": "made-up"}, True),
    ],
)
def test_the_privacy_page_says_whether_anybody_tells_us_of_mails(make_app, settings, is_told):
    app = make_app(**settings)
    text = app.test_client().get("/privacy").text
    with app.app_context():
        accepted = {"state": "accepted", "provider": app.config["MAIL_PROVIDER"]}
        fate = render_template("inbox/_fate.html", mail=accepted)

    assert [TOLD in text, BACK in text] == [is_told, not is_told]
    assert ("does not tell us" in fate) == ("SMTP_URL" in settings)


def test_the_sitemap_lists_public_pages_at_the_public_address(client):
    text = client.get("/sitemap.xml").text

    for door in ("newsletter", "contact"):
        assert f"<loc>http://portal.test/{door}/</loc>" in text
    assert "confirm" not in text


def test_search_engines_are_kept_from_private_links(client):
    text = client.get("/robots.txt").text

    assert "Disallow: /newsletter/preferences/" in text
    assert "Disallow: /contact/\nAllow: /contact/$\n" in text  # the form may be found


def test_the_portal_says_that_it_lives_and_is_ready(client):
    heartbeat.beat("a worker")

    assert client.get("/healthz").json == {"status": "ok"}
    work = dict.fromkeys(("status", "worker", "outbox"), "ok")
    for path, also in (
        ("/healthz/worker", ()),
        ("/readyz", ("database", "queue", "files", "disk")),
    ):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.json == work | dict.fromkeys(also, "ok")


def down(*_):
    raise OperationalError("", {}, Exception("down"))


@pytest.mark.parametrize(
    ("place", "value", "part", "words"),
    [
        ("portal.extensions.huey.storage.queue_size", down, "queue", "QUEUE_URL does not answer"),
        ("portal.schema.inspect", down, "database", "DATABASE_URL does not answer"),
        ("portal.schema.wanted", lambda: "9999", "database", "run “flask db upgrade”"),
        ("portal.delivery.ledger.overdue", lambda: 2, "outbox", "2 rows should have left by now"),
    ],
)
def test_what_is_wrong_is_named(client, monkeypatch, place, value, part, words):
    heartbeat.beat("a worker")
    monkeypatch.setattr(place, value)
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json["status"]) == (503, "not ready")
    assert words in answer.json[part]
    if part in {"database", "outbox"}:
        assert client.get("/healthz/worker").status_code == 503


def test_no_worker_and_one_that_is_silent_are_told_apart(client, clock):
    assert "no worker has run yet" in client.get("/readyz").json["worker"]
    heartbeat.beat("a worker")
    clock.shift(timedelta(minutes=4))
    assert client.get("/healthz/worker").status_code == 200
    clock.shift(timedelta(minutes=2))
    for path in ("/readyz", "/healthz/worker"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "no sign of a worker since" in answer.json["worker"]


def test_a_database_without_tables_is_named(make_app, tmp_path):
    app = make_app(DATABASE_URL=f"sqlite:///{tmp_path}/empty.db")

    assert "flask db upgrade" in app.test_client().get("/readyz").json["database"]
    with app.app_context():
        db.engine.dispose()


def test_a_bucket_that_says_nothing_or_is_none_is_named_and_waited_for_once(make_app, monkeypatch):
    app = make_app(UPLOADS_URL="memory://bucket/files")
    client, asked, free = app.test_client(), [], Event()
    monkeypatch.setattr(readiness, "PATIENCE", 0.05)
    monkeypatch.setattr(readiness, "LASTS", -1.0)

    def hang():
        asked.append(1)
        return free.wait(60)

    monkeypatch.setattr(storage, "answers", hang)
    for _ in range(3):
        assert client.get("/readyz").json["files"] == "UPLOADS_URL does not answer"
    assert asked == [1]
    free.set()
    until(lambda: client.get("/readyz").json["files"] == "ok")

    for answer, words in ((lambda: False, "leads to no bucket"), (down, "does not answer")):
        monkeypatch.setattr(storage, "answers", answer)
        assert words in client.get("/readyz").json["files"]
