"""The whole portal as people run it: gunicorn, a worker and a database, on a port of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from urllib.request import urlopen

from portal.config import ROOT
from tests.conftest import SECRET
from tests.services import until

START_WITHIN = 60  # seconds, on a machine that does other things too
DONE_WITHIN = 30  # a mail that a provider refused is tried again after some seconds
LOG_SHOWN = 4000  # characters


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass(frozen=True)
class Mail:
    """One mail as the local provider kept it."""

    subject: str
    text: str
    html: str
    links: list[str]

    def link(self, part: str) -> str:
        """The address in it that has this part."""
        return next(link for link in self.links if part in link)


class Site:
    """A running portal, with any changes to its settings. `url` leads to it.

    `elsewhere` is another site that may frame its form.
    """

    def __init__(self, folder: Path, **changes: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.elsewhere = f"http://localhost:{free_port()}"
        self.folder = folder / "var"
        self.env = {
            "DEVELOPMENT": "1",
            "EMBED_ORIGINS": self.elsewhere,
            "FORM_MIN_SECONDS": "0",
            "PORT": str(port),
            "RATELIMIT_ENABLED": "0",
            "SECRET_KEY": SECRET,
            "SITE_URL": self.url,
            "VAR_DIR": str(self.folder),
        } | changes
        self._log = folder / "log"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, database: Path) -> None:
        """Start both processes on a copy of an empty database; returns when pages are served."""
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(database, self.folder / "portal.db")
        self.start_worker()
        self.start_web()

    def start_worker(self) -> None:
        """Start what sends the mails; it takes them up when it is ready."""
        self._processes["worker"] = self._run("flask", "worker")

    def start_web(self) -> None:
        """Start gunicorn; returns when pages are served."""
        self._processes["web"] = self._run("gunicorn", "wsgi:app")
        until(self._is_ready, START_WITHIN)

    def stop(self, *names: str) -> None:
        """End these processes, or both; neither waits for what it is doing."""
        for name in names or tuple(self._processes):
            process = self._processes.pop(name)
            process.send_signal(signal.SIGINT if name == "web" else signal.SIGKILL)
            process.wait(DONE_WITHIN)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to one of them."""
        self._processes[name].send_signal(number)

    def stop_gently(self) -> None:
        """Tell both to end, as systemd does; returns when they have."""
        while self._processes:
            _, process = self._processes.popitem()
            process.terminate()
            assert process.wait(DONE_WITHIN) == 0

    @contextmanager
    def mail_down(self) -> Iterator[None]:
        """For a while, the mail provider takes nothing: its folder is not one."""
        mailbox, kept = self.folder / "mailbox", self.folder / "mailbox.kept"
        mailbox.mkdir(exist_ok=True)
        mailbox.rename(kept)
        mailbox.touch()
        try:
            yield
        finally:
            mailbox.unlink()
            kept.rename(mailbox)

    def mails(self, to: str) -> list[Mail]:
        """The mails to an address, oldest first."""
        found = (self.folder / "mailbox").glob("*.eml")
        files = sorted(found, key=lambda file: file.stat().st_mtime_ns)
        messages = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        return [_mail(one) for one in messages if one["To"].addresses[0].addr_spec == to]

    def contact(self, email: str) -> dict[str, object] | None:
        """What the provider's list has about an address."""
        file = self.folder / "contacts.json"
        contacts = json.loads(file.read_text()) if file.exists() else {}
        return contacts.get(email)

    def log(self) -> str:
        """The end of what the processes wrote."""
        return self._log.read_text(errors="replace")[-LOG_SHOWN:] if self._log.exists() else ""

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a command of the virtual environment, with nothing of this machine's settings."""
        tools = Path(sys.executable).parent
        env = self.env | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
        env |= {"PYTHONUNBUFFERED": "1", "PYTHON_DOTENV_DISABLED": "1", "FLASK_SKIP_DOTENV": "1"}
        program = [str(tools / command[0]), *command[1:]]
        with self._log.open("ab") as log:
            return subprocess.Popen(program, cwd=ROOT, env=env, stdout=log, stderr=log)

    def _is_ready(self) -> bool:
        web = self._processes["web"]
        assert web.poll() is None, f"gunicorn ended\n{self.log()}"
        with suppress(OSError), urlopen(f"{self.url}/healthz", timeout=5) as answer:
            return answer.status == 200
        return False


def _mail(message) -> Mail:
    text = message.get_body(("plain",)).get_content()
    part = message.get_body(("html",))
    html = part.get_content() if part else ""
    links = [word for word in text.split() if word.startswith("http")]
    return Mail(message["Subject"], text, html, links)
