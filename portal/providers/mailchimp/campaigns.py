"""Newsletters as Mailchimp's campaigns, each to a tag of its own.

Facts are from Mailchimp's description, version 3.0.55: "Campaigns", "Segments" (a tag is a static
segment), "Reports"; merge language from its help centre, "All the merge tags cheat sheet".
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from portal.providers.campaigns import Campaign, CampaignState, CampaignStatus
from portal.providers.errors import TryLater
from portal.providers.headers import one_line, present
from portal.providers.http.campaigns import CLOCKS_DIFFER, HTTPCampaigns, counts_of, id_of
from portal.providers.http.client import ANSWER_LIMIT
from portal.providers.http.provider import GONE, quoted
from portal.providers.mailchimp.members import member_path
from portal.providers.parsed import object_of, objects, rows, text_of
from portal.providers.values import Contact

PAGE = 100
PEOPLE = 500
STATES = {
    "save": CampaignState.DRAFT,
    **dict.fromkeys(("schedule", "sending"), CampaignState.SENDING),
    "sent": CampaignState.SENT,
    **dict.fromkeys(("paused", "canceling", "canceled"), CampaignState.STOPPED),
}
COUNTS = {
    "sent": ("emails_sent",),
    "bounced": ("hard_bounces", "soft_bounces"),
    "failed": ("syntax_errors",),
    "complained": ("abuse_reports",),
    "unsubscribed": ("unsubscribed",),
}
FIELDS = "campaigns.id,campaigns.create_time,campaigns.settings.title"


class MailchimpCampaigns(HTTPCampaigns):
    """The half of the adapter that sends campaigns."""

    most_added = 200  # 500 are allowed, but it answers with all that it holds of each
    merge_tags = "*|PREFS|*", "*|UNSUB|*"
    states: ClassVar[dict[str, CampaignState]] = STATES
    cannot: tuple[str, ...] = (
        "Answers go to the address that the newsletter comes from: Mailchimp has no other.",
        "Mailchimp keeps a page of each campaign, which a story that is taken back does not leave.",
        "On free plans Mailchimp leads links through its own server, though it counts no clicks.",
    )

    def find_audience(self, name: str) -> str | None:
        answer = self.ask("GET", f"{self._lists}/tag-search?{urlencode({'name': name})}")
        return id_of(self.page(answer, "tags"), name)

    def create_audience(self, name: str) -> str:
        payload: dict[str, Any] = {"name": name, "static_segment": []}
        return self.new_id(self.ask_once("POST", f"{self._lists}/segments", payload))

    def add_to_audience(self, audience: str, contacts: Sequence[Contact]) -> tuple[str, ...]:
        """Whoever has the tag already is not named as added, nor is somebody unknown."""
        emails = [one.email for one in contacts]
        payload = {"members_to_add": emails}
        answer = self.ask("POST", self._segment(audience), payload, limit=4 * ANSWER_LIMIT)
        added = self.page(answer, "members_added")
        taken = {text_of(one, "email_address").lower() for one in added}
        left = [one for one in emails if one.lower() not in taken]
        return tuple(one for one in left if not self._is_in(audience, one))

    def _is_in(self, audience: str, address: str) -> bool:
        member = self.look(member_path(self.list_id, address), "status", str) or {}
        return audience in {str(one.get("id")) for one in objects(member.get("tags"))}

    def count_audience(self, audience: str) -> int | None:
        """Only those whom mail may go to."""
        return self.counted(self.ask("GET", self._segment(audience)), "member_count")

    def who_is_in(self, audience: str) -> Iterator[str]:
        path, query = f"{self._segment(audience)}/members", {"count": PEOPLE}
        fields = {"fields": "members.email_address"}
        for one in self.by_pages(path, "members", query | fields, size="count", offset="offset"):
            yield text_of(one, "email_address")

    def delete_audience(self, audience: str) -> None:
        self.ask("DELETE", self._segment(audience), allow=GONE)

    def find_campaign(self, name: str, since: datetime) -> str | None:
        query = {
            "count": PAGE,
            "list_id": self.list_id,
            "since_create_time": (since - CLOCKS_DIFFER).isoformat(),
            "fields": FIELDS,
        }
        found = self.by_pages("/campaigns", "campaigns", query, size="count", offset="offset")
        ours = (one for one in found if text_of(one.get("settings"), "title") == name)
        return next((text_of(one, "id") for one in ours), None) or None

    def create_campaign(self, campaign: Campaign, audience: str) -> str:
        kind = "plaintext" if campaign.is_plain else "regular"
        payload = {"type": kind, **self._about(campaign, audience)}
        return self.new_id(self.ask_once("POST", "/campaigns", payload))

    def fill_campaign(self, campaign_id: str, campaign: Campaign, audience: str) -> None:
        path = _campaign(campaign_id)
        self.ask("PATCH", path, self._about(campaign, audience))
        html, text = self.merged(campaign.wanted_html), self.merged(campaign.text)
        self.ask("PUT", f"{path}/content", {**present(html=html), "plain_text": text})

    def _about(self, campaign: Campaign, audience: str) -> dict[str, Any]:
        """All but the texts. Where answers go to is also where it comes from."""
        return {
            "recipients": {
                "list_id": self.list_id,
                "segment_opts": {"saved_segment_id": int(audience)},
            },
            "settings": {
                "title": campaign.name,
                "subject_line": self.merged(one_line(campaign.subject)),
                "from_name": one_line(campaign.sender.name) or campaign.sender.email,
                "reply_to": campaign.sender.email,
                "auto_footer": False,
                "inline_css": False,
                "fb_comments": False,
            },
            "tracking": {"opens": False, "html_clicks": False, "text_clicks": False},
        }

    def read_campaign(self, campaign_id: str) -> CampaignStatus:
        answer = self.ask("GET", _campaign(campaign_id))
        data = object_of(answer.data())
        word = text_of(data, "status")
        if not word:
            raise TryLater(self.unreadable(answer))
        state = self.state(word)
        recipients = object_of(data.get("recipients"))
        tag = object_of(recipients.get("segment_opts")).get("saved_segment_id")
        is_ours = bool(tag) and text_of(recipients, "list_id") == self.list_id
        return CampaignStatus(
            state,
            audiences=(str(tag),) if is_ours else (),
            everybody=not tag,
            counts=self._counts(campaign_id) if state in {"sending", "sent"} else {},
            reason=self._lack(campaign_id) if state == CampaignState.DRAFT else "",
        )

    def _counts(self, campaign_id: str) -> dict[str, int]:
        answer = self.ask("GET", f"/reports/{quoted(campaign_id)}", allow=GONE)
        report = object_of(answer.data())
        return counts_of(report | object_of(report.get("bounces")), COUNTS)

    def _lack(self, campaign_id: str) -> str:
        """Why it is not ready to be sent, in Mailchimp's words."""
        answer = self.ask("GET", f"{_campaign(campaign_id)}/send-checklist")
        items = rows(answer.data(), "items")
        wrong = [text_of(one, "details") for one in items if text_of(one, "type") == "error"]
        return " ".join(wrong)

    def let_go(self, campaign_id: str) -> None:
        self.ask_once("POST", f"{_campaign(campaign_id)}/actions/send")

    def delete_campaign(self, campaign_id: str) -> None:
        self.ask("DELETE", _campaign(campaign_id), allow=GONE)

    @property
    def _lists(self) -> str:
        return f"/lists/{self.list_id}"

    def _segment(self, audience: str) -> str:
        return f"{self._lists}/segments/{quoted(audience)}"


def _campaign(campaign_id: str) -> str:
    return f"/campaigns/{quoted(campaign_id)}"
