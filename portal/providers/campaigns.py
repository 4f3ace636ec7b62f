"""Newsletters at a provider that keeps contacts: one mail, made there once, sent to an audience.

No provider takes an idempotency key for any of it, so each step can be looked up before it is
done again: audiences and campaigns by their names, which are unique; sending by the state.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from portal.providers.values import Address, Contact

# Stand in the texts of a campaign where each person's own links go. An adapter puts its merge
# language there, after it has made all else harmless that looks like that language.
PREFERENCES_URL = "https://preferences.invalid/"
UNSUBSCRIBE_URL = "https://unsubscribe.invalid/"

# For so long after a campaign its audience is kept: at Mailjet people leave by way of it.
AUDIENCE_LASTS = timedelta(days=60)


class CampaignState(StrEnum):
    """Where a campaign stands at the provider."""

    DRAFT = "draft"
    """Nothing has left, and nothing will by itself."""
    SENDING = "sending"
    SENT = "sent"
    STOPPED = "stopped"
    """The provider or a person there stopped it, maybe in the middle."""
    UNKNOWN = "unknown"
    """In a word that we do not know: a person must look."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A newsletter in one format, as a provider is to send it; `name` is unique there.

    What mail programs show beside the subject is hidden text in the HTML: not all providers have
    a field for it.
    """

    name: str
    sender: Address
    reply_to: Address
    subject: str
    html: str
    text: str
    is_plain: bool = False
    """Whether it is for those who want plain text."""

    @property
    def wanted_html(self) -> str:
        """The HTML, for a provider that can do without: none where it is for plain text."""
        return "" if self.is_plain else self.html


@dataclass(frozen=True, slots=True)
class CampaignStatus:
    """What the provider says of a campaign.

    `audiences` are those it is addressed to, by the provider's names, and `everybody` is whether
    it would go to the whole account. `counts` has what the provider counts, as far as it does:
    `sent`, `delivered`, `bounced`, `complained`, `unsubscribed`, `failed`.
    """

    state: CampaignState
    audiences: tuple[str, ...] = ()
    everybody: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    reason: str = ""
    """In the provider's words, where it did not send, or is not ready to."""


@runtime_checkable
class CampaignProvider(Protocol):
    """Sends campaigns to audiences: lists, tags, groups or segments, as the provider has them.

    `most_added` is how many people one call of `add_to_audience` takes. An audience with less
    than `fewest` people is one that the provider does not send to: they need single mails.
    `settles` is for how long it may work through the people that it was given.
    `cannot` says in sentences for the team what the provider cannot do, or does though we do not
    want it; `unready` what must be set before a campaign can leave, and nothing where all is.

    All methods raise TryLater or Refused. Those that are not to be repeated unseen (`create_…`,
    `send_campaign`) raise Uncertain for whatever leaves a doubt, be it a 500.
    """

    name: str
    most_added: int
    fewest: int
    settles: timedelta
    cannot: tuple[str, ...]

    @property
    def unready(self) -> str:
        """What must be set first, in a sentence; empty where nothing is missing."""

    def find_audience(self, name: str) -> str | None:
        """The provider's id of the audience with that name."""

    def create_audience(self, name: str) -> str:
        """Make an empty audience; its id. Not to be repeated before `find_audience`."""

    def add_to_audience(self, audience: str, contacts: Sequence[Contact]) -> tuple[str, ...]:
        """Add people; the addresses that it did not take, because it does not know them, say.

        May be repeated. It changes nothing else: nobody who was stopped there gets mail again.
        """

    def count_audience(self, audience: str) -> int | None:
        """How many people are in it; None while the provider still works on what it was given."""

    def find_campaign(self, name: str, since: datetime) -> str | None:
        """The id of the campaign with that name, made since then as our own clock goes."""

    def create_campaign(self, campaign: Campaign, audience: str) -> str:
        """Make a draft addressed to that audience alone; its id. Look for it before repeating."""

    def fill_campaign(self, campaign_id: str, campaign: Campaign, audience: str) -> None:
        """Give the draft its texts and its audience as they should be. May be repeated."""

    def read_campaign(self, campaign_id: str) -> CampaignStatus:
        """What the provider says of it now."""

    def send_campaign(self, campaign_id: str) -> None:
        """Let it leave now. After Uncertain `read_campaign` tells, and it is not to be repeated.

        What says that it has left already is a success, and Refused means that it is a draft.
        """

    def delete_campaign(self, campaign_id: str) -> None:
        """Remove a draft that is not to be sent. One that is gone is a success."""

    def delete_audience(self, audience: str) -> None:
        """Remove the audience, not the people in it. One that is gone is a success.

        Links to leave may need it: see `AUDIENCE_LASTS`.
        """


@runtime_checkable
class AudienceReader(Protocol):
    """A campaign provider that can say who is in an audience, for when the count is not ours."""

    def who_is_in(self, audience: str) -> Iterator[str]:
        """The addresses in it, page by page. Raises TryLater or Refused."""
