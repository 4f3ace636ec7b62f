"""SendGrid's lists and single sends, by its descriptions, version 1.0.0.

A list that changed a moment ago may be found empty, and then a single send goes to nobody; one
that was scheduled is neither changed nor scheduled.
"""

import uuid

from tests.providers.ours import CAMPAIGN

from .fake import DRAFT, SENT, SUBJECT, FakeCampaigns, with_links

WORDS = {"draft": "draft", "sending": "scheduled", "sent": "triggered"}
LINKS = "{{preferences_url}}", "{{{unsubscribe}}}"
TEAM = "media@getyourselfactive.org"  # the usual TEAM_EMAIL
LISTS, SENDS = "/v3/marketing/lists", "/v3/marketing/singlesends"


def at(number):
    """An id, made of a number."""
    return str(uuid.UUID(int=number))


class FakeSendGridCampaigns(FakeCampaigns):
    """Contacts have the ids of their lists. For so many readings as `behind` says none is found."""

    behind = 0
    group = 12
    steps = {  # noqa: RUF012 - read only
        "find_audience": f"GET {LISTS}",
        "create_audience": f"POST {LISTS}",
        "add_to_audience": "PUT /v3/marketing/contacts",
        "count_audience": f"GET {LISTS}/*",
        "find_campaign": f"POST {SENDS}/search",
        "create_campaign": f"POST {SENDS}",
        "fill_campaign": f"PATCH {SENDS}/*",
        "read_campaign": f"GET {SENDS}/*",
        "send_campaign": f"PUT {SENDS}/*/schedule",
        "delete_campaign": f"DELETE {SENDS}/*",
        "delete_audience": f"DELETE {LISTS}/*",
    }
    language = (
        (r"\{\{\{unsubscribe\}\}\}", lambda one, _: f"https://sendgrid.test/{one['email']}"),
        (r"\{\{preferences_url\}\}", lambda one, _: one["custom_fields"]["w3_T"]),
        (r"\{\{.*?\}\}", lambda *_: ""),
    )

    def __init__(self, *args, **kwargs):
        sender = {"email": "hello@example.com", "name": "Get Yourself Active"}
        self.marketers = [
            {"id": 3, "from": sender, "reply_to": sender, "verified": True},
            {"id": 4, "from": sender, "reply_to": {"email": "Team@example.com"}, "verified": True},
            {"id": 5, "from": sender, "reply_to": {"email": TEAM}, "verified": True},
        ]
        super().__init__(*args, **kwargs)

    def campaign_acts(self):
        return {
            f"GET {LISTS}": lambda call: self.page(call, self._lists()),
            f"POST {LISTS}": self._add_list,
            f"GET|DELETE {LISTS}/*": self._list_of,
            "POST /v3/marketing/contacts/search": self._found,
            "GET /v3/marketing/senders": lambda _: {"results": self.marketers},
            f"POST {SENDS}": self._add_send,
            f"POST {SENDS}/search": self._search_sends,
            f"GET|PATCH|DELETE {SENDS}/*": self._single_send,
            f"PUT {SENDS}/*/schedule": self._let_go,
            "GET /v3/marketing/stats/singlesends/*": self._stats,
        }

    def no(self, words, status=400):
        return status, self.complaint(status, "", words)

    def page(self, call, found):
        """A page of a list, and where the next is."""
        start, size = int(call["query"].get("page_token", 0)), int(call["query"]["page_size"])
        end = start + size
        more = {"next": f"{self.url}{call['path']}?page_size={size}&page_token={end}"}
        return {"result": found[start:end], "_metadata": more if end < len(found) else {}}

    def _lists(self):
        return [
            {"id": one, "name": name, "contact_count": self.counted(one)}
            for one, name in self.audiences.items()
        ]

    def _add_list(self, call):
        new = at(self.number("audience"))
        self.audiences[new] = call["body"]["name"]
        return 201, {"id": new, "name": call["body"]["name"], "contact_count": 0}

    def _list_of(self, call, number):
        found = next((one for one in self._lists() if one["id"] == number), None)
        if found is None or call["method"] == "GET":
            return found or self.gone()
        del self.audiences[number]
        for one in self.contacts.values():
            one["list_ids"] = [it for it in one["list_ids"] if it != number]
        return 204, None

    def _found(self, call):
        number = call["body"]["query"].split("'")[1]
        self.behind -= 1
        count = self.lies.get("count", len(self.members(number)))
        return {"result": [], "contact_count": 0 if self.behind >= 0 else count}

    def members(self, audience):
        return {who: it for who, it in self.contacts.items() if audience in it["list_ids"]}

    def may_get(self, contact):
        stopped = {*self.left, *self.left_group}
        return self.behind <= 0 and contact["email"] not in stopped

    def _wrong(self, body):
        config = body["email_config"]
        if config["sender_id"] not in [one["id"] for one in self.marketers if one["verified"]]:
            return self.no("The sender is not verified.")
        if config["suppression_group_id"] != self.group:
            return self.no("There is no such group.")
        lists = body["send_to"]["list_ids"]
        return None if {*lists} <= {*self.audiences} else self.no("There is no such list.")

    def _add_send(self, call):
        if wrong := self._wrong(call["body"]):
            return wrong
        new = at(self.number("campaign"))
        (audience,) = call["body"]["send_to"]["list_ids"]
        self.campaigns[new] = {
            "id": new,
            "state": DRAFT,
            "body": call["body"],
            "audience": audience,
        }
        return 201, self._told(self.campaigns[new])

    def _told(self, campaign):
        audience = self.lies.get("audience", campaign["audience"])
        lists = [audience] if audience else []
        return {
            **campaign["body"], "id": campaign["id"], "created_at": "2026-11-30T05:00:00Z",
            "status": self.lies.get("state", WORDS[campaign["state"]]),
            "send_to": {"list_ids": lists, "segment_ids": [], "all": False},
        }  # fmt: skip

    def _search_sends(self, call):
        told = [self._told(one) for one in self.campaigns.values()]
        return self.page(call, [one for one in told if call["body"]["name"] in one["name"]])

    def _single_send(self, call, number):
        if number not in self.campaigns:
            return self.gone()
        campaign = self.campaigns[number]
        if call["method"] == "GET":
            self.state_of(campaign)
            return self._told(campaign)
        if call["method"] == "DELETE":
            del self.campaigns[number]
            return 204, None
        if campaign["state"] != DRAFT:
            return self.no("Only a draft is changed.")
        if wrong := self._wrong(call["body"]):
            return wrong
        campaign["body"] = call["body"]
        (campaign["audience"],) = call["body"]["send_to"]["list_ids"]
        return 202, self._told(campaign)

    def _let_go(self, _, number):
        if number not in self.campaigns:
            return self.gone()
        campaign = self.campaigns[number]
        if campaign["state"] != DRAFT:
            return self.no("It was scheduled.")
        self.leave(campaign)
        return 201, {"send_at": "now", "status": "scheduled"}

    def _stats(self, _, number):
        if self.campaigns[number]["state"] != SENT:
            return self.gone()
        counts = {"requests": self.sent_of(self.campaigns[number]), "delivered": 0, "opens": 3}
        return {"results": [{"id": number, "aggregation": "total", "stats": counts}]}

    def words(self, campaign):
        config = campaign["body"]["email_config"]
        return config["subject"], config["html_content"], config["plain_content"]


