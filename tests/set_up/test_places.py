"""Each form of a setting that says where something is works in two processes, or is refused."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote

import pytest
from sqlalchemy import make_url

from portal.config import ROOT
from tests.conftest import usual_env
from tests.providers.certificates import certificate_file
from tests.services import absent, until
from tests.site import free_port

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]

# By the kind of place: each form in which it may be written. {near} is {here}, as it is reached
# from the portal's own folder; {name} is a file or folder of the form's own.
FILES = ["{here}/{name}", "{near}/{name}", "~/{name}", "  {here}/{name}  ", '"{here}/{name}"']
FOLDERS = [*FILES, "{here}/{name}/", "{here}/../{last}/{name}", "'{here}/{name}'"]
SQLITE = ["sqlite:///{here}/{name}", "sqlite:///{near}/{name}", "sqlite:///~/{name}"]
SQLITE += [
    '"sqlite:///{here}/{name}"',
    "SQLite:///{here}/{name}",
    "sqlite+pysqlite:///{here}/{name}",
]
REDIS = ["redis://127.0.0.1:{port}/1", "redis://LOCALHOST:{port}/2", "REDIS://127.0.0.1:{port}/3"]
REDIS += ["redis://127.0.0.1:{port}", "redis://127.0.0.1:{port}/", "redis://[::1]:{port}/4"]
REDIS += ["redis://127.0.0.1:{port}?db=5", "'redis://127.0.0.1:{port}/6'"]
REDIS += ["unix://{socket}?db=7", "redis+unix://{socket}?db=8", "unix:{socket}?db=9"]
REDIS += [
    "rediss://localhost:{tls}/10?ssl_ca_certs={authority}",
    "redis://:{secret}@127.0.0.1:{port}/11",
]
POSTGRES = [
    "postgresql+psycopg://{login}@{server}/{database}",
    "postgresql://{login}@{server}/{database}",
    "postgres://{login}@{server}/{database}",
    "POSTGRES://{login}@{server}/{database}",
    '"postgresql://{login}@{server}/{database}"',
    "postgresql://{login}@{server}/{database}?connect_timeout=5",
]
WORK = {
    "VAR_DIR": FOLDERS,
    "UPLOADS_URL": [
        *FOLDERS,
        *("file://{here}/{name}", "file://{here}/{name}/", "file:{here}/{name}"),
        *("file://localhost{here}/{name}", "FILE://{here}/{name}", "local://{here}/{name}"),
        *("s3://{bucket}/files", "S3://{bucket}/files/", "s3a://{bucket}", "'s3://{bucket}'"),
    ],
    "DATABASE_URL": [*SQLITE, *POSTGRES],
    "QUEUE_URL": [*SQLITE[:2], *POSTGRES[:3], *REDIS],  # read as for the database
    "RATELIMIT_STORAGE_URI": [*SQLITE, *REDIS],
}
# What is in the name of a file or folder: letters that mean something in an address.
NAMES = ["plain", "two words", "50%25 done?", "a#b@c:d", "bücher"]

NO_SQLITE = [
    "sqlite:",
    "sqlite://",
    "sqlite:///",
    "sqlite:///:memory:",
    "sqlite:///file:x?uri=true",
]
NO_SQLITE += ["sqlite:///{here}/x?timeout=5", "sqlite+aiosqlite:///{here}/x", "{here}/x.db"]
NO_SQLITE += ["sqlite://{here}", "sqlite:////no/such/folder/x.db"]
NO_REDIS = [
    "redis:",
    "redis://",
    "redis:///0",
    "redis://127.0.0.1/news",
    "redis://127.0.0.1:port/0",
]
NO_REDIS += [
    "redis://127.0.0.1:99999/0",
    "redis://:pa55/word@127.0.0.1/0",
    "unix://",
    "redis+unix://host",
]
NO_POSTGRES = [
    "postgresql:",
    "postgresql://",
    "postgresql://localhost",
    "postgresql://localhost:x/y",
]
NO_POSTGRES += ["postgresql+psycopg2://localhost/x", "postgresql+asyncpg://localhost/x"]
NO_POSTGRES += ["postgresql://ada:pa55/word@localhost/x", "postgresql://ada:pa55#word@localhost/x"]
OTHERS = ["nonsense", "mysql://localhost/x", "amqp://localhost", "://", "http://example.org/x"]
REFUSED = {
    "VAR_DIR": ["file:///x", "s3://bucket/x", "~nobody-at-all/x", "/proc/x"],
    "UPLOADS_URL": [
        *("s3:", "s3://", "s3:///prefix", "s3://?x", "S3://a/x?versionId=1", "s4://bucket"),
        *("s3://no-such-bucket", "s3://no-such-bucket/x"),
        *("file://", "file://server/x", "memory://", "memory://x", "/proc/x", "~nobody-at-all/x"),
        *("simplecache::s3://bucket/x", "github://a:b@/x", "ftp://localhost/x", "http://x.example"),
    ],
    "DATABASE_URL": [*NO_SQLITE, *NO_POSTGRES, *OTHERS, "memory://", "redis://localhost/0"],
    "QUEUE_URL": [*NO_SQLITE, *NO_POSTGRES, *NO_REDIS, *OTHERS, "memory://"],
    "RATELIMIT_STORAGE_URI": [
        *(*NO_SQLITE, *NO_REDIS, *OTHERS, "memory://", "postgresql://localhost/x"),
        *("memcached://127.0.0.1", "mongodb://127.0.0.1", "redis+cluster://127.0.0.1:7000"),
    ],
}


@pytest.fixture
def folder(memory):
    """A folder in memory: each file that is kept waits for its disk."""
    return Path(mkdtemp(dir=memory))


@pytest.fixture
def redis_server(folder):
    """A Redis that listens in each way there is; what of its addresses is to be known."""
    if not (program := shutil.which("redis-server")):
        absent("redis-server is not installed.")
    key, port, tls, socket = certificate_file("localhost"), free_port(), free_port(), folder / "s"
    command = [program, "--port", str(port), "--tls-port", str(tls), "--unixsocket", str(socket)]
    command += ["--tls-cert-file", key, "--tls-key-file", key, "--tls-ca-cert-file", key]
    command += ["--tls-auth-clients", "no", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
    try:
        until(socket.exists)
        yield {"port": port, "tls": tls, "socket": socket, "authority": key, "secret": ""}
    finally:
        process.terminate()
        process.wait(10)


def run(asked, *missing):
    """What a process answers that is asked about environments."""
    command = [sys.executable, "-m", "tests.set_up.process", *missing]
    options = {"capture_output": True, "text": True, "cwd": ROOT, "timeout": 300}
    done = subprocess.run(command, input=json.dumps(asked), check=False, **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def written(folder, bucket, redis_server, own_postgres_url, migrated_file, monkeypatch):
    """Makes an environment in which settings are written in some form; `places` is where they lead.

    What must be there before the start is there.
    """
    here, url = folder / "here", make_url(own_postgres_url)
    here.mkdir()
    monkeypatch.setenv("HOME", str(here))
    monkeypatch.setenv("FSSPEC_S3_ENDPOINT_URL", bucket.url)
    words = {"here": here, "near": os.path.relpath(here, ROOT), "last": here.name, **redis_server}
    words["bucket"] = bucket.name
    words |= {"login": url.username, "server": f"{url.host}:{url.port}", "database": url.database}
    usual = usual_env(folder / "var") | {"RATELIMIT_ENABLED": "1"}
    usual["DATABASE_URL"] = f"sqlite:///{folder / 'usual.db'}"
    usual["QUEUE_URL"] = f"sqlite:///{folder / 'usual-queue.db'}"
    shutil.copy(migrated_file, folder / "usual.db")

    def write(number=0, **forms):
        shown = {}
        for setting, form in forms.items():
            own = f"{setting} {number} {NAMES[number % len(NAMES)]}"
            name = quote(own, safe="") if "://" in form else own
            shown[setting] = form.format(name=name, **words)
            if "{name}" in form:
                places[here / own] = form
            if setting == "VAR_DIR":
                (here / own).mkdir(exist_ok=True)
            elif setting == "DATABASE_URL" and "{name}" in form:
                shutil.copy(migrated_file, here / own)
        return usual | shown

    places = write.places = {}
    return write


def test_what_one_process_keeps_another_finds_in_whichever_form_the_settings_are(written):
    most = max(map(len, WORK.values()))
    rows = [{name: WORK[name][at % len(WORK[name])] for name in WORK} for at in range(most)]
    envs = [written(at, **row) for at, row in enumerate(rows)]
    kept = run([[env] for env in envs])

    assert [one for one in kept if isinstance(one, str)] == []
    assert run([*zip(envs, kept, strict=True)]) == [[None] * 4] * most
    assert [form for place, form in written.places.items() if not place.exists()] == []


def test_what_leads_nowhere_is_refused_at_the_start_by_name_and_no_password_is_shown(written):
    asked = [(name, form) for name, forms in REFUSED.items() for form in forms]
    answers = run([[written(**{name: form})] for name, form in asked])
    pairs = zip(asked, answers, strict=True)

    assert [one for one, said in pairs if not str(said).startswith(one[0])] == []
    assert "pa55" not in "".join(answers)


def test_a_driver_that_is_not_installed_is_named_with_its_setting(var):
    needs = [
        ("DATABASE_URL", "postgresql://localhost/x", "psycopg"),
        ("QUEUE_URL", "postgresql://localhost/x", "psycopg"),
        ("QUEUE_URL", "redis://localhost/0", "redis"),
        ("RATELIMIT_STORAGE_URI", "redis://localhost/0", "redis"),
        ("UPLOADS_URL", "s3://bucket/prefix", "s3fs"),
    ]
    envs = [[usual_env(var) | {name: form}] for name, form, _ in needs]

    for (name, _, driver), words in zip(needs, run(envs, "psycopg", "redis", "s3fs"), strict=True):
        assert words.startswith(name)
        assert driver in words
