"""What several machines share: a database, Redis, a bucket and a provider."""

from importlib import import_module

import pytest
import requests
from fsspec import filesystem

from tests.delivery.processes import brevo, free_port
from tests.machines import HOST, Machines
from tests.providers.brevo import FakeBrevo

BUCKET = "portal"
KEYS = {"AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up"}
REGION = {"AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture
def fake():
    with FakeBrevo() as server:
        yield server


@pytest.fixture
def bucket_server(socket_enabled):
    """A store that speaks S3. What it holds outlives a stop."""
    moto = import_module("moto.server")
    server = moto.ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bucket(bucket_server, monkeypatch):
    """The files in it."""
    url = "http://{}:{}".format(*bucket_server.get_host_and_port())
    for name, value in (KEYS | REGION | {"FSSPEC_S3_ENDPOINT_URL": url}).items():
        monkeypatch.setenv(name, value)
    requests.post(f"{url}/moto-api/reset", timeout=10)
    files = filesystem("s3", skip_instance_cache=True, endpoint_url=url)
    files.mkdir(BUCKET)
    return files


@pytest.fixture
def shared(postgres_url, redis_url, bucket, fake):
    """The settings that are the same on each machine."""
    return {
        "DATABASE_URL": postgres_url,
        "QUEUE_URL": redis_url,
        "RATELIMIT_ENABLED": "1",
        "RATELIMIT_STORAGE_URI": redis_url,
        "UPLOADS_URL": f"s3://{BUCKET}/files",
        "FSSPEC_S3_ENDPOINT_URL": bucket.endpoint_url,
        **KEYS,
        **REGION,
        "CAMPAIGNS": "0",  # an issue leaves as mails
        **brevo(fake.url),
    }


@pytest.fixture
def machines(tmp_path, shared):
    made = Machines(tmp_path, **shared)
    try:
        made.start()
        yield made
    finally:
        made.kill()


@pytest.fixture
def app(make_app, machines, shared):
    """The portal once more, for what a test does past the pages."""
    app = make_app(**shared, SITE_URL=f"http://{HOST}")
    with app.app_context():
        yield app
