"""A bucket for real processes, in a process of its own, behind a line."""

import subprocess
import sys

import boto3
import fsspec.config
import pytest
import requests

from tests.line import Line
from tests.services import until
from tests.site import free_port

BUCKET = "portal"
KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-2",
}


@pytest.fixture
def bucket(socket_enabled, monkeypatch):
    """A bucket with nothing in it, as boto3 has it: `bucket.url` leads to its server."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: answers(server, url), 60)
        found = boto3.resource("s3", endpoint_url=url).Bucket(BUCKET)
        found.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
        monkeypatch.setitem(fsspec.config.conf, "s3", {"endpoint_url": url})
        found.url = url
        yield found
    finally:
        server.terminate()
        server.wait(10)


def answers(server, url):
    assert server.poll() is None, "moto ended"
    try:
        return requests.get(f"{url}/moto-api/", timeout=5).ok
    except requests.RequestException:
        return False


@pytest.fixture
def bucket_line(bucket):
    """What leads to the bucket's server."""
    with Line("127.0.0.1", int(bucket.url.rpartition(":")[2])) as line:
        yield line
