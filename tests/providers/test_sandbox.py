"""While things are tried out, a provider checks each mail and sends it to nobody."""

from __future__ import annotations

import pytest

from portal import providers
from portal.config import ConfigError
from portal.providers.errors import SetupError

from .conftest import API_KEY, KEY
from .test_contract import HTTP_NAMES, MAIL, SERVERS

WITH = {
    "brevo": lambda mail: mail["headers"].get("X-Sib-Sandbox") == "drop",
    "mailjet": lambda mail: mail.get("SandboxMode") is True,
    "sendgrid": lambda mail: mail["mail_settings"].get("sandbox_mode") == {"enable": True},
}
SENDERS = sorted({*MAIL} & {*HTTP_NAMES})


def make(name, url, **more):
    settings = {"api_key": API_KEY, "api_url": url, **SERVERS[name].settings, **more}
    return providers.adapter(name)(settings)


@pytest.mark.enable_socket
@pytest.mark.parametrize("name", sorted(WITH))
def test_a_mail_is_marked_in_the_sandbox_and_only_there(name, email, socket_enabled):
    with SERVERS[name](api_key=API_KEY) as server:
        for more in ({"sandbox": "1"}, {}):
            provider = make(name, server.url, **more)
            provider.send(email, KEY)
            provider.close()

        bodies = [call["body"] for call in server.calls]
        assert [WITH[name](body) for body in bodies] == [True, False]


@pytest.mark.parametrize("name", sorted({*SENDERS} - {*WITH}))
def test_a_provider_without_a_sandbox_says_so_at_the_start(name):
    with pytest.raises(SetupError, match=r"MAIL_SANDBOX: .* without sending it"):
        make(name, "http://127.0.0.1:9", sandbox="1")


def test_the_setting_reaches_the_provider_and_its_stand_in(make_app):
    app = make_app(
        MAIL_SANDBOX="1",
        MAIL_PROVIDER="brevo",
        AUDIENCE_PROVIDER="none",
        MAIL_FALLBACK="sendgrid",
        BREVO_API_KEY=API_KEY,
        SENDGRID_API_KEY=API_KEY,
    )

    assert app.extensions["providers"].mail.sandbox
    assert app.extensions["providers"].fallback.sandbox
    with pytest.raises(ConfigError, match="MAIL_SANDBOX: Postmark"):
        make_app(MAIL_SANDBOX="1", POSTMARK_API_KEY=API_KEY)
