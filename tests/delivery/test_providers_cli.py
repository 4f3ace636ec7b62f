"""`flask providers …` says in plain words whether mail can go out."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest
from click import unstyle

from portal.providers.errors import Denied, Refused
from tests.delivery import Scripted, provide
from tests.providers.brevo import FakeBrevo
from tests.providers.conftest import API_KEY
from tests.providers.ours import SECRET
from tests.providers.postmark import FakePostmark
from tests.providers.smtp import LOGIN, FakeSMTP

PUBLIC = {
    "SITE_URL": "https://portal.example.org",
    "MAIL_FROM": "hello@example.com",
    "TEAM_MAIL_FROM": "hello@example.com",
}


def run(app, *arguments):
    result = app.test_cli_runner().invoke(args=["providers", *arguments])
    return result.exit_code, unstyle(result.output)


@pytest.fixture
def fake(socket_enabled):
    with FakeBrevo(api_key=API_KEY) as server:
        yield server


@pytest.fixture
def brevo(make_app, fake):
    """The portal with a Brevo that is new."""
    keys = {"API_KEY": API_KEY, "API_URL": fake.url, "LIST_ID": "7", "WEBHOOK_SECRET": SECRET}
    settings = {f"BREVO_{name}": value for name, value in keys.items()} | PUBLIC
    return lambda **changes: make_app(**settings | changes)


@pytest.mark.enable_socket
def test_a_new_account_is_told_what_to_mend_and_is_right_afterwards(brevo):
    app = brevo()
    code, before = run(app, "check")
    installed, told = run(app, "hooks", "--install")
    mended, after = run(app, "check")
    app.config["TEAM_MAIL_FROM"] = "team@example.com"
    _, unknown = run(app, "check")

    assert (code, installed, mended) == (1, 0, 0)
    assert "right: The key works. It is for the account “The charity”." in before
    assert "WRONG: The webhook of the kind “marketing” is missing" in before
    assert "4 to mend." in before
    assert "is registered" in told
    assert "WRONG" not in after
    assert "WRONG: team@example.com may not send yet." in unknown


@pytest.mark.enable_socket
def test_a_wrong_key_is_a_sentence_and_no_fault(brevo):
    code, words = run(brevo(BREVO_API_KEY="another-key-for-tests"), "check")

    assert code == 1
    assert "WRONG: brevo answered 401" in words
    assert "Check BREVO_API_KEY" in words


@pytest.mark.enable_socket
def test_each_provider_in_use_is_asked_once(brevo):
    with FakePostmark(api_key=API_KEY) as postmark:
        other = {"API_KEY": API_KEY, "API_URL": postmark.url, "WEBHOOK_SECRET": SECRET}
        other = {f"POSTMARK_{name}": value for name, value in other.items()}
        other |= {"MAIL_PROVIDER": "brevo", "AUDIENCE_PROVIDER": "brevo"}
        _, words = run(brevo(MAIL_FALLBACK="postmark", **other), "check")

    titles = [line for line in words.splitlines() if not line.startswith(" ")]
    assert titles[:2] == ["Brevo", "Postmark"]


def test_hooks_are_said_without_installing(brevo, fake):
    code, words = run(brevo(), "hooks")

    assert code == 0
    assert "https://portal.example.org/hooks/brevo/events" in words
    assert "https://portal.example.org/hooks/brevo/inbound" in words
    assert fake.calls == []


PRIVATE = "A provider can only call a public https address."


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("SITE_URL", "http://portal.example.org", PRIVATE),
        ("SITE_URL", "https://127.0.0.1:5000", PRIVATE),
        ("SITE_URL", "https://localhost", PRIVATE),
        ("SITE_URL", "https://192.168.1.5", PRIVATE),
        ("SITE_URL", "https://[::1]:5000", PRIVATE),
        ("SITE_URL", "https://portal.test", PRIVATE),
        ("BREVO_WEBHOOK_SECRET", "", "BREVO_WEBHOOK_SECRET is missing."),
    ],
)
@pytest.mark.enable_socket
def test_hooks_that_cannot_work_are_not_installed_and_it_says_why(brevo, setting, value, words):
    code, output = run(brevo(**{setting: value}), "hooks", "--install")

    assert code == 1
    assert words in output
    assert "is registered" not in output


def test_the_local_provider_is_right_and_sends_nothing(app):
    code, words = run(app, "check")

    assert code == 0
    assert "None is sent." in words
    assert "  look yourself: Answers to mails go to reply@portal.localhost" in words


def test_a_mail_server_is_looked_at_takes_a_mail_and_tells_nothing(make_app, monkeypatch):
    server = FakeSMTP()
    server.reach(monkeypatch)
    settings = PUBLIC | {"TEAM_MAIL_FROM": "team@example.com"}
    app = make_app(SMTP_URL=f"smtps://{LOGIN}@mail.test", **settings)
    told = [run(app, *words) for words in (["check"], ["hooks", "--install"])]
    code, sent = run(app, "send-test", "ada@example.org")
    app.extensions["providers"].mail.close()
    server.stop()

    assert [code, *(each for each, _ in told)] == [0, 0, 0]
    assert "Your mail server\n  right: mail.test answers" in told[0][1]
    assert "as hello@example.com and team@example.com" in told[0][1]
    assert "tells us nothing of what became of a mail" in told[0][1]
    assert "It tells us nothing, so it needs no webhook." in told[1][1]
    assert "smtp took it as <" in sent
    assert "To: ada@example.org" in server.mails[0]


def test_a_test_mail_goes_at_once_with_a_file_and_what_is_told_of_it_can_be_seen(app):
    code, words = run(app, "send-test", "ada@example.org")
    status, unknown = (
        app.test_cli_runner().invoke(args=["delivery", "status", number]).output
        for number in ("1", "99")
    )

    (file,) = (Path(app.config["VAR_DIR"]) / "mailbox").glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert code == 0
    assert "local took it as <" in words
    assert mail["To"] == "ada@example.org"
    assert [part.get_filename() for part in mail.iter_attachments()] == ["test.txt"]
    assert "#1 accepted test, 1 tries." in status
    assert "There is no row 99." in unknown


@pytest.mark.parametrize(
    ("error", "state"),
    [(Refused("No such sender."), "failed"), (Denied("Check BREVO_API_KEY."), "waiting")],
)
def test_a_test_mail_that_does_not_go_says_why(app, error, state):
    provider = provide(app, mail=Scripted())
    provider.answers = [error]
    code, words = run(app, "send-test", "ada@example.org")
    provider.answers = [error]
    again = run(app, "send-test", "ada@example.org")

    assert code == again[0] == 1
    assert f"It did not go ({state}). {error}" in words
    rests = state == "waiting"
    assert ("It did not go (waiting). Its provider rests" in again[1]) == rests
    assert len(provider.calls) == (1 if rests else 2)
