"""The web listens where it is told, and never on all networks because of something else."""

import gc
import os
import runpy
from pathlib import Path

import pytest

from portal.config import ROOT
from tests.serving.conftest import served

LISTENS = "0A"  # what /proc/net/tcp says of such a socket


@pytest.mark.parametrize(
    ("env", "place"),
    [
        ({}, "127.0.0.1:8000"),
        ({"DEVELOPMENT": "1"}, "127.0.0.1:5000"),
        ({"PORT": "8123"}, "127.0.0.1:8123"),
        ({"PORT": "8123", "DEVELOPMENT": "1"}, "127.0.0.1:8123"),
        ({"PORT": "8123", "BIND": "0.0.0.0:9000"}, "0.0.0.0:9000"),
        ({"BIND": "unix:/run/portal.sock"}, "unix:/run/portal.sock"),
    ],
)
def test_it_is_told_by_setting(monkeypatch, env, place):
    for name in ("BIND", "DEVELOPMENT", "PORT"):
        monkeypatch.setenv(name, env.get(name, ""))
    try:
        assert runpy.run_path(str(ROOT / "gunicorn.conf.py"))["bind"] == place
    finally:
        gc.enable()


@pytest.mark.services
@pytest.mark.enable_socket
def test_real_sockets_are_of_this_machine_alone(tmp_path):
    with served(tmp_path / "log") as (process, port):
        inodes = {os.readlink(one) for one in Path(f"/proc/{process.pid}/fd").iterdir()}
        lines = [
            line.split()
            for name in ("tcp", "tcp6")
            for line in Path(f"/proc/{process.pid}/net/{name}").read_text().splitlines()[1:]
        ]
        places = {one[1] for one in lines if one[3] == LISTENS and f"socket:[{one[9]}]" in inodes}

        assert places == {f"0100007F:{port:04X}"}
