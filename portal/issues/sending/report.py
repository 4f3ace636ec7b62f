"""What is known of an issue's way out, for the team: who, what came back, what is not known.

No opens: nobody is watched while they read.
"""

from dataclasses import dataclass

from flask import current_app

from portal.delivery import breaker, routing
from portal.delivery.models import CAMPAIGNS, Pause
from portal.delivery.providers import get_providers
from portal.issues.models import Edition, EditionState, Issue
from portal.issues.sending import campaign, counting
from portal.issues.sending.counting import Known
from portal.providers.campaigns import CampaignProvider
from portal.providers.protocols import MailProvider


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


@dataclass(frozen=True)
class WayOut:
    """Who would send an issue now, what they cannot do, and why they would not take it now."""

    title: str
    cannot: tuple[str, ...] = ()
    unready: str = ""
    """What must be set before anything can leave, in a sentence."""
    rest: Pause | None = None


def way_out() -> WayOut:
    """Who would send an issue now."""
    if keeper := campaign.campaigner():
        rest = breaker.pauses().get(f"{keeper.name} {CAMPAIGNS}")
        return WayOut(_title(keeper), keeper.cannot, keeper.unready, rest)
    sender = get_providers().mail
    # What is said of its campaigns is not true of single mails.
    cannot = () if isinstance(sender, CampaignProvider) else getattr(sender, "cannot", ())
    return WayOut(_title(sender), cannot, rest=routing.mail_rest())


def _title(provider: MailProvider | CampaignProvider) -> str:
    return str(getattr(provider, "title", provider.name))
