"""The log: one line for each thing, none with anything private, and never a storm."""

import io
import json
import logging
import re
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from portal import logs
from portal.redaction import redactor, secrets_in
from tests.conftest import SECRET

redact = redactor([])
WORDS = st.sampled_from(["", "It failed: ", "(email)=(", "url: /v3/contacts/", "to <", "x="])
NAMES = st.text("abcdefghijklmnopqrstuvwxyzäé0123456789.+_-", min_size=1, max_size=20)


@given(WORDS, NAMES, st.sampled_from(["@", "%40"]), NAMES)
def test_no_address_is_left(words, name, at, domain):
    address = f"{name}{at}{domain}.example"
    assert address not in redact(f"{words}{address}) already exists")


@given(
    st.text(min_size=1, max_size=60), st.sampled_from([URLSafeSerializer, URLSafeTimedSerializer])
)
def test_no_private_link_is_left(payload, signer):
    token = signer("key", salt="s").dumps(payload)
    for text in (f"/stories/mine/{token}", f"/newsletter/confirm/{token}?x=1", f"“{token}”"):
        assert token not in redact(text)
        assert token.rpartition(".")[2] not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "+44 7700 900123",
        "07700 900123",
        "(0044) 7700-900123",
        "?secret=hunter2hunter",
        "&email=ada",
        f"key={'Vq7x_Rk2' * 5}A1a",
        "DETAIL:  Failing row contains (1, I fell in the water, null).",
        "DETAIL:  Key (email)=(ada) already exists.",
    ],
)
def test_what_is_somebodys_is_left_out(text):
    private = set(re.findall(r"[\w.-]{6,}|water|ada", text)) - {
        "Failing",
        "DETAIL",
        "already",
        "secret",
    }
    left = redact(f"It broke. {text}\nCONTEXT: sql")
    assert "It broke." in left
    assert "CONTEXT: sql" in left
    assert not any(part in left for part in private)


def test_what_helps_to_find_a_fault_stays():
    try:
        json.loads("{")
    except ValueError:
        lines = traceback.format_exc()
    useful = [
        lines,
        '(psycopg.OperationalError) connection to "127.0.0.1", port 5432 failed: refused',
        "2026-11-30 11:38:49 Member 12 became editor by 3",
        "Fault at POST /inbox/<int:conversation_id>/reply",
        "portal.delivery.worker.Outbox 0.0123456789 1764502729.123456",
        "A call to /hooks/brevo/events was refused: Redis at redis://127.0.0.1:6379/0",
        "[SQL: UPDATE outgoing SET state=?, claimed_until=? WHERE outgoing.id = ?]",
    ]
    assert [redact(text) for text in useful] == useful


def test_our_own_secrets_are_left_out(make_app):
    url = "postgresql+psycopg://portal:p%40ssword@db/portal"
    config = make_app(
        BREVO_API_KEY="a-key-of-brevo",
        ALERT_URLS="json://chat.example/abc",
        DEADMAN_URL="https://d/e",
    ).config | {"DATABASE_URL": url}
    text = f"{SECRET} p%40ssword p@ssword a-key-of-brevo json://chat.example/abc https://d/e"
    assert redactor(secrets_in(config))(text) == " ".join(["[secret]"] * 6)


@pytest.fixture
def written(app):
    """A logger, and the lines that it has written."""

    def make(form="json"):
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logs.make_formatter(app.config | {"LOG_FORMAT": form}))
        handler.addFilter(logs.Calm())
        logger = logging.Logger("portal.test")  # noqa: LOG001 - of this test alone
        logger.addHandler(handler)
        return logger, lambda: stream.getvalue().splitlines()

    return make


@pytest.fixture
def tick(monkeypatch):
    """Time stands still for what calms storms; `tick(seconds)` moves it."""
    moment = [1000.0]
    monkeypatch.setattr(logs, "monotonic", lambda: moment[0])

    def tick(seconds):
        moment[0] += seconds

    return tick


def fail(words):
    raise RuntimeError(words)


def test_each_line_is_one_object_with_the_whole_error_in_it(written):
    logger, lines = written()
    try:
        fail("of ada@example.org\nin two lines")
    except RuntimeError:
        logger.exception("It broke for %s", "ada@example.org")
    (line,) = map(json.loads, lines())

    assert line["message"] == "It broke for [address]"
    assert line["level"] == "ERROR"
    assert line["error"].startswith("Traceback")
    assert line["error"].endswith("RuntimeError: of [address]\nin two lines")


def test_nobody_forges_a_line_of_ours(written):
    for form in ("plain", "json"):
        logger, lines = written(form)
        logger.error("A host %s", "x\n2030-03-26T12:00:00.000+00:00 ERROR portal: all is well")
        assert len([line for line in lines() if not line.startswith(" ")]) == 1


def test_a_storm_is_one_line_a_second_and_says_how_many_there_were(written, tick):
    logger, lines = written("plain")
    for second in range(3):
        for number in range(50):
            try:
                fail(f"away {number}")
            except RuntimeError:
                logger.exception("QUEUE_URL does not answer: row %s", number)
        logger.error("Another thing %s", second)
        for _ in range(2):
            logger.info("A process began")
        tick(1.01)
    text = lines()
    storm = [line for line in text if "QUEUE_URL" in line]
    assert sum("A process began" in line for line in text) == 6

    assert len(storm) == 3
    assert ["more like it" in line for line in storm] == [False, True, True]
    assert "(and 49 more like it)" in storm[1]
    assert sum("Traceback" in line for line in text) == 1
    assert sum("RuntimeError: away" in line for line in text) == 3
    assert sum("Another thing" in line for line in text) == 3


@pytest.fixture
def fault(app, monkeypatch):
    """A page that breaks."""
    monkeypatch.setitem(app.view_functions, "pages.accessibility", lambda: fail("it broke"))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app.test_client()


@pytest.mark.parametrize("proxies", [0, 1])
@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        ("abcdef-0123", True),
        ("0123456789abcdef" * 2, True),
        ("ab", False),
        ("a" * 65, False),
        ("ada@example.org", False),
        ("", False),
    ],
)
def test_a_fault_has_a_number_that_page_header_and_log_share(
    fault, app, written, monkeypatch, proxies, said, is_one
):
    app.config["TRUSTED_PROXIES"] = proxies
    logger, lines = written()
    monkeypatch.setattr(app, "logger", logger)
    answer = fault.get("/accessibility", headers={"X-Request-ID": said} if said else {})
    number = answer.headers["X-Request-ID"]

    assert answer.status_code == 500
    assert f"<strong>{number[:11]}</strong>" in answer.text
    assert json.loads(lines()[0])["request"] == number
    assert (number == said) == bool(proxies and is_one)
    if number != said:
        assert re.fullmatch(r"\d{3}-\d{3}-\d{3}", number)


def test_numbers_of_lines_that_a_storm_left_out_are_told(fault, app, written, monkeypatch, tick):
    logger, lines = written()
    monkeypatch.setattr(app, "logger", logger)
    numbers = [fault.get("/accessibility").headers["X-Request-ID"] for _ in range(3)]
    tick(1.01)
    fault.get("/accessibility")
    first, second = map(json.loads, lines())

    assert first["request"] == numbers[0]
    assert second["more_requests"].split() == numbers[1:]
