"""What we keep for a time only, and for how long: features register here what they keep.

A kind with an `end` is deleted only after the team heard of it a week ahead (`services`). The
others end by their feature's own clock, on the day that a public page names; they are counted here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement

from portal.extensions import Base
from portal.words import days


@dataclass(frozen=True)
class Period:
    """One kind of thing that is kept for a time."""

    name: str
    what: str
    """What it is, at the start of a sentence."""
    since: str
    """From when its time counts: "the last change"."""
    goes: str
    """What is done when its time is over, as a sentence."""
    setting: str = ""
    """The setting that has its days."""
    lasts: Callable[[], timedelta] | None = None
    """How long, where no setting says it."""
    stays: str = ""
    """What of it never goes, as a sentence."""
    counted: tuple[str, str] = ("", "")
    """One of it and many of it, where the team hears how many go."""
    model: type[Base] | None = None
    due: Callable[[datetime], ColumnElement[bool]] | None = None
    """Whose time is over at a moment, in SQL."""
    end: Callable[[Any], None] | None = None
    """Deletes one in the caller's transaction, its row locked."""

    @property
    def days(self) -> timedelta:
        """How long it is kept."""
        if self.lasts:
            return self.lasts()
        return timedelta(days=current_app.config[self.setting])


kinds: dict[str, Period] = {}


def register(*some: Period) -> None:
    """Let these be counted, told of and, where they have an `end`, deleted in time."""
    kinds.update({kind.name: kind for kind in some})


def told_kinds() -> list[Period]:
    """Those of which a person hears a week ahead, one by one."""
    return [kind for kind in kinds.values() if kind.end]


def table() -> list[str]:
    """All kinds as the rows of a table in Markdown, as docs/privacy/retention.md has them."""
    rows = [("What", "How long", "Setting", "What is done then", "What stays")]
    rows += [
        (
            kind.what,
            f"{days(kind.days.days)} after {kind.since}",
            f"`{kind.setting}`" if kind.setting else "",
            kind.goes,
            kind.stays,
        )
        for kind in kinds.values()
    ]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]
