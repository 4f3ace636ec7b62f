"""What is known of an issue's way out, for the team: who, what came back, what is not known.

No opens: nobody is watched while they read.
"""

from dataclasses import dataclass

from flask import current_app

from portal.delivery.providers import get_providers
from portal.issues.models import Edition, EditionState, Issue
from portal.issues.sending import campaign, counting
from portal.issues.sending.counting import Known


@dataclass(frozen=True)
class EditionReport:
    """One edition: what we know of its people, and beside it what the provider counts."""

    edition: Edition
    label: str
    known: Known

    @property
    def counted(self) -> dict[str, int]:
        """The provider's own numbers: `sent`, `delivered`, `bounced` and so on."""
        return dict(self.edition.told)

    @property
    def differs(self) -> bool:
        """Whether the provider counts others than we addressed, once it has counted."""
        sent = self.edition.told.get("sent")
        return sent is not None and sent != self.known.accepted

    @property
    def needs_person(self) -> bool:
        """Whether somebody must say what became of it."""
        return self.edition.state is EditionState.UNCERTAIN

    @property
    def can_go_again(self) -> bool:
        """Whether what did not leave can be sent again."""
        return self.edition.state in {EditionState.UNCERTAIN, EditionState.FAILED}


@dataclass(frozen=True)
class Report:
    """All editions of an issue, and all of its people together."""

    issue: Issue
    editions: list[EditionReport]

    @property
    def known(self) -> Known:
        """What is known of all together."""
        return counting.together([one.known for one in self.editions])


def report(issue: Issue) -> Report:
    """What is known now."""
    labels = current_app.config["FORMATS"]
    found = [
        EditionReport(one, labels.get(one.format, one.format), counting.known(one))
        for one in issue.editions
    ]
    return Report(issue, found)


def way_out() -> tuple[str, tuple[str, ...]]:
    """Who would send an issue now, and in sentences what they cannot do."""
    keeper = campaign.campaigner()
    sender = keeper or get_providers().mail
    return sender.name, tuple(getattr(sender, "cannot", ()))
