"""What campaigns at all providers have in common: calls that happen once, and what they leave.

A provider states its paths and payloads, in its `campaigns.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from portal.providers.campaigns import CampaignState, CampaignStatus
from portal.providers.errors import Denied, ProviderError, Refused, TryLater, Uncertain
from portal.providers.http.answer import LONGEST_ID, Answer
from portal.providers.http.provider import HTTPProvider
from portal.providers.merging import merged
from portal.providers.parsed import object_of, text_of

# By so much our clock may be ahead of theirs.
CLOCKS_DIFFER = timedelta(hours=1)
SENT = {CampaignState.SENDING, CampaignState.SENT}


class HTTPCampaigns(HTTPProvider):
    """The shared half of a campaign provider."""

    fewest = 1
    settles = timedelta(hours=1)  # our own: some count what they have only now and then
    merge_tags: ClassVar[tuple[str, str]]
    """What stands for a person's preferences link, and for their link to leave."""
    states: ClassVar[dict[str, CampaignState]]
    """The provider's words for where a campaign stands."""

    @property
    def unready(self) -> str:
        """What must be set before a campaign can leave."""
        return ""

    def ask_once(self, method: str, path: str, payload: Any = None) -> Answer:
        """Make a call that must not be repeated unseen. Raises TryLater, Refused or Uncertain.

        It has a body in any case: by that it is known whether it left.
        """
        answer = self.exchange(method, path, {} if payload is None else payload)
        try:
            self.judge(answer)
        except TryLater as error:
            if error.left:
                raise Uncertain(str(error)) from None
            raise
        return answer

    def made(self, answer: Answer, number: Any) -> str:
        """The id of what a call made. Raises Uncertain where there is none."""
        is_text = isinstance(number, str) and 0 < len(number) <= LONGEST_ID
        if type(number) is not int and not is_text:
            raise Uncertain(self.unreadable(answer))
        return str(number)

    def new_id(self, answer: Answer) -> str:
        """The same, where it stands at the top of the answer."""
        return self.made(answer, object_of(answer.data()).get("id"))

    def counted(self, answer: Answer, key: str) -> int:
        """A number of people in an answer. Raises TryLater where there is none."""
        count = object_of(answer.data()).get(key)
        if type(count) is not int:
            raise TryLater(self.unreadable(answer))
        return count

    def merged(self, text: str) -> str:
        """The text as the provider is to fill it in for each person."""
        return merged(text, *self.merge_tags)

    def state(self, word: str) -> CampaignState:
        """Where a campaign stands, by the provider's word for it."""
        return self.states.get(word, CampaignState.UNKNOWN)

    def newest(
        self, found: Iterable[dict[str, Any]], name: str, since: datetime, key: str, at: str
    ) -> dict[str, Any] | None:
        """The campaign with that name, in a list that has the newest first.

        `key` and `at` are where a row has its name, and the moment when it was made.
        """
        earliest = since - CLOCKS_DIFFER
        for row in found:
            if text_of(row, key) == name:
                return row
            moment = _moment(text_of(row, at))
            if moment and moment < earliest:
                break
        return None

    def read_campaign(self, campaign_id: str) -> CampaignStatus:
        """What the provider says of it now."""
        raise NotImplementedError

    def let_go(self, campaign_id: str) -> None:
        """Make the call after which the campaign leaves, by `ask_once`."""
        raise NotImplementedError

    def send_campaign(self, campaign_id: str) -> None:
        """Let it leave now. A refusal may only mean that it has left: then the state tells."""
        try:
            self.let_go(campaign_id)
        except (Refused, Denied) as refusal:
            try:
                state = self.read_campaign(campaign_id).state
            except ProviderError as error:
                if isinstance(refusal, Denied):  # nor is anything else let in
                    raise refusal from None
                raise Uncertain(f"{refusal} {error}") from None
            if state == CampaignState.DRAFT:
                raise
            if state not in SENT:
                raise Uncertain(f"{refusal} It says that the campaign is: {state}.") from None


def id_of(found: Iterable[dict[str, Any]], name: str) -> str | None:
    """The id of what has that name in a list; None where nothing has."""
    return next((str(one.get("id")) for one in found if text_of(one, "name") == name), None)


def counts_of(counted: Any, names: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """What a provider counts, by our names, each the sum of some of its own.

    What it does not count is left out.
    """
    told = {name: value for name, value in object_of(counted).items() if type(value) is int}
    return {
        ours: sum(told.get(one, 0) for one in theirs)
        for ours, theirs in names.items()
        if any(one in told for one in theirs)
    }


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
