"""`flask check` says what is right, wrong or to be looked at; what cannot work stops the start."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from click import unstyle
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from portal import checks, must_start, surroundings
from portal.checks import SiteCheck
from portal.config import ROOT, ConfigError
from portal.delivery import heartbeat
from portal.extensions import db
from portal.providers.values import Finding
from portal.settings import SETTINGS
from tests.conftest import SECRET
from tests.providers.brevo import FakeBrevo

pytestmark = [
    pytest.mark.enable_socket,  # to find nobody there
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated"),  # which Apprise looks for
]
ALONE = {"QUEUE_URL": "sqlite:///{var}/queue.db", "RATELIMIT_ENABLED": "1"}
PASSWORD = "opensesame"
AWAY = f"redis://:{PASSWORD}@127.0.0.1:1/0"
GONE = f"postgresql+psycopg://ada:{PASSWORD}@127.0.0.1:1/portal"
SET = "UPDATE alembic_version SET version_num = '{}'"

# What is wrong: settings, what is done to the database, and what the start says of it.
WRONG = {
    "no tables": ({}, "DROP TABLE alembic_version", "has no tables.*flask db upgrade"),
    "older": ({}, SET.format("0049"), "older than this code.*step 0049.*flask db upgrade"),
    "newer": ({}, SET.format("9999"), "newer than this code.*step 9999"),
    "database is away": ({"DATABASE_URL": GONE}, "", "DATABASE_URL: the database does not answer"),
    "queue is away": ({"QUEUE_URL": AWAY}, "", "QUEUE_URL: the queue does not answer"),
    "queue's database": ({"QUEUE_URL": GONE}, "", "QUEUE_URL: the queue does not answer"),
    "queue of one": ({"QUEUE_URL": "memory://"}, "", "QUEUE_URL.*one process"),
    "limits are away": ({"RATELIMIT_STORAGE_URI": AWAY}, "", "RATELIMIT_STORAGE_URI"),
    "limits of one": ({"RATELIMIT_STORAGE_URI": "memory://"}, "", "RATELIMIT.*one process"),
    "files of one": ({"UPLOADS_URL": "memory://files"}, "", "UPLOADS_URL.*one process"),
    "no folder": ({"UPLOADS_URL": "/proc/files"}, "", "UPLOADS_URL: there is no folder /proc"),
}


@pytest.fixture
def made(make_app, var, sqlite_url):
    """Makes the portal as processes do, but for what is changed."""

    def make(statement="", **changes):
        settings = {"DATABASE_URL": sqlite_url} | ALONE | changes
        app = make_app(**{name: word.format(var=var) for name, word in settings.items()})
        if statement:
            with app.app_context():
                db.session.execute(text(statement))
                db.session.commit()
        return app

    return make


def check(app):
    result = app.test_cli_runner().invoke(args=["check"])
    return result.exit_code, unstyle(result.output)


@pytest.mark.parametrize(("settings", "statement", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_work_stops_the_start_in_a_sentence_and_is_wrong_in_the_check(
    made, settings, statement, words
):
    app = made(statement, **settings)

    with pytest.raises(ConfigError, match=words) as caught:
        must_start(app)
    code, said = check(app)
    assert code == 1
    assert [line for line in said.splitlines() if "WRONG" in line]
    assert f"WRONG: {str(caught.value).splitlines()[0]}" in said
    assert PASSWORD not in said + str(caught.value)


def test_what_is_set_up_rightly_starts_and_nothing_is_wrong(made):
    app = made()
    must_start(app)
    alone, before = check(app)
    with app.app_context():
        heartbeat.beat("one")
    code, said = check(app)

    assert (alone, before.count("WRONG")) == (1, 1)
    assert "WRONG: no worker has run yet: start “flask worker”." in before
    assert (code, "WRONG" in said) == (0, False)
    for title in ("Settings", "Database", "Task queue", "Limits", "Files", "Disks", "Alerts"):
        assert f"\n{title}\n" in f"\n{said}", title
    assert "right: A file was kept, read again and removed." in said


LOOKED_AT = [
    (
        {"DEVELOPMENT": "0", "SITE_URL": "http://example.org"},
        "WRONG: SITE_URL is http://example.org",
    ),
    ({"DEVELOPMENT": "0"}, "look yourself: MAIL_FROM, TEAM_EMAIL, ORG_NAME: left out"),
    ({"TRUSTED_PROXIES": "2"}, "look yourself: TRUSTED_PROXIES is 2"),
    ({"RATELIMIT_ENABLED": "0"}, "WRONG: RATELIMIT_ENABLED is 0"),
    ({"DISK_RESERVE_MB": "1000000000"}, "DISK_RESERVE_MB"),
    ({"ALERT_URLS": "pigeon://loft"}, "WRONG: ALERT_URLS: address number 1 is none"),
    ({"CLAMD_SOCKET": "/no/clamd"}, "WRONG: CLAMD_SOCKET does not answer"),
]


@pytest.mark.parametrize(("settings", "words"), LOOKED_AT)
def test_what_is_to_be_looked_at_is_said(made, settings, words):
    keys = {"MAIL_PROVIDER": "brevo", "AUDIENCE_PROVIDER": "none", "BREVO_API_KEY": "a"}
    _, said = check(made(**keys | {"BREVO_API_URL": "http://127.0.0.1:9"} | settings))

    assert words in said


def test_a_name_that_is_written_wrongly_is_told(made, monkeypatch):
    monkeypatch.setenv("SITE_ULR", "https://example.org")
    monkeypatch.setenv("HOMEPAGE", "https://example.org")
    _, said = check(made())

    assert "SITE_ULR is set, which the portal does not know. Did you mean SITE_URL?" in said
    assert "HOMEPAGE" not in said


def test_no_secret_is_shown_whatever_is_wrong(made):
    """All settings that may hold a secret are set, and nothing that they lead to answers."""
    with FakeBrevo(api_key="another") as fake:
        secret = dict.fromkeys(("SECRET_KEY", "SECRET_KEY_FALLBACKS"), PASSWORD * 4)
        secret |= {"BREVO_API_KEY": PASSWORD, "BREVO_WEBHOOK_SECRET": PASSWORD * 2}
        places = {"DATABASE_URL": GONE, "QUEUE_URL": AWAY, "RATELIMIT_STORAGE_URI": AWAY}
        alerts = {"ALERT_URLS": f"json://ada:{PASSWORD}@127.0.0.1 slack://{PASSWORD}"}
        chosen = {"MAIL_PROVIDER": "brevo", "AUDIENCE_PROVIDER": "brevo", "BREVO_API_URL": fake.url}
        _, said = check(made(**secret, **places, **alerts, **chosen))

    assert said.count("WRONG") >= 4
    assert PASSWORD not in said
    hidden = {name for name, setting in SETTINGS.items() if setting.is_secret}
    assert places.keys() <= hidden


def test_what_does_not_answer_is_not_waited_for_nor_asked_again(app, add_check):
    asked, over = [], threading.Event()

    def silent():
        asked.append(1)
        yield Finding("It began.")
        over.wait(60)

    add_check(SiteCheck("Silent", silent), SiteCheck("Quick", lambda: [Finding("Yes.")]))
    wanted = checks.all_of_them()[-2:]
    found = [[one.words for one in told] for _ in range(2) for _, told in checks.run(wanted, 0.1)]
    over.set()

    assert found == [["It began.", checks.SILENT], ["Yes."]] * 2
    assert asked == [1]


def test_what_breaks_is_wrong_and_its_own_words_are_for_the_log_alone(app, caplog, add_check):
    def broken():
        raise OSError(PASSWORD)

    add_check(SiteCheck("Broken", broken))
    ((_, (finding,)),) = checks.run(checks.all_of_them()[-1:])

    assert finding.ok is False
    assert PASSWORD not in finding.words
    assert "could not be looked at" in caplog.text


@pytest.mark.parametrize(
    ("changes", "statement"),
    [
        ({"DATABASE_URL": GONE}, ""),
        ({"DATABASE_URL": "sqlite:////nowhere/portal.db"}, ""),
        ({}, "DROP TABLE heartbeat"),
        ({}, "DROP TABLE outgoing"),
    ],
)
def test_what_needs_a_database_that_is_away_or_old_says_so_and_logs_no_traceback(
    made, caplog, changes, statement
):
    with made(statement, **changes).app_context():
        told = [one for _, found in checks.run(checks.all_of_them()) for one in found]

    assert checks.NOT_ASKED in {one.words for one in told if one.ok is False}
    assert [one for one in caplog.records if one.exc_info] == []


def test_what_is_silent_at_the_start_stops_nobody(made):
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        app = made(QUEUE_URL=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        with app.app_context():
            checks.must_start(patience=0.2)


def test_a_command_that_loses_the_database_says_so_in_a_sentence_and_all_else_as_before(
    monkeypatch, capsys
):
    told = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: told.append(error[1]))
    surroundings.tell_plainly()
    lost = OperationalError("SELECT 1", {}, Exception("Nobody\n  is there"))
    for error in (lost, ValueError("another")):
        sys.excepthook(type(error), error, None)

    assert capsys.readouterr().err == "Error: the database does not answer. Nobody is there\n"
    assert [str(error) for error in told] == ["another"]


def test_what_every_account_can_read_is_told_of(made, var):
    _, before = check(made())
    var.chmod(0o755)
    (var / "portal.db").touch()
    app = made(DATABASE_URL=f"sqlite:///{var}/portal.db")
    (var / "portal.db").chmod(0o644)
    var.parent.chmod(0o755)
    _, shown = check(app)
    var.parent.chmod(0o700)

    assert "right: No other account of this machine can read what is kept." in before
    assert "WRONG: Every account of this machine can read" in shown
    assert f"{var}/portal.db" in shown


@pytest.mark.services
def test_web_and_worker_refuse_and_the_commands_that_mend_it_start(tmp_path, migrated_file):
    shutil.copy(migrated_file, tmp_path / "portal.db")
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "SECRET_KEY": SECRET}
    env |= {"DEVELOPMENT": "1", "PYTHON_DOTENV_DISABLED": "1", "FLASK_SKIP_DOTENV": "1"}
    env |= {"QUEUE_URL": AWAY}

    def run(*command):
        program = [sys.executable, *command]
        return subprocess.run(
            program, cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )

    with closing(sqlite3.connect(tmp_path / "portal.db")) as database:
        database.execute(SET.format("0049"))
        database.commit()
    web, worker = run("-c", "import wsgi"), run("-m", "flask", "worker")
    told, mending = run("-m", "flask", "check"), run("-m", "flask", "db", "current")

    assert (mending.returncode, mending.stdout.strip()) == (0, "0049")
    for refused in (web, worker, told):
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
        said = refused.stdout + refused.stderr
        assert "older than this code" in said
        assert "QUEUE_URL: the queue does not answer" in said
