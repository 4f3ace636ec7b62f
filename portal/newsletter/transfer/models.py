"""Jobs on the whole list, and what of them a person must be able to read."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import EMPTY, Model, Moment, now, one_of
from portal.storage import Place


class JobKind(StrEnum):
    """What a job does."""

    IMPORT = "import"
    SYNC = "sync"
    EXPORT = "export"


class JobState(StrEnum):
    """How far a job is."""

    CHOOSING = "choosing"
    """A person says how the file is to be read."""
    TRYING = "trying"
    """The worker looks what would come of it."""
    TRIED = "tried"
    GOING = "going"
    """The worker does it."""
    DONE = "done"
    STOPPED = "stopped"
    """It cannot go on; `why` says for what reason."""


AT_WORK = (JobState.TRYING, JobState.GOING)


class ListJob(Model):
    """One import, export or comparison. The row is the truth: where a worker dies, another goes on.

    What was done and how far that is are saved in one commit.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[JobKind] = mapped_column(one_of(JobKind, "kind"))
    state: Mapped[JobState] = mapped_column(one_of(JobState, "state"))
    member_id: Mapped[int | None]
    """Who of the team began it; nobody where it was a command."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    """When it last came further."""
    name: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    """What its file was called."""
    place: Mapped[str] = mapped_column(Place, default="", server_default=EMPTY)
    """Where its file is kept, while it is."""
    size: Mapped[int] = mapped_column(default=0)
    read_as: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """How its file is to be read."""
    seen: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What was seen in its file."""
    line: Mapped[int] = mapped_column(default=0)
    """The last line of the file that is done."""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    """How many came to which outcome."""
    why: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    held_until: Mapped[datetime | None] = mapped_column(Moment)
    """Until when a worker has it; after that another may take it."""

    __table_args__ = (Index(None, "state"),)

    @property
    def is_at_work(self) -> bool:
        """Whether the worker has it, or will."""
        return self.state in AT_WORK

    @property
    def percent(self) -> int:
        """How much of it is done."""
        return min(100, 100 * self.done // max(self.total, 1))


class JobLine(Model):
    """One line of a job that a person may want to read: somebody who was not taken, and why."""

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey(ListJob.id, ondelete="CASCADE"))
    line: Mapped[int]
    """Of the file; 0 where there is none."""
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text, index=True)
    outcome: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index(None, "job_id", "outcome", "id"),)
