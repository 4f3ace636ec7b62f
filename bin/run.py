"""What `make run` starts: a key, the migrations, then web and worker together."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
from pathlib import Path

from dotenv import dotenv_values
from honcho.command import main as honcho

ROOT = Path(__file__).resolve().parent.parent
ENV_FILE = ROOT / ".env"


def say(text: str) -> None:
    """Print at once, into a log file too."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def settings() -> dict[str, str]:
    """The environment, and what it does not have from `.env`."""
    from_file = {name: value for name, value in dotenv_values(ENV_FILE).items() if value}
    return from_file | {name: value for name, value in os.environ.items() if value}


def make_key() -> str:
    """Add a secret key to `.env`; the other lines stay as they are."""
    key = secrets.token_urlsafe(48)
    old = ENV_FILE.read_text(encoding="utf-8") if ENV_FILE.exists() else ""
    line_break = "\n" if old and not old.endswith("\n") else ""
    file = os.open(ENV_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(file, "a", encoding="utf-8") as env_file:
        os.fchmod(file, 0o600)  # a file that was there may be open to others
        env_file.write(f"{line_break}SECRET_KEY={key}\n")
    return key


def check_port(port: str) -> None:
    """Stop with a sentence where the web process could not listen."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", int(port)))
        except (ValueError, OverflowError):
            sys.exit(f"PORT must be a number from 1 to 65535. It is “{port}”.")
        except OSError as error:
            sys.exit(f"Port {port} cannot be used ({error.strerror}). Try: make run PORT=5001")


def migrate() -> None:
    """Bring the database up to date; say something only when that fails."""
    command = [sys.executable, "-m", "flask", "db", "upgrade"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}\nThe database could not be brought up to date.")


def stop_when_terminal_closes() -> None:
    """End both processes when the window is closed, as Ctrl-C does."""
    runner = os.getpid()

    def stop(*_: object) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)  # the terminal is gone: to print there would be an error
        os.dup2(nowhere, 2)
        os.kill(runner, signal.SIGTERM)

    signal.signal(signal.SIGHUP, stop)


def say_where(env: dict[str, str]) -> None:
    """Print the addresses; the first manager's too, for as long as nobody has accepted it."""
    sys.path.insert(0, str(ROOT))
    logging.disable()  # what the portal's libraries say while they load is not for people
    from portal import create_app  # noqa: PLC0415 - found only now
    from portal.config import load_config  # noqa: PLC0415
    from portal.demo import stories  # noqa: PLC0415
    from portal.team.services import invite_first_manager  # noqa: PLC0415

    app = create_app(load_config(env))
    with app.app_context():
        if app.config["DEVELOPMENT"] and stories.is_new():
            say(f"Writing sample stories, to look at. To remove them: {stories.TO_REMOVE}")
            stories.load()
    logging.disable(logging.NOTSET)
    site = f"http://127.0.0.1:{env['PORT']}"
    say(f"Public site: {site}/")
    say(f"The team's inbox: {site}/inbox/")
    if app.config["MAIL_PROVIDER"] == "local":
        say(f"Mailbox: {site}/mailbox")
    with app.app_context():
        if link := invite_first_manager(app.config["TEAM_EMAIL"]):
            say(f"First manager: {link}")


def main() -> None:
    """Prepare everything, print the addresses and run until Ctrl-C."""
    os.chdir(ROOT)
    os.umask(0o077)  # what is kept is for whoever runs it
    env = settings()
    port = env.setdefault("PORT", "5000")
    check_port(port)
    env.setdefault("SECRET_KEY", "")
    env["SECRET_KEY"] = env["SECRET_KEY"] or make_key()
    env.setdefault("DEVELOPMENT", "1")
    # honcho gives each process a PORT of its own; both must know the one address.
    env.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    env["PYTHONUNBUFFERED"] = "1"
    os.environ.update(env)
    migrate()
    say_where(env)
    say("Stop with Ctrl-C.")
    stop_when_terminal_closes()
    # .env is read already, and the environment wins; honcho would have it the other way round.
    honcho(["start", "--env", os.devnull, "--port", port])


if __name__ == "__main__":
    main()
