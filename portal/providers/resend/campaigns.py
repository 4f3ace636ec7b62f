"""Newsletters as Resend's broadcasts, each to a segment of its own.

Facts are from Resend's description, version 1.5.0; the states of a broadcast, which it does not
list, from its page "Cancel Broadcast" and from resend-node#1059; merge language from its page
"Contact properties".
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlencode

from portal.providers.campaigns import Campaign, CampaignState, CampaignStatus
from portal.providers.errors import Refused, TryLater
from portal.providers.headers import named, one_line, present
from portal.providers.http.campaigns import HTTPCampaigns, counts_of, id_of
from portal.providers.http.provider import GONE, quoted
from portal.providers.parsed import object_of, text_of
from portal.providers.resend.contacts import ResendContacts, contact_path
from portal.providers.values import Contact

STATES = {
    "draft": CampaignState.DRAFT,
    **dict.fromkeys(("scheduled", "queued"), CampaignState.SENDING),
    "sent": CampaignState.SENT,
    **dict.fromkeys(("failed", "canceled"), CampaignState.STOPPED),
}
COUNTS = {
    **{name: (name,) for name in ("sent", "delivered", "bounced", "complained", "unsubscribed")},
    "failed": ("failed", "suppressed"),
}
METRICS = ",".join(name for names in COUNTS.values() for name in names)
# It counts in some plans alone, say: the state is known all the same.
UNCOUNTED = tuple(
    map(int, (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY))
)


class ResendCampaigns(ResendContacts, HTTPCampaigns):
    """The half of the adapter that sends campaigns.

    Opens and clicks are a setting of the domain there, which the set-up looks at.
    """

    most_added = 50  # each takes a call, and a few are allowed in a second
    merge_tags = "{{{contact.preferences_url}}}", "{{{RESEND_UNSUBSCRIBE_URL}}}"
    states: ClassVar[dict[str, CampaignState]] = STATES
    cannot: tuple[str, ...] = (
        "Resend takes the people of a newsletter one by one: for each 10,000 that is an hour.",
    )

    def find_audience(self, name: str) -> str | None:
        return id_of(self.pages("/segments"), name)

    def create_audience(self, name: str) -> str:
        return self.new_id(self.ask_once("POST", "/segments", {"name": name}))

    def add_to_audience(self, audience: str, contacts: Sequence[Contact]) -> tuple[str, ...]:
        return tuple(one.email for one in contacts if not self._is_added(audience, one))

    def _is_added(self, audience: str, contact: Contact) -> bool:
        """Whether somebody is in the segment now, as a new contact where there was none."""
        person = contact_path(contact.email)
        values = {"first_name": contact.name, "properties": contact.attributes}
        new = {"email": contact.email, **values, "segments": [audience]}
        try:
            joined = self.ask("POST", f"{person}/segments/{quoted(audience)}", allow=GONE)
            is_unknown = joined.status in GONE and self.look(person, "email", str) is None
            if is_unknown:
                self.ask("POST", "/contacts", new)
        except Refused:
            return False
        if joined.status in GONE and not is_unknown:
            raise Refused(f"Resend has no segment {audience} any more.")
        return True

    def count_audience(self, audience: str) -> int | None:
        return sum(1 for _ in self.who_is_in(audience))

    def who_is_in(self, audience: str) -> Iterator[str]:
        for one in self.pages("/contacts", segment_id=audience):
            yield text_of(one, "email")

    def delete_audience(self, audience: str) -> None:
        self.ask("DELETE", f"/segments/{quoted(audience)}", allow=GONE)

    def find_campaign(self, name: str, since: datetime) -> str | None:
        """Among all: in which order they come is not said."""
        return id_of(self.pages("/broadcasts"), name)

    def create_campaign(self, campaign: Campaign, audience: str) -> str:
        return self.new_id(self.ask_once("POST", "/broadcasts", self._written(campaign, audience)))

    def fill_campaign(self, campaign_id: str, campaign: Campaign, audience: str) -> None:
        self.ask("PATCH", _broadcast(campaign_id), self._written(campaign, audience))

    def _written(self, campaign: Campaign, audience: str) -> dict[str, Any]:
        return {
            "name": campaign.name,
            "segment_id": audience,
            "from": named(campaign.sender),
            "reply_to": [named(campaign.reply_to)],
            "subject": self.merged(one_line(campaign.subject)),
            "text": self.merged(campaign.text),
            **present(html=self.merged(campaign.wanted_html)),
        }

    def read_campaign(self, campaign_id: str) -> CampaignStatus:
        answer = self.ask("GET", _broadcast(campaign_id))
        data = object_of(answer.data())
        word, segment = text_of(data, "status"), text_of(data, "segment_id")
        if not word:
            raise TryLater(self.unreadable(answer))
        state = self.state(word)
        is_draft = state is CampaignState.DRAFT
        return CampaignStatus(
            state,
            audiences=(segment,) if segment else (),
            everybody=not segment,
            counts={} if is_draft else self._counts(data, campaign_id),
            reason="" if state is not CampaignState.STOPPED else f"Resend says: {word}.",
        )

    def _counts(self, data: dict[str, Any], campaign_id: str) -> dict[str, int]:
        made = text_of(data, "created_at")[:10]  # without it the last six days count
        query = {"broadcast_id": campaign_id, "metrics": METRICS, **present(start_date=made)}
        answer = self.ask("GET", f"/emails/metrics?{urlencode(query, safe=',')}", allow=UNCOUNTED)
        return counts_of(object_of(object_of(answer.data()).get("totals")), COUNTS)

    def let_go(self, campaign_id: str) -> None:
        self.ask_once("POST", f"{_broadcast(campaign_id)}/send")

    def delete_campaign(self, campaign_id: str) -> None:
        self.ask("DELETE", _broadcast(campaign_id), allow=GONE)


def _broadcast(campaign_id: str) -> str:
    return f"/broadcasts/{quoted(campaign_id)}"
