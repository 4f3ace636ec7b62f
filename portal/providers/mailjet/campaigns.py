"""Newsletters as Mailjet's campaign drafts, each to a contact list of its own.

Facts are from the description of contactslist, campaigndraft and statcounters, version 1.0.0, and
from the guide "Send campaigns using drafts"; merge language from the guide "Personalization".
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from portal.providers.campaigns import Campaign, CampaignState, CampaignStatus
from portal.providers.errors import TryLater
from portal.providers.headers import one_line, present
from portal.providers.http.answer import Answer
from portal.providers.http.campaigns import HTTPCampaigns, counts_of
from portal.providers.http.provider import GONE, quoted
from portal.providers.mailjet.contacts import SAME, MailjetContacts, entry, first, number
from portal.providers.parsed import object_of, text_of
from portal.providers.values import Contact

DRAFTS = "/v3/REST/campaigndraft"
LISTS = "/v3/REST/contactslist"
PAGE = 100
DELETED = {"Status": -2}
STATES = {
    "0": CampaignState.DRAFT,
    "1": CampaignState.SENDING,  # programmed, which is so for a moment after "send"
    "2": CampaignState.SENT,
    "-2": CampaignState.STOPPED,
    "-3": CampaignState.STOPPED,
}
COUNTS = {
    "sent": ("MessageSentCount",),
    "bounced": ("MessageHardBouncedCount", "MessageSoftBouncedCount"),
    "failed": ("MessageBlockedCount",),
    "complained": ("MessageSpamCount",),
    "unsubscribed": ("MessageUnsubscribedCount",),
}


class MailjetCampaigns(MailjetContacts, HTTPCampaigns):
    """The third of the adapter that sends campaigns."""

    most_added = 500  # our own: it names no limit
    fewest = 2  # guide, "Sending": "a contact list with more than one subscriber"
    settles = timedelta(hours=6)  # our own: it works through contacts by jobs
    merge_tags = "[[data:preferences_url]]", "[[UNSUB_LINK_EN]]"
    states: ClassVar[dict[str, CampaignState]] = STATES
    cannot: tuple[str, ...] = (
        "Who is alone with a format gets a single mail: Mailjet sends no campaign to one person.",
        "Whether Mailjet counts opens and clicks is a setting of the account: switch it off there.",
    )

    def find_audience(self, name: str) -> str | None:
        found = self.pages("contactslist", Name=name, IsDeleted="false")
        return next((number(one["ID"]) for one in found if text_of(one, "Name") == name), None)

    def create_audience(self, name: str) -> str:
        return self._id(self.ask_once("POST", LISTS, {"Name": name}))

    def add_to_audience(self, audience: str, contacts: Sequence[Contact]) -> tuple[str, ...]:
        """Mailjet works through them a little later, and makes those that it does not know."""
        payload = {"Action": "addnoforce", "Contacts": [entry(one) for one in contacts]}
        self.ask("POST", f"{LISTS}/{quoted(audience)}/managemanycontacts", payload)
        return ()

    def count_audience(self, audience: str) -> int | None:
        """Which of its two numbers is that of a list that is only counted, no page says."""
        query = f"ContactsList={quoted(audience)}&IgnoreDeleted=true&countOnly=1"
        answer = self.ask("GET", f"/v3/REST/listrecipient?{query}")
        data = object_of(answer.data())
        counted = [one for one in (data.get("Count"), data.get("Total")) if type(one) is int]
        if not counted:
            raise TryLater(self.unreadable(answer))
        return max(counted)

    def who_is_in(self, audience: str) -> Iterator[str]:
        for one in self.pages("contact", ContactsList=audience):
            yield text_of(one, "Email")

    def delete_audience(self, audience: str) -> None:
        self.ask("DELETE", f"{LISTS}/{quoted(audience)}", allow=GONE)

    def find_campaign(self, name: str, since: datetime) -> str | None:
        query = {"Limit": PAGE, "Sort": "ID DESC", "IsDeleted": "false"}
        found = self.by_pages(DRAFTS, "Data", query, size="Limit", offset="Offset")
        row = self.newest(found, name, since, "Title", "CreatedAt")
        return None if row is None else number(row.get("ID")) or None

    def create_campaign(self, campaign: Campaign, audience: str) -> str:
        return self._id(self.ask_once("POST", DRAFTS, self._payload(campaign, audience)))

    def fill_campaign(self, campaign_id: str, campaign: Campaign, audience: str) -> None:
        draft = f"{DRAFTS}/{quoted(campaign_id)}"
        self.ask("PUT", draft, self._payload(campaign, audience), allow=SAME)
        html, text = self.merged(campaign.wanted_html), self.merged(campaign.text)
        content = {**present(**{"Html-part": html}), "Text-part": text}
        self.ask("POST", f"{draft}/detailcontent", content)

    def _payload(self, campaign: Campaign, audience: str) -> dict[str, Any]:
        name = one_line(campaign.sender.name) or campaign.sender.email
        return {
            "Locale": "en_GB",
            "Title": campaign.name,
            "Subject": self.merged(one_line(campaign.subject)),
            "Sender": name,
            "SenderName": name,
            "SenderEmail": campaign.sender.email,
            "ReplyEmail": campaign.reply_to.email,
            "ContactsListID": int(audience),
            "EditMode": "html2",
        }

    def read_campaign(self, campaign_id: str) -> CampaignStatus:
        answer = self.ask("GET", f"{DRAFTS}/{quoted(campaign_id)}")
        draft = first(answer.data(), "Data")
        word = number(draft.get("Status"))
        if not word:
            raise TryLater(self.unreadable(answer))
        state = self.state(word)
        campaign = _one_of(draft, "CampaignID", "Campaign")
        return CampaignStatus(
            state,
            audiences=tuple(filter(None, [_audience(draft)])),
            counts=self._counts(campaign) if campaign and state in {"sending", "sent"} else {},
            reason="" if word in {"0", "2"} else f"Mailjet has it in the state {word}.",
        )

    def _counts(self, campaign: str) -> dict[str, int]:
        query = f"SourceId={quoted(campaign)}&CounterSource=Campaign&CounterTiming=Message"
        answer = self.ask("GET", f"/v3/REST/statcounters?{query}&CounterResolution=Lifetime")
        return counts_of(first(answer.data(), "Data"), COUNTS)

    def let_go(self, campaign_id: str) -> None:
        self.ask_once("POST", f"{DRAFTS}/{quoted(campaign_id)}/send")

    def delete_campaign(self, campaign_id: str) -> None:
        self.ask("PUT", f"{DRAFTS}/{quoted(campaign_id)}", DELETED, allow=(*GONE, *SAME))

    def _id(self, answer: Answer) -> str:
        return self.made(answer, first(answer.data(), "Data").get("ID"))


def _one_of(draft: dict[str, Any], *names: str) -> str:
    """What is there by one of these names: the guides and the description differ. 0 is none."""
    return next((str(draft[one]) for one in names if draft.get(one) not in {None, "", 0, "0"}), "")


def _audience(draft: dict[str, Any]) -> str:
    """The list that a draft is for; another name where it is only for some on it."""
    segment = _one_of(draft, "SegmentationID", "Segmentation")
    audience = _one_of(draft, "ContactsListID", "ContactsList")
    return f"{audience}, but only segment {segment}" if segment else audience
