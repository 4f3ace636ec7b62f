"""Signing in on a site in production: by HTTPS only, and to this site only."""

import pytest

from tests.team import PASSWORD
from tests.test_config import PRODUCTION


@pytest.fixture
def app(make_app):
    """The portal as in production, asked by HTTPS."""
    app = make_app(**PRODUCTION, DEVELOPMENT="0", SITE_URL="https://portal.test")
    app.config["PREFERRED_URL_SCHEME"] = "https"
    with app.app_context():
        yield app


def test_cookie_is_for_this_site_https_no_script_and_this_session_alone(visit_plain, ada, phone):
    visit_plain.send("/team/sign-in", {"email": ada.email, "password": PASSWORD})
    answer = visit_plain.send("/team/code", {"code": phone.code()}).response

    assert answer.request.path == "/inbox/"
    cookies = [one.split("; ") for one in answer.history[-1].headers.getlist("Set-Cookie")]
    flags = {name.partition("=")[0]: set(flags) for name, *flags in cookies}
    session, known = flags.pop("__Host-portal"), flags.pop("__Host-portal-known")
    assert session == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert known >= {"Secure", "HttpOnly", "Path=/", "SameSite=Strict", "Max-Age=7776000"}
    assert not flags


def test_passkeys_are_for_the_site_whatever_host_is_forwarded(client):
    headers = {"X-Forwarded-Host": "evil.example"}
    page = client.get("/team/sign-in", base_url="https://portal.test", headers=headers)

    assert "&#34;rpId&#34;: &#34;portal.test&#34;" in page.text
    assert "evil.example" not in page.text
