"""A web process, and raw conversations with it."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from portal.config import ROOT
from tests.services import until
from tests.site import free_port

HERE = Path(__file__).parent
LONGEST = 30  # seconds


@contextmanager
def served(log):
    """The process of gunicorn that serves the tests' app, and its port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", str(HERE / "hasty.py")]
    command += ["tests.serving.app:app"]
    env = {"PATH": os.environ["PATH"], "PORT": str(port)}
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=file, stderr=file)
    try:
        until(lambda: answers(port), LONGEST)
        yield process, port
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(LONGEST)


def answers(port):
    with suppress(OSError):
        return ask(port, "GET", "/echo").status == 200


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """Where a web process listens."""
    with served(tmp_path_factory.mktemp("serving") / "log") as (_, port):
        yield port


def ask(port, method, path, body=None, **headers):
    """Ask as a client does that knows how; the answer, whose `text` was read."""
    connection = HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        return answer
    finally:
        connection.close()


@contextmanager
def connected(port, *sent, room=None):
    """A bare connection on which something was sent; `room` is what it takes of an answer."""
    with socket.socket() as client:
        if room:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        client.settimeout(LONGEST)
        client.connect(("127.0.0.1", port))
        for part in sent:
            client.sendall(part)
        yield client


def answer_on(client, method="GET"):
    """The next answer on a bare connection, read whole."""
    answer = HTTPResponse(client, method=method)
    answer.begin()
    answer.text = answer.read().decode(errors="replace")
    return answer


def was_closed(client):
    """Whether the other end has closed it, and sent nothing more."""
    try:
        return client.recv(1) == b""
    except ConnectionError:
        return True
