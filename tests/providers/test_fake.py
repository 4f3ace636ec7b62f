"""The fake as a process of its own: other tests rely on its record and its obedience."""

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from portal.providers.errors import TryLater
from portal.providers.values import Receipt

from .ours import API_KEY, KEY

pytestmark = [pytest.mark.enable_socket, pytest.mark.services]

ROOT = Path(__file__).parents[2]


@contextmanager
def process(*arguments):
    """The running fake and its address."""
    command = [sys.executable, "-m", "tests.providers.fake_brevo", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running, running.stdout.readline().strip()
        finally:
            running.kill()


def test_it_remembers_after_a_kill_what_it_took(tmp_path, make_brevo, email, contact):
    record = tmp_path / "calls.jsonl"
    arguments = ("--record", str(record), "--api-key", API_KEY)
    with process(*arguments) as (_, url):
        make_brevo(url).send(email, KEY)
        make_brevo(url).upsert(contact)
    with process(*arguments) as (_, url):
        again = make_brevo(url).send(email, KEY)
        known = make_brevo(url).lookup(contact.email)

    calls = [json.loads(line) for line in record.read_text().splitlines()]
    assert again == Receipt("")
    assert known.subscribed
    assert [call["status"] for call in calls] == [201, 201, 400, 200]
    assert calls[0]["key"] == KEY
    assert calls[0]["body"]["subject"] == email.subject


def test_it_behaves_as_told(make_brevo, email):
    with process("--mode", "busy", "--times", "1", "--after", "9") as (_, url):
        brevo = make_brevo(url)
        control = url.removesuffix("/v3") + "/fake"
        with pytest.raises(TryLater) as busy:
            brevo.send(email, KEY)
        brevo.send(email, KEY)
        requests.post(f"{control}/behave", json={"mode": "unavailable"}, timeout=5).close()
        with pytest.raises(TryLater):
            brevo.send(email, KEY)
        state = requests.get(f"{control}/state", timeout=5).json()

    assert busy.value.after.total_seconds() == 9
    assert state["calls"] == 3
    assert len(state["mails"]) == 1
