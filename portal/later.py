"""Slow work after the commit: asked of the worker, tried again later, swept if it was forgotten.

The row that the work is about says that it is still to be done. So where the queue loses
a message nothing else is lost: a sweep asks for the rows that have waited too long.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVarTuple

from huey.api import TaskWrapper
from sqlalchemy import Row, Select

from portal.extensions import db, huey
from portal.providers.errors import TryLater

Columns = TypeVarTuple("Columns")
log = logging.getLogger(__name__)

AT_ONCE = timedelta(0)
SWEEP_AT_ONCE = 500  # rows: the next sweep has the others


def ask(what: str, task: TaskWrapper, *args: object, after: timedelta = AT_ONCE) -> bool:
    """Ask the worker for a call of the task, now or `after` that time.

    Returns False where the queue does not answer. The log says so, with `what` that is about.
    """
    try:
        if after:
            task.schedule(args, delay=after.total_seconds())
        else:
            task(*args)
    except Exception:
        log.exception("QUEUE_URL does not answer; the sweep will find %s", what)
        return False
    return True


def tried_again(what: str, waits: Sequence[timedelta]) -> Callable[[Callable[[int], None]], Any]:
    """Make a task of work on one row: `task(row_id, tries)`.

    Where the work raises TryLater it is tried again after each of `waits` in turn, of
    which `tries` are over. After the last one it is left to its sweep.
    """

    def make(work: Callable[[int], None]) -> TaskWrapper:
        @wraps(work)
        def run(row_id: int, tries: int) -> None:
            try:
                work(row_id)
            except TryLater as error:
                db.session.rollback()
                log.warning("The %s %s has to wait: %s", what, row_id, error)
                if tries < len(waits):
                    ask(f"{what} {row_id}", task, row_id, tries + 1, after=waits[tries])

        task = huey.task()(run)
        return task

    return make


def forgotten(query: Select[*Columns]) -> Sequence[Row[*Columns]]:
    """The first rows that a sweep's query finds; no transaction is open afterwards."""
    rows = db.session.execute(query.limit(SWEEP_AT_ONCE)).all()
    db.session.rollback()
    return rows
