"""What the desk keeps beside an issue: who has it open."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, synonym

from portal.inbox.desk.models import Seen
from portal.issues.models import Issue


class IssuePresence(Seen):
    """Who has an issue open, and who is writing in it."""

    issue_id: Mapped[int] = mapped_column(
        ForeignKey(Issue.id, ondelete="CASCADE"), primary_key=True
    )
    place_id: Mapped[int] = synonym("issue_id")
