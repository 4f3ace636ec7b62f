"""What a limit refused in this request: noted before the view, and said by what it answers.

A form that comes back says it at its first field, by way of `Form.validate`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, g
from wtforms import Field

TOO_MANY = 429


@dataclass(frozen=True)
class Refusal:
    """Why nothing is done, in words for who sent it, and when it may be done."""

    words: str
    wait: str
    """In words."""
    seconds: int


def note(refusal: Refusal) -> None:
    """Let what answers this request say so."""
    g.refusal = refusal


def noted() -> Refusal | None:
    """What was noted; None where no limit refuses this request."""
    found: Refusal | None = g.get("refusal")
    return found


def said_in(fields: Sequence[Field]) -> bool:
    """Whether this request is refused; then the first field that people fill in says so.

    Where there is none nothing can be lost, and a page for all that is refused answers.
    """
    if (refusal := noted()) is None:
        return False
    if not fields:
        abort(TOO_MANY)
    fields[0].errors = [refusal.words]
    return True
