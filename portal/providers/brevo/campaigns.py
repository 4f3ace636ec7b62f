"""Newsletters as Brevo's email campaigns, each to a list of its own.

Facts are from Brevo's description, version 3.0.0: "Email Campaigns", "Contacts"; merge language
from its help centre, "Personalize your emails using contact attributes".
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar

from portal.providers.brevo.payload import mailbox_of
from portal.providers.campaigns import Campaign, CampaignState, CampaignStatus
from portal.providers.errors import TryLater
from portal.providers.headers import one_line
from portal.providers.http.answer import Answer
from portal.providers.http.campaigns import HTTPCampaigns, counts_of, id_of
from portal.providers.http.provider import GONE, quoted
from portal.providers.parsed import list_of, object_of, text_of
from portal.providers.values import Contact

FOLDER = "The portal"
PAGE = 50  # of lists and folders more are not allowed
PEOPLE = 500
NOT_NEW = (int(HTTPStatus.BAD_REQUEST),)
# Of the `message` then (seen by users: getbrevo/brevo-php, once sendinblue, issues 47 and 134).
NOBODY_NEW = "already in list"
STATES = {
    "draft": CampaignState.DRAFT,
    **dict.fromkeys(("queued", "in_process", "inProcess"), CampaignState.SENDING),
    **dict.fromkeys(("in_review", "inReview"), CampaignState.SENDING),
    "sent": CampaignState.SENT,
    **dict.fromkeys(("suspended", "cancelling", "cancelled"), CampaignState.STOPPED),
}
COUNTS = {
    "sent": ("sent",),
    "delivered": ("delivered",),
    "bounced": ("hardBounces", "softBounces"),
    "complained": ("complaints",),
    "unsubscribed": ("unsubscriptions",),
}


class BrevoCampaigns(HTTPCampaigns):
    """The half of the adapter that sends campaigns.

    Besides contacts, only 100 calls an hour are allowed on most plans (page "Rate limits").
    """

    most_added = 150
    merge_tags = "{{ contact.PREFERENCES_URL }}", "{{ unsubscribe }}"
    states: ClassVar[dict[str, CampaignState]] = STATES
    cannot: tuple[str, ...] = (
        "Brevo sends no campaign without HTML: for plain text it is as plain as can be.",
        "Brevo makes the plain-text part of a mail by itself.",
        "Brevo counts opens and clicks; no call can stop that.",
        "Switch on “Anonymous email tracking” in its settings: it keeps them apart from people.",
    )

    def find_audience(self, name: str) -> str | None:
        return self._named("lists", name)

    def create_audience(self, name: str) -> str:
        folder = self._named("folders", FOLDER)
        if folder is None:  # one that is there twice does no harm
            folder = self.new_id(self.ask("POST", "/contacts/folders", {"name": FOLDER}))
        payload = {"name": name, "folderId": int(folder)}
        return self.new_id(self.ask_once("POST", "/contacts/lists", payload))

    def add_to_audience(self, audience: str, contacts: Sequence[Contact]) -> tuple[str, ...]:
        """Brevo refuses those on the list already as it does those that it does not know."""
        path = f"{_list(audience)}/contacts/add"
        emails = [one.email for one in contacts]
        answer = self.ask("POST", path, {"emails": emails}, allow=NOT_NEW)
        if answer.status in NOT_NEW and NOBODY_NEW not in answer.field("message"):
            self.judge(answer)
        told = object_of(object_of(answer.data()).get("contacts"))
        taken = list_of(told.get("success"))
        left = [one for one in emails if one not in taken]
        return tuple(one for one in left if not self._is_in(audience, one))

    def _is_in(self, audience: str, address: str) -> bool:
        known = self.look(f"/contacts/{quoted(address)}", "emailBlacklisted", bool)
        return known is not None and int(audience) in list_of(known.get("listIds"))

    def count_audience(self, audience: str) -> int | None:
        return self.counted(self.ask("GET", _list(audience)), "uniqueSubscribers")

    def who_is_in(self, audience: str) -> Iterator[str]:
        path, query = f"{_list(audience)}/contacts", {"limit": PEOPLE, "sort": "asc"}
        for one in self.by_pages(path, "contacts", query, size="limit", offset="offset"):
            yield text_of(one, "email")

    def delete_audience(self, audience: str) -> None:
        self.ask("DELETE", _list(audience), allow=GONE)

    def find_campaign(self, name: str, since: datetime) -> str | None:
        query = {"limit": PAGE, "sort": "desc", "excludeHtmlContent": "true"}
        path = "/emailCampaigns"
        found = self.by_pages(path, "campaigns", query, size="limit", offset="offset", allow=GONE)
        row = self.newest(found, name, since, "name", "createdAt")
        return None if row is None else str(row.get("id"))

    def create_campaign(self, campaign: Campaign, audience: str) -> str:
        return self.new_id(
            self.ask_once("POST", "/emailCampaigns", self._payload(campaign, audience))
        )

    def fill_campaign(self, campaign_id: str, campaign: Campaign, audience: str) -> None:
        self.ask("PUT", _campaign(campaign_id), self._payload(campaign, audience))

    def _payload(self, campaign: Campaign, audience: str) -> dict[str, Any]:
        return {
            "name": campaign.name,
            "sender": mailbox_of(campaign.sender),
            "replyTo": campaign.reply_to.email,
            "subject": self.merged(one_line(campaign.subject)),
            "htmlContent": self.merged(campaign.html),
            "recipients": {"listIds": [int(audience)]},
            "mirrorActive": False,  # a page at Brevo, which a story taken back would not leave
        }

    def read_campaign(self, campaign_id: str) -> CampaignStatus:
        path = f"{_campaign(campaign_id)}?statistics=globalStats"
        answer = self.ask("GET", path)
        data = object_of(answer.data())
        word = text_of(data, "status")
        if not word:
            raise TryLater(self.unreadable(answer))
        lists = list_of(object_of(data.get("recipients")).get("lists"))
        counted = object_of(object_of(data.get("statistics")).get("globalStats"))
        return CampaignStatus(
            self.state(word),
            audiences=tuple(map(str, lists)),
            counts=counts_of(counted, COUNTS),
            reason="" if word in {"draft", "sent"} else f"Brevo says: {word}.",
        )

    def let_go(self, campaign_id: str) -> None:
        self.ask_once("POST", f"{_campaign(campaign_id)}/sendNow")

    def delete_campaign(self, campaign_id: str) -> None:
        self.ask("DELETE", _campaign(campaign_id), allow=GONE)

    def page(self, answer: Answer, name: str) -> list[dict[str, Any]]:
        """The list may be left out where there is nothing in it."""
        is_none = object_of(answer.data()).get("count") == 0
        return [] if is_none else super().page(answer, name)

    def _named(self, what: str, name: str) -> str | None:
        """The id of a list or a folder."""
        path, query = f"/contacts/{what}", {"limit": PAGE, "sort": "desc"}
        found = self.by_pages(path, what, query, size="limit", offset="offset", allow=GONE)
        return id_of(found, name)


def _list(audience: str) -> str:
    return f"/contacts/lists/{quoted(audience)}"


def _campaign(campaign_id: str) -> str:
    return f"/emailCampaigns/{quoted(campaign_id)}"
