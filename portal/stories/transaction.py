"""How a story is changed: locked, in one transaction, and again where somebody was quicker."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm.exc import StaleDataError

from portal.extensions import db
from portal.stories.models import Story, StoryState

P = ParamSpec("P")
R = TypeVar("R")
TRIES = 3
OVER = (StoryState.WITHDRAWN, StoryState.DECLINED)


class Stale(Exception):
    """Somebody changed the story since the page was made that this came from."""


class NotPossible(Exception):
    """It makes no sense for this story as it is. The text says why, in plain words."""


def one_transaction(verb: Callable[Concatenate[Story, P], R]) -> Callable[Concatenate[Story, P], R]:
    """Lock the story, do it, commit; do it again where somebody was quicker by a moment."""

    @wraps(verb)
    def run(story: Story, /, *args: P.args, **kwargs: P.kwargs) -> R:
        for left in reversed(range(TRIES)):
            try:
                lock(story)
                done = verb(story, *args, **kwargs)
                db.session.commit()
            except (StaleDataError, IntegrityError):
                db.session.rollback()
                if not left:
                    raise
            except Exception:
                db.session.rollback()
                raise
            else:
                return done
        raise AssertionError("the last try returns or raises")

    return run


def lock(story: Story) -> None:
    """Let nobody else change it before the commit. Raises NotPossible where it was deleted."""
    try:
        db.session.refresh(story, with_for_update={"of": Story})
    except InvalidRequestError:
        db.session.rollback()
        raise NotPossible("This story was deleted.") from None


def must_be_shaped(story: Story) -> None:
    """Raise NotPossible unless the story is among those that two people work on."""
    if story.state is StoryState.DRAFT:
        raise NotPossible("This story was not sent yet.")
    if story.state is StoryState.WITHDRAWN:
        raise NotPossible("This story was taken back. Nothing can be done with it any more.")
    if story.state is StoryState.DECLINED:
        raise NotPossible("This story was declined. It can be sent again as a new one.")
