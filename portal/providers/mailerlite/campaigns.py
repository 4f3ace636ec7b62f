"""Newsletters as MailerLite's regular campaigns, each to a group of its own.

MailerLite publishes no description of its API. Facts are from its pages "Campaigns", "Groups" and
"Subscribers", from the types of its libraries for Node (1.7.0) and Go, and from the answers that
the tests of its Python library have recorded.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any, ClassVar
from urllib.parse import urlencode

from portal.providers.campaigns import Campaign, CampaignState, CampaignStatus
from portal.providers.errors import Refused, TryLater, Uncertain
from portal.providers.headers import one_line
from portal.providers.http.answer import Answer
from portal.providers.http.campaigns import HTTPCampaigns, counts_of, id_of
from portal.providers.http.provider import GONE, quoted
from portal.providers.parsed import object_of, objects, text_of
from portal.providers.values import Contact

PAGE, GROUPS = 100, 1000
STATES = {
    "draft": CampaignState.DRAFT,
    "ready": CampaignState.SENDING,
    "sent": CampaignState.SENT,
}
COUNTS = {
    "sent": ("sent",),
    "bounced": ("hard_bounces_count", "soft_bounces_count"),
    "complained": ("spam_count",),
    "unsubscribed": ("unsubscribes_count",),
}
# In `basic_filter_for_humans`: what else a campaign can be addressed by.
OTHERS = "excluded_groups", "included_segments", "excluded_segments"


class MailerLiteCampaigns(HTTPCampaigns):
    """The half of the adapter that sends campaigns."""

    most_added = 50  # requests in a batch (page "Batching")
    merge_tags = "{$preferences_url}", "{$unsubscribe}"
    states: ClassVar[dict[str, CampaignState]] = STATES
    cannot: tuple[str, ...] = (
        "MailerLite sends no campaign without HTML: for plain text it is as plain as can be.",
        "MailerLite makes the plain-text part of a mail by itself.",
        "MailerLite takes no address for answers: they go to the sender.",
        "MailerLite counts which links are followed, and who opens the mail.",
    )

    def find_audience(self, name: str) -> str | None:
        return id_of(self._groups(name), name)

    def create_audience(self, name: str) -> str:
        return self._id(self.ask_once("POST", "/groups", {"name": name}))

    def add_to_audience(self, audience: str, contacts: Sequence[Contact]) -> tuple[str, ...]:
        """In one call that holds a call for each. Who was stopped there says so in its answer."""
        bodies = [
            {"email": one.email, "fields": one.attributes, "groups": [audience]} for one in contacts
        ]
        told = zip(bodies, self.upsert_each(bodies), strict=True)
        return tuple(str(body["email"]) for body, one in told if not self._is_active(one))

    def _is_active(self, answer: Answer) -> bool:
        """Whether somebody is in the group and gets mail. Raises Refused without such a group."""
        try:
            self.judge_again(answer)
        except Refused:
            wrong = object_of(object_of(answer.data()).get("errors"))
            if any(name.startswith("groups") for name in wrong):
                raise
            return False
        return text_of(object_of(answer.data()).get("data"), "status") == "active"

    def upsert_each(self, bodies: Sequence[dict[str, Any]]) -> list[Answer]:
        """Add or update each in one call; what is said of each, in their order."""
        calls = [{"method": "POST", "path": "api/subscribers", "body": one} for one in bodies]
        answer = self.ask("POST", "/batch", {"requests": calls})
        told = self.page(answer, "responses")
        if len(told) != len(bodies):
            raise TryLater(self.unreadable(answer))
        codes = [one["code"] if type(one.get("code")) is int else 0 for one in told]
        said = [json.dumps(one.get("body")).encode() for one in told]
        return [Answer(*one) for one in zip(codes, repeat(answer.headers), said, strict=False)]

    def judge_again(self, answer: Answer) -> None:
        """Judge a part of a call that may be repeated: doubt is only a reason to do so."""
        try:
            self.judge(answer)
        except Uncertain as doubt:
            raise TryLater(str(doubt)) from None

    def count_audience(self, audience: str) -> int | None:
        for one in self._groups():
            if str(one.get("id")) == audience:
                count = one.get("active_count")
                return count if type(count) is int else None
        raise Refused(f"MailerLite has no group {audience} any more.")

    def _groups(self, name: str = "") -> Iterator[dict[str, Any]]:
        wanted = {"filter[name]": name} if name else {}
        return self._pages("/groups", GROUPS, wanted)

    def _pages(self, path: str, size: int, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        """All objects of a list, page by page until one is not full."""
        number = 1
        while True:
            asked = urlencode({"limit": size, "page": number, **query})
            page = self.page(self.ask("GET", f"{path}?{asked}"), "data")
            yield from page
            if len(page) < size:
                return
            number += 1

    def delete_audience(self, audience: str) -> None:
        self.ask("DELETE", f"/groups/{quoted(audience)}", allow=GONE)

    def find_campaign(self, name: str, since: datetime) -> str | None:
        """Of each state: left to itself MailerLite lists those that are about to leave."""
        for state in STATES:
            found = self._pages("/campaigns", PAGE, {"filter[status]": state})
            if campaign_id := id_of(found, name):
                return campaign_id
        return None

    def create_campaign(self, campaign: Campaign, audience: str) -> str:
        payload = {**self._written(campaign, audience), "type": "regular"}
        return self._id(self.ask_once("POST", "/campaigns", payload))

    def fill_campaign(self, campaign_id: str, campaign: Campaign, audience: str) -> None:
        self.ask("PUT", _campaign(campaign_id), self._written(campaign, audience))

    def _written(self, campaign: Campaign, audience: str) -> dict[str, Any]:
        email = {
            "subject": self.merged(one_line(campaign.subject)),
            "from_name": one_line(campaign.sender.name) or campaign.sender.email,
            "from": campaign.sender.email,
            "content": self.merged(campaign.html),
        }
        return {"name": campaign.name, "emails": [email], "groups": [audience]}

    def read_campaign(self, campaign_id: str) -> CampaignStatus:
        """What is addressed by anything but groups is taken for another audience than ours."""
        answer = self.ask("GET", _campaign(campaign_id))
        data = object_of(object_of(answer.data()).get("data"))
        word = text_of(data, "status")
        if not word:
            raise TryLater(self.unreadable(answer))
        whom = object_of(data.get("basic_filter_for_humans"))
        groups = [str(one.get("id")) for one in objects(whom.get("included_groups"))]
        others = [name for name in OTHERS if whom.get(name)]
        return CampaignStatus(
            self._state(data, word),
            audiences=(*groups, *others),
            everybody=whom.get("all_active_subscribers") is not False,
            counts=counts_of(object_of(data.get("stats")), COUNTS),
            reason=text_of(data, "cannot_be_scheduled_reason"),
        )

    def _state(self, data: dict[str, Any], word: str) -> CampaignState:
        state = self.state(word)
        if data.get("is_currently_sending_out") is True:
            return CampaignState.SENDING
        if state is CampaignState.DRAFT and (data.get("stopped_at") or data.get("is_stopped")):
            return CampaignState.STOPPED
        return state

    def let_go(self, campaign_id: str) -> None:
        """A campaign without groups would go to everybody: none but one to one group leaves."""
        found = self.read_campaign(campaign_id)
        if found.everybody or len(found.audiences) != 1:
            raise Refused("At MailerLite this campaign is addressed to others than ours.")
        self.ask_once("POST", f"{_campaign(campaign_id)}/schedule", {"delivery": "instant"})

    def delete_campaign(self, campaign_id: str) -> None:
        self.ask("DELETE", _campaign(campaign_id), allow=GONE)

    def _id(self, answer: Answer) -> str:
        return self.made(answer, object_of(object_of(answer.data()).get("data")).get("id"))


def _campaign(campaign_id: str) -> str:
    return f"/campaigns/{quoted(campaign_id)}"
