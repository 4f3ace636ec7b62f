"""Regular work on rows: each that is due in a transaction of its own, by any number of workers."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm.exc import StaleDataError

from portal.extensions import Model, db

log = logging.getLogger(__name__)

M = TypeVar("M", bound=Model)
Due = Callable[[], ColumnElement[bool]]


def each(model: type[M], due: Due, verb: Callable[[M], None]) -> int:
    """Do it to every row that is due; returns how many.

    What goes wrong with one holds up no other: it is tried again the next time.
    """
    last = done = 0
    while row := _claim(model, due, last):
        last = row.id
        try:
            verb(row)
            db.session.commit()
        except StaleDataError:  # somebody changed it in this moment
            db.session.rollback()
        except Exception:
            db.session.rollback()
            log.exception("What is due for %s %s failed", model.__tablename__, last)
        else:
            done += 1
    db.session.commit()
    return done


def _claim(model: Any, due: Due, last: int) -> Any:
    """The next row that is due, locked; one that another worker has is left to it."""
    query = select(model).where(due(), model.id > last).order_by(model.id).limit(1)
    mine = query.with_for_update(skip_locked=True, of=model)
    return db.session.scalar(mine, execution_options={"populate_existing": True})
