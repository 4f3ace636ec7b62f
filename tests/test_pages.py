"""The pages around the doors, and what machines ask."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from portal import pages
from portal.extensions import db, huey


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


def test_the_sitemap_lists_public_pages_at_the_public_address(client):
    text = client.get("/sitemap.xml").text

    assert "<loc>http://portal.test/newsletter/</loc>" in text
    assert "confirm" not in text


def test_search_engines_are_kept_from_private_links(client):
    assert "Disallow: /newsletter/preferences/" in client.get("/robots.txt").text


def test_the_process_says_that_it_lives(client):
    assert client.get("/healthz").json == {"status": "ok"}


def test_the_portal_says_that_it_is_ready(client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "database": "ok", "queue": "ok"}


def test_a_queue_that_is_down_is_named(client, monkeypatch):
    monkeypatch.setattr(huey.storage, "queue_size", lambda: 1 / 0)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json["queue"] == "QUEUE_URL does not answer"


def test_a_database_that_is_down_is_named(client, monkeypatch):
    def down(engine):
        raise OperationalError("", {}, Exception("down"))

    monkeypatch.setattr(pages, "inspect", down)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json["database"] == "DATABASE_URL does not answer"


def test_a_database_without_tables_is_named(make_app, tmp_path):
    app = make_app(DATABASE_URL=f"sqlite:///{tmp_path}/empty.db")

    assert "flask db upgrade" in app.test_client().get("/readyz").json["database"]
    with app.app_context():
        db.engine.dispose()
