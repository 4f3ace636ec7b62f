"""Sentry, where it is set: faults go there with what the log says, and nothing of anybody."""

import json
import logging
import sys

import pytest
import sentry_sdk
from sentry_sdk.transport import Transport

from portal import logs, sentry
from portal.config import ConfigError
from tests.delivery import mail, saved
from tests.test_logs import fail

DSN = "https://a-public-key@sentry.test/7"
PRIVATE = ("ada@example.org", "I fell", "07700 900123", "hunter2", "secret-cookie", "portal.test")


class Kept(Transport):
    """Keeps what would be sent."""

    sent = ()

    def capture_envelope(self, envelope):
        Kept.sent = [*Kept.sent, *(item.payload.json for item in envelope.items)]


@pytest.fixture
def sent(app):
    """What was sent to Sentry, as a function."""
    Kept.sent = ()
    root, servers = logging.getLogger(), [logging.getLogger(name) for name in logs.SERVER]
    before = [[*one.handlers] for one in (root, *servers)]
    sentry.set_up(app.config | {"SENTRY_DSN": DSN}, transport=Kept)
    yield lambda: [*Kept.sent]
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)
    for one, handlers in zip((root, *servers), before, strict=True):
        one.handlers = handlers


def test_a_fault_goes_there_with_its_place_and_number_and_nothing_private(app, sent, monkeypatch):
    secret = "hunter2"

    def broken():
        words = "I fell"
        fail(f"for ada@example.org, {words and '07700 900123'} {secret and ''}")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "contact.form", broken)
    client = app.test_client()
    client.set_cookie("portal", "secret-cookie")
    answer = client.post(
        "/contact/?email=ada@example.org",
        data={"message": "I fell", "email": "ada@example.org", "password": secret},
        headers={"User-Agent": "secret-cookie"},
    )
    (event,) = sent()

    assert answer.status_code == 500
    assert event["tags"] == {"request": answer.headers["X-Request-ID"]}
    assert event["logentry"]["formatted"] == "Fault at POST /contact/"
    (error,) = event["exception"]["values"]
    assert (error["type"], error["value"]) == ("RuntimeError", "for [address], [number] ")
    assert error["stacktrace"]["frames"][-1]["function"] == "fail"
    assert not any("vars" in frame for frame in error["stacktrace"]["frames"])
    code = ("pre_context", "context_line", "post_context")  # our own source, with the test's words
    for frame in error["stacktrace"]["frames"]:
        for name in code:
            frame.pop(name, None)
    assert [words for words in PRIVATE if words in json.dumps(event)] == []
    assert event.keys() <= sentry.KEPT | {"tags"}


def test_warnings_do_not_go_there_and_of_a_storm_one_does(sent, app):
    log = logging.getLogger("portal.test")
    saved(mail())
    log.warning("It has to wait")
    for _ in range(20):
        log.error("It is away")
    assert [one["logentry"]["formatted"] for one in sent()] == ["It is away"]


@pytest.mark.parametrize("dsn", ["sentry", "https://sentry.test/7", "https://key@sentry.test/"])
def test_what_is_no_address_of_sentry_stops_the_start(app, dsn):
    with pytest.raises(ConfigError, match="SENTRY_DSN is not an address"):
        sentry.set_up(app.config | {"SENTRY_DSN": dsn})


def test_without_the_extra_a_setting_stops_the_start_and_no_setting_does_not(app, monkeypatch):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    sentry.set_up(app.config)
    with pytest.raises(ConfigError, match="sentry-sdk is not installed"):
        sentry.set_up(app.config | {"SENTRY_DSN": DSN})
