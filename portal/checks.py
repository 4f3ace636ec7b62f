"""Whether the site is set up rightly: parts register what can be looked at, and how.

`flask check` and the page “Set-up” show all of it. What cannot work at all stops the start.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import click
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from portal.config import ConfigError
from portal.providers.values import Finding

log = logging.getLogger(__name__)

PATIENCE = 15.0  # seconds for all that is looked at, since it is looked at together
REGISTERED, RUNNING = "checks", "checks-running"
MARKS = {True: "right", False: "WRONG", None: "look yourself"}
SILENT = "It gave no answer in time."
NOT_ASKED = "The database could not be asked for this. Mend what “Database” says first."


Look = Callable[[], Iterable[Finding]]


class SiteCheck(NamedTuple):
    """One part of the set-up: its title, and what looks at it.

    `at_start` is what web and worker look at before they start, in some thousandths of a second:
    what is wrong then stops them. What is `outside` asks services of others, so a page does it
    only when a person wants that.
    """

    title: str
    look: Look
    at_start: Look | None = None
    outside: bool = False


def register(app: Flask, *wanted: SiteCheck) -> None:
    """Have something looked at. The last word on a title counts.

    Each `look` runs in a thread of its own, in the app's context. What it raises is a finding
    too, without the error's own words, which may hold a secret.
    """
    app.extensions.setdefault(REGISTERED, {}).update({check.title: check for check in wanted})


def all_of_them() -> list[SiteCheck]:
    """What parts have registered, in that order."""
    return [*current_app.extensions[REGISTERED].values()]


def run(
    wanted: Iterable[SiteCheck], patience: float = PATIENCE
) -> Iterator[tuple[SiteCheck, list[Finding]]]:
    """Look at all of them together, for so many seconds at most; what each found, in order."""
    asked = [(check, *_begin(check)) for check in wanted]
    until = time.monotonic() + patience
    for check, thread, found in asked:
        thread.join(max(0, until - time.monotonic()))
        yield check, found if not thread.is_alive() else [*found, Finding(SILENT, ok=False)]


def _begin(check: SiteCheck) -> tuple[threading.Thread, list[Finding]]:
    """The thread that looks, and what it has found up to now.

    One that has not ended since it was last asked is asked no second time.
    """
    running = current_app.extensions.setdefault(RUNNING, {})
    thread, found = running.get(check.title, (None, []))
    if thread is None or not thread.is_alive():
        found = []
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        thread = threading.Thread(target=_look, args=(app, check, found), daemon=True)
        running[check.title] = thread, found
        thread.start()
    return thread, found


def _look(app: Flask, check: SiteCheck, found: list[Finding]) -> None:
    try:
        with app.app_context():
            for finding in check.look():
                found.append(finding)
    except SQLAlchemyError:
        found.append(Finding(NOT_ASKED, ok=False))
    except Exception as error:
        log.warning("“%s” could not be looked at", check.title, exc_info=error)
        words = f"It could not be looked at ({type(error).__name__}). The log says more."
        found.append(Finding(words, ok=False))


def must_start(patience: float = PATIENCE) -> None:
    """Raise ConfigError for what cannot work. What gives no answer is logged, and may yet."""
    wrong = []
    starting = [one._replace(look=one.at_start) for one in all_of_them() if one.at_start]
    for check, found in run(starting, patience):
        for finding in found:
            if finding.words == SILENT:
                log.error("%s: %s", check.title, SILENT)
            elif finding.ok is False:
                wrong.append(f"{finding.words} {finding.cure}".strip())
    if wrong:
        raise ConfigError("\n".join(wrong))


def show(findings: Iterable[Finding]) -> int:
    """Print each finding; returns how many are wrong."""
    wrong = 0
    for finding in findings:
        wrong += finding.ok is False
        words = f"  {MARKS[finding.ok]}: {finding.words} {finding.cure}".rstrip()
        click.secho(words, fg="red" if finding.ok is False else None)
    return wrong