# Laid out by hand: what belongs together stands on one line.
# fmt: off
LIST, SEND = at(101), at(201)
DRAFTED = {
    "name": CAMPAIGN.name, "send_to": {"list_ids": [LIST]},
    "email_config": {
        "subject": SUBJECT, "html_content": with_links(CAMPAIGN.html, *LINKS),
        "plain_content": with_links(CAMPAIGN.text, *LINKS), "generate_plain_content": False,
        "editor": "code", "sender_id": 4, "suppression_group_id": 12,
    },
}
SENDERS = {"GET /v3/marketing/senders": {}}
CALLS = {
    "find_audience": {f"GET {LISTS}?page_size=100": {}},
    "create_audience": {f"POST {LISTS}": {"name": CAMPAIGN.name}},
    "count_audience": {
        f"GET {LISTS}/{LIST}": {},
        "POST /v3/marketing/contacts/search": {"query": f"CONTAINS(list_ids, '{LIST}')"},
    },
    "find_campaign": {f"POST {SENDS}/search?page_size=100": {"name": CAMPAIGN.name}},
    "create_campaign": {**SENDERS, f"POST {SENDS}": DRAFTED},
    "fill_campaign": {**SENDERS, f"PATCH {SENDS}/{SEND}": DRAFTED},
    "read_campaign": {f"GET {SENDS}/{SEND}": {}},
    "send_campaign": {f"PUT {SENDS}/{SEND}/schedule": {"send_at": "now"}},
    "delete_campaign": {f"DELETE {SENDS}/{SEND}": {}},
    "delete_audience": {f"DELETE {LISTS}/{LIST}?delete_contacts=false": {}},
}
