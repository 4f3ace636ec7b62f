"""Resend's segments and broadcasts, by its description, version 1.5.0.

A broadcast that has left is neither changed, deleted nor sent: it answers as to a second cancel
(resend-node#1059).
"""

import uuid

from tests.providers.ours import CAMPAIGN

from .fake import DRAFT, SUBJECT, FakeCampaigns, with_links

WORDS = {"draft": "draft", "sending": "queued", "sent": "sent"}
LINKS = "{{{contact.preferences_url}}}", "{{{RESEND_UNSUBSCRIBE_URL}}}"


def at(number):
    """An id, made of a number."""
    return str(uuid.UUID(int=number))


class FakeResendCampaigns(FakeCampaigns):
    """Contacts have the ids of their segments. `counting` is whether it tells its metrics."""

    counting = True
    steps = {  # noqa: RUF012 - read only
        "find_audience": "GET /segments",
        "create_audience": "POST /segments",
        "add_to_audience": "POST /contacts/*/segments/*",
        "count_audience": "GET /contacts",
        "who_is_in": "GET /contacts",
        "find_campaign": "GET /broadcasts",
        "create_campaign": "POST /broadcasts",
        "fill_campaign": "PATCH /broadcasts/*",
        "read_campaign": "GET /broadcasts/*",
        "send_campaign": "POST /broadcasts/*/send",
        "delete_campaign": "DELETE /broadcasts/*",
        "delete_audience": "DELETE /segments/*",
    }
    language = (
        (r"\{\{\{contact\.(\w+)\}\}\}", lambda one, it: one["properties"].get(it[1], "")),
        (r"\{\{\{RESEND_UNSUBSCRIBE_URL\}\}\}", lambda one, _: f"https://re.test/{one['email']}"),
        (r"\{\{\{?.*?\}?\}\}", lambda *_: ""),
    )

    def campaign_acts(self):
        return {
            "GET /segments": lambda call: self.rows(call, self._segments_there()),
            "POST /segments": self._add_segment,
            "DELETE /segments/*": self._drop_segment,
            "GET /broadcasts": lambda call: self.rows(call, map(self._told, self.campaigns)),
            "POST /broadcasts": self._add_broadcast,
            "GET|PATCH|DELETE /broadcasts/*": self._broadcast,
            "POST /broadcasts/*/send": self._let_go,
            "GET /emails/metrics": self._metrics,
        }

    def rows(self, call, found):
        """A page of a list."""
        found = list(found)
        ids = [one["id"] for one in found]
        start = ids.index(call["query"]["after"]) + 1 if "after" in call["query"] else 0
        page = found[start : start + int(call["query"]["limit"])]
        return {"object": "list", "has_more": start + len(page) < len(found), "data": page}

    def no(self, words, status=422):
        return status, {"statusCode": status, "name": "validation_error", "message": words}

    def _segments_there(self):
        return [{"id": one, "name": name} for one, name in self.audiences.items()]

    def _add_segment(self, call):
        new = at(self.number("audience"))
        self.audiences[new] = call["body"]["name"]
        return 201, {"object": "segment", "id": new, "name": call["body"]["name"]}

    def _drop_segment(self, _, segment):
        if segment not in self.audiences:
            return self.gone()
        del self.audiences[segment]
        for one in self.contacts.values():
            one["segments"] = [it for it in one["segments"] if it != segment]
        return {"object": "segment", "id": segment, "deleted": True}

    def members(self, audience):
        return {who: it for who, it in self.contacts.items() if audience in it["segments"]}

    def may_get(self, contact):
        return not contact["unsubscribed"] and contact["email"] not in self.suppressed

    def _add_broadcast(self, call):
        if call["body"]["segment_id"] not in self.audiences:
            return self.no("There is no such segment.")
        new = at(self.number("campaign"))
        self.campaigns[new] = {
            "id": new, "state": DRAFT, "body": call["body"], "audience": call["body"]["segment_id"],
        }  # fmt: skip
        return 201, {"object": "broadcast", "id": new}

    def _told(self, number):
        campaign = self.campaigns[number]
        return {
            **campaign["body"], "object": "broadcast", "id": number,
            "segment_id": self.lies.get("audience", campaign["audience"]) or None,
            "status": self.lies.get("state", WORDS[campaign["state"]]),
            "created_at": "2026-11-30 05:00:00.977+00",
        }  # fmt: skip

    def _broadcast(self, call, number):
        if number not in self.campaigns:
            return self.gone()
        campaign = self.campaigns[number]
        if call["method"] == "GET":
            self.state_of(campaign)
            return self._told(number)
        if campaign["state"] != DRAFT:
            return self.no("Only a draft is changed.", 403)
        if call["method"] == "DELETE":
            del self.campaigns[number]
        else:
            campaign["body"] |= call["body"]
            campaign["audience"] = campaign["body"]["segment_id"]
        return {"object": "broadcast", "id": number}

    def _let_go(self, _, number):
        if number not in self.campaigns:
            return self.gone()
        if self.campaigns[number]["state"] != DRAFT:
            return self.no("It was sent.", 403)
        self.leave(self.campaigns[number])
        return {"id": number}

    def _metrics(self, call):
        if not self.counting:
            return 403, {"statusCode": 403, "name": "restricted", "message": "Not in your plan"}
        campaign = self.campaigns[call["query"]["broadcast_id"]]
        totals = dict.fromkeys(call["query"]["metrics"].split(","), 0)
        return {"object": "metrics", "totals": totals | {"sent": self.sent_of(campaign)}}

    def words(self, campaign):
        body = campaign["body"]
        return body["subject"], body.get("html", ""), body["text"]


# Laid out by hand: what belongs together stands on one line.
# fmt: off
SEGMENT, BROADCAST = at(101), at(201)
DRAFTED = {
    "name": CAMPAIGN.name, "segment_id": SEGMENT, "subject": SUBJECT,
    "from": '"Get Yourself Active" <hello@example.com>',
    "reply_to": ['"The media team" <team@example.com>'],
    "text": with_links(CAMPAIGN.text, *LINKS), "html": with_links(CAMPAIGN.html, *LINKS),
}
CALLS = {
    "find_audience": {"GET /segments?limit=100": {}},
    "create_audience": {"POST /segments": {"name": CAMPAIGN.name}},
    "add_to_audience": {
        f"POST /contacts/{who}%40example.org/segments/{SEGMENT}": {} for who in ("zoe", "poor")
    },
    "count_audience": {f"GET /contacts?limit=100&segment_id={SEGMENT}": {}},
    "who_is_in": {f"GET /contacts?limit=100&segment_id={SEGMENT}": {}},
    "find_campaign": {"GET /broadcasts?limit=100": {}},
    "create_campaign": {"POST /broadcasts": DRAFTED},
    "fill_campaign": {f"PATCH /broadcasts/{BROADCAST}": DRAFTED},
    "read_campaign": {f"GET /broadcasts/{BROADCAST}": {}},
    "send_campaign": {f"POST /broadcasts/{BROADCAST}/send": {}},
    "delete_campaign": {f"DELETE /broadcasts/{BROADCAST}": {}},
    "delete_audience": {f"DELETE /segments/{SEGMENT}": {}},
}
