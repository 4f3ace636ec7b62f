"""Newsletters as SendGrid's single sends, each to a list of its own.

Facts are from SendGrid's descriptions, version 1.0.0: "Single Sends", "Senders", "Lists",
"Contacts", "Stats"; how a list is deleted, which ours lacks, from its page "Delete a list".
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import unquote, urlencode

from portal.addresses import address_key
from portal.providers.campaigns import Campaign, CampaignState, CampaignStatus
from portal.providers.errors import Refused, TryLater
from portal.providers.headers import one_line, present
from portal.providers.http.campaigns import HTTPCampaigns, counts_of, id_of
from portal.providers.http.provider import GONE, quoted
from portal.providers.parsed import list_of, object_of, rows, text_of
from portal.providers.sendgrid.contacts import SendGridContacts
from portal.providers.values import Contact

LISTS, SENDS = "/v3/marketing/lists", "/v3/marketing/singlesends"
SENDERS, STATS = "/v3/marketing/senders", "/v3/marketing/stats/singlesends"
CALLED = LISTS, SENDS, SENDERS, STATS
PAGE, COUNT = 100, "contact_count"
# It has no word for one that has left whole: once triggered, nothing stops it.
STATES = {
    "draft": CampaignState.DRAFT,
    "scheduled": CampaignState.SENDING,
    "triggered": CampaignState.SENT,
}
COUNTS = {
    "sent": ("requests",),
    "delivered": ("delivered",),
    "bounced": ("bounces",),
    "complained": ("spam_reports",),
    "unsubscribed": ("unsubscribes",),
    "failed": ("bounce_drops", "spam_report_drops", "invalid_emails"),
}


class SendGridCampaigns(SendGridContacts, HTTPCampaigns):
    """The half of the adapter that sends campaigns."""

    most_added = 5_000
    settles = timedelta(hours=6)  # our own: it works through contacts by jobs
    merge_tags = "{{preferences_url}}", "{{{unsubscribe}}}"
    states: ClassVar[dict[str, CampaignState]] = STATES
    cannot: tuple[str, ...] = (
        "SendGrid's campaigns have HTML: for plain text it is as plain as can be.",
        "SendGrid may count which links are followed, though its account says otherwise.",
    )

    @property
    def unready(self) -> str:
        group = self.setting("UNSUBSCRIBE_GROUP")
        return "" if self.group else f"{group} must be set: links to leave need it."

    def find_audience(self, name: str) -> str | None:
        return id_of(self._by_tokens("GET", LISTS), name)

    def create_audience(self, name: str) -> str:
        return self.new_id(self.ask_once("POST", LISTS, {"name": name}))

    def add_to_audience(self, audience: str, contacts: Sequence[Contact]) -> tuple[str, ...]:
        """All of them, by a job that is done later: the count tells when."""
        self.put(contacts, audience)
        return ()

    def count_audience(self, audience: str) -> int | None:
        """What the list says, once a search finds as many: one that changed goes to nobody."""
        listed = self.counted(self.ask("GET", f"{LISTS}/{quoted(audience)}"), COUNT)
        query = {"query": f"CONTAINS(list_ids, '{audience}')"}
        found = self.counted(self.ask("POST", "/v3/marketing/contacts/search", query), COUNT)
        return listed if listed == found else None

    def delete_audience(self, audience: str) -> None:
        self.ask("DELETE", f"{LISTS}/{quoted(audience)}?delete_contacts=false", allow=GONE)

    def find_campaign(self, name: str, since: datetime) -> str | None:
        return id_of(self._by_tokens("POST", f"{SENDS}/search", {"name": name}), name)

    def create_campaign(self, campaign: Campaign, audience: str) -> str:
        return self.new_id(self.ask_once("POST", SENDS, self._written(campaign, audience)))

    def fill_campaign(self, campaign_id: str, campaign: Campaign, audience: str) -> None:
        self.ask("PATCH", _send(campaign_id), self._written(campaign, audience))

    def _written(self, campaign: Campaign, audience: str) -> dict[str, Any]:
        if self.unready:
            raise Refused(self.unready)
        config = {
            "subject": self.merged(one_line(campaign.subject)),
            "html_content": self.merged(campaign.html),
            "plain_content": self.merged(campaign.text),
            "generate_plain_content": False,
            "editor": "code",
            "sender_id": self._sender(campaign),
            "suppression_group_id": int(self.group),
        }
        whom = {"list_ids": [audience]}
        return {"name": campaign.name, "send_to": whom, "email_config": config}

    def _sender(self, campaign: Campaign) -> int:
        """The number of the sender there, which carries where mail is from, and answers go to."""
        wanted = [address_key(one.email) for one in (campaign.sender, campaign.reply_to)]
        for one in rows(self.ask("GET", SENDERS).data(), "results"):
            known = [address_key(text_of(one.get(key), "email")) for key in ("from", "reply_to")]
            number = one.get("id")
            if type(number) is int and one.get("verified") is True and known == wanted:
                return number
        raise Refused(
            f"SendGrid has no verified sender {campaign.sender.email} with answers to "
            f"{campaign.reply_to.email}: make one there, under “Marketing”, “Senders”."
        )

    def read_campaign(self, campaign_id: str) -> CampaignStatus:
        answer = self.ask("GET", _send(campaign_id))
        data = object_of(answer.data())
        word, whom = text_of(data, "status"), object_of(data.get("send_to"))
        if not word:
            raise TryLater(self.unreadable(answer))
        state = self.state(word)
        return CampaignStatus(
            state,
            audiences=tuple(
                map(str, [*list_of(whom.get("list_ids")), *list_of(whom.get("segment_ids"))])
            ),
            everybody=whom.get("all") is True,
            counts={} if state is CampaignState.DRAFT else self._counts(campaign_id),
        )

    def _counts(self, campaign_id: str) -> dict[str, int]:
        answer = self.ask("GET", f"{STATS}/{quoted(campaign_id)}", allow=GONE)
        first = next(iter(rows(answer.data(), "results")), {})
        return counts_of(object_of(first.get("stats")), COUNTS)

    def let_go(self, campaign_id: str) -> None:
        self.ask_once("PUT", f"{_send(campaign_id)}/schedule", {"send_at": "now"})

    def delete_campaign(self, campaign_id: str) -> None:
        self.ask("DELETE", _send(campaign_id), allow=GONE)

    def _by_tokens(self, method: str, path: str, payload: Any = None) -> Iterator[dict[str, Any]]:
        """All objects of a list, page by page: each tells the token of the next."""
        token = ""
        while True:
            query = urlencode({"page_size": PAGE, **present(page_token=token)})
            answer = self.ask(method, f"{path}?{query}", payload)
            yield from self.page(answer, "result")
            following = text_of(object_of(answer.data()).get("_metadata"), "next")
            found = re.search(r"[?&]page_token=([^&#]+)", following)
            if found is None or unquote(found[1]) == token:
                return
            token = unquote(found[1])


def _send(campaign_id: str) -> str:
    return f"{SENDS}/{quoted(campaign_id)}"
