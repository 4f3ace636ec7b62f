"""Signing in on a site in production: by HTTPS only, and to this site only."""

import re

import pytest

from portal.extensions import db
from portal.team import codes, services
from tests.team import a_member

SITE = "https://portal.test"
WORDS = "four words that count"


@pytest.fixture
def app(make_app):
    app = make_app(
        DEVELOPMENT="0", SITE_URL=SITE, MAIL_PROVIDER="brevo", AUDIENCE_PROVIDER="brevo",
        BREVO_API_KEY="x",
    )  # fmt: skip
    with app.app_context():
        yield app


def send(client, path, **typed):
    """See the page, and send its first form; returns the answer."""
    page = client.get(path, base_url=SITE)
    token = re.search(r'name="csrf_token"[^>]* value="([^"]*)"', page.text).group(1)
    return client.post(path, base_url=SITE, data=typed | {"csrf_token": token})


def test_cookie_of_a_session_is_for_this_site_https_and_no_script(app, client):
    member = a_member()
    secret = member.tf_totp_secret = codes.new_secret()
    services.change_password(member, WORDS)
    send(client, "/team/sign-in", email="ada@team.example", password=WORDS)
    code = codes.security.totp_factory.generate_totp_password(secret)
    db.session.commit()

    answer = send(client, "/team/code", code=code)
    assert answer.status_code == 303
    (cookie,) = answer.headers.getlist("Set-Cookie")
    name, *flags = cookie.split("; ")
    assert name.startswith("__Host-portal=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} == set(flags)
    assert client.get("/inbox/", base_url=SITE).status_code == 200


def test_passkeys_are_for_the_site_whatever_host_is_asked(client):
    page = client.get("/team/sign-in", base_url="https://evil.example")

    assert "&#34;rpId&#34;: &#34;portal.test&#34;" in page.text
    assert "evil.example" not in page.text


def test_links_in_mails_are_for_the_site_whatever_host_is_asked(app):
    link = services.invite("grace@team.example", a_member().role)

    assert link.startswith(f"{SITE}/team/invite/")
