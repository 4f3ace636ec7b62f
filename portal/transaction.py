"""How services change what is kept: one call, one transaction, one commit."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import IntegrityError, InvalidRequestError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from portal.extensions import Model, db

P = ParamSpec("P")
R = TypeVar("R")
TRIES = 3
DEADLOCK = "40P01"  # PostgreSQL undid one of two transactions that waited for each other


class Stale(Exception):
    """Somebody else changed it since the page was made that this came from."""


class NotPossible(Exception):
    """What was asked for makes no sense as things are; the text says why, in plain words."""


def one_transaction(verb: Callable[P, R]) -> Callable[P, R]:
    """Make a verb commit what it does, and do it again where somebody was quicker by a moment.

    Where the first argument is a row, that is locked before. Whatever the verb
    raises undoes all of it. Raises NotPossible where the row was deleted.
    """

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for left in reversed(range(TRIES)):
            try:
                if args and isinstance(args[0], Model):
                    lock(args[0])
                done = verb(*args, **kwargs)
                db.session.commit()
            except (StaleDataError, IntegrityError, OperationalError) as error:
                db.session.rollback()
                if not left or not _may_go_again(error):
                    raise
            except Exception:
                db.session.rollback()
                raise
            else:
                return done
        raise AssertionError("the last try returns or raises")

    return run


def _may_go_again(error: StaleDataError | IntegrityError | OperationalError) -> bool:
    """Whether somebody was quicker; a database that cannot be read or written is no such thing."""
    if isinstance(error, OperationalError):
        return getattr(error.orig, "sqlstate", "") == DEADLOCK
    return True


def lock(row: Model) -> None:
    """Read the row as it is now, and let nobody else change it before the commit.

    Raises NotPossible where it was deleted.
    """
    try:
        # Its row alone: PostgreSQL cannot lock what an outer join may not find.
        db.session.refresh(row, with_for_update={"of": type(row)})
    except InvalidRequestError:
        db.session.rollback()
        raise NotPossible("This was deleted. There is nothing to change any more.") from None
