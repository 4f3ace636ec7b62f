"""The portal as real processes: a web server and a worker that can be killed."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.services import until

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
LONGEST = 60  # seconds that anything may take on a machine that is busy with other tests


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def local_env(var, **changes):
    """The settings of a portal with nothing of this machine in it, for processes."""
    return {
        "DEVELOPMENT": "1",
        "SECRET_KEY": "a secret for tests that is long enough",
        "VAR_DIR": str(var),
        "DATABASE_URL": f"sqlite:///{var}/test.db",
        "QUEUE_URL": f"sqlite:///{var}/queue.db",
        "FORM_MIN_SECONDS": "0",
        "RATELIMIT_ENABLED": "0",
        **changes,
    }


def brevo(url):
    """The settings that make Brevo at that address the provider of everything."""
    return {
        "MAIL_PROVIDER": "brevo",
        "AUDIENCE_PROVIDER": "brevo",
        "BREVO_API_KEY": "made-up-key-for-tests",
        "BREVO_API_URL": url,
    }


def start(*command, env):
    """Start a program of the virtual environment, or `python -m …`, in a group of its own."""
    program, *arguments = command
    shielded = {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "PYTHON_DOTENV_DISABLED": "1",
        "FLASK_SKIP_DOTENV": "1",
        "PYTHONUNBUFFERED": "1",
    }
    return subprocess.Popen(
        [BIN / program, *arguments],
        cwd=ROOT,
        env={**shielded, **env},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def kill(process):
    """End it and all its children at once, as a power cut would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


@contextmanager
def running(*command, env):
    process = start(*command, env=env)
    try:
        yield process
    finally:
        kill(process)


class Killable:
    """A process that is started again each time it is killed."""

    def __init__(self, *command, env):
        self.command, self.env = command, env
        self.process = start(*command, env=env)

    def kill(self):
        kill(self.process)

    def restart(self):
        kill(self.process)
        self.process = start(*self.command, env=self.env)


class Person:
    """Signs addresses up over HTTP, as one browser would."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/newsletter/"
        self.session = None

    def sign_up(self, email):
        """Whether the portal has said that it has the sign-up. False: it was not there to say."""
        try:
            if self.session is None:
                self._open()
            answer = self.session.post(
                self.url, self.fields | {"email": email}, timeout=LONGEST, allow_redirects=False
            )
        except requests.RequestException:
            self.close()
            return False
        assert answer.status_code == 303, answer.text
        return True

    def _open(self):
        self.session = requests.Session()
        page = self.session.get(self.url, timeout=LONGEST)
        hidden = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page.text)
        pairs = [
            [re.search(f'{part}="([^"]*)"', tag) for part in ("name", "value")] for tag in hidden
        ]
        self.fields = {name.group(1): value.group(1) for name, value in pairs}

    def close(self):
        if self.session:
            self.session.close()
        self.session = None


def is_up(port, host="127.0.0.1"):
    try:
        page = f"http://127.0.0.1:{port}/newsletter/"
        return requests.get(page, headers={"Host": host}, timeout=5).ok
    except requests.RequestException:
        return False


def wait_for_web(port):
    until(lambda: is_up(port), LONGEST, 0.05)
