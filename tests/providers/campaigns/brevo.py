"""Brevo's lists and email campaigns, by its description, version 3.0.0.

What it refuses: contacts/add where no contact of it is new to the list (APIv3-php-library#47,
#134), to change or send what left (`campaign_sent`, `campaign_processing`), and the 101st call
in an hour.
"""

from tests.providers.ours import CAMPAIGN, POOR, ZOE

from .fake import DRAFT, SENT, SUBJECT, FakeCampaigns, with_links

HOURLY = 100
LINKS = "{{ contact.PREFERENCES_URL }}", "{{ unsubscribe }}"
STEPS = {
    "find_audience": "GET /contacts/lists",
    "create_audience": "POST /contacts/lists",
    "add_to_audience": "POST /contacts/lists/*/contacts/add",
    "count_audience": "GET /contacts/lists/*",
    "find_campaign": "GET /emailCampaigns",
    "create_campaign": "POST /emailCampaigns",
    "fill_campaign": "PUT /emailCampaigns/*",
    "read_campaign": "GET /emailCampaigns/*",
    "send_campaign": "POST /emailCampaigns/*/sendNow",
    "delete_campaign": "DELETE /emailCampaigns/*",
    "delete_audience": "DELETE /contacts/lists/*",
}
WORDS = {"draft": "draft", "sending": "in_process", "sent": "sent"}


class FakeBrevoCampaigns(FakeCampaigns):
    """Contacts have the numbers of their lists; `credits` may run out."""

    steps = STEPS
    language = (
        (r"\{\{ contact\.(\w+) \}\}", lambda one, it: one["attributes"].get(it[1], "")),
        (r"\{\{ unsubscribe \}\}", lambda one, _: f"https://brevo.test/leave/{one['email']}"),
        (r"\{\{.*?\}\}|\{%.*?%\}|[\[{][A-Z_]+[\]}]", lambda *_: ""),
    )

    def __init__(self, *args, **kwargs):
        self.folders, self.left, self.credits = [], HOURLY, True
        super().__init__(*args, **kwargs)

    def campaign_acts(self):
        return {
            "GET /contacts/folders": lambda call: {"folders": page(self.folders, call)},
            "POST /contacts/folders": self._add_folder,
            "GET /contacts/lists": lambda call: {"lists": page(self._lists(), call)},
            "POST /contacts/lists": self._add_list,
            "GET|DELETE /contacts/lists/*": self._list_of,
            "GET /contacts/lists/*/contacts": self._people,
            "POST /contacts/lists/*/contacts/add": self._join,
            "GET /emailCampaigns": self._campaigns,
            "POST /emailCampaigns": self._add_campaign,
            "GET|PUT|DELETE /emailCampaigns/*": self._campaign,
            "POST /emailCampaigns/*/sendNow": self._let_go,
        }

    def act(self, call):
        if call["path"].startswith("/emailCampaigns"):
            if not self.left:
                return 429, self.complaint(429, "too_many_requests", "Limit reached")
            self.left -= 1
        return super().act(call)

    def next_hour(self):
        """As many calls may be made again."""
        self.left = HOURLY

    def headers_of(self, call, status):
        if not call["path"].startswith("/emailCampaigns"):
            return {}
        return {"x-sib-ratelimit-remaining": str(self.left), "x-sib-ratelimit-reset": "3600"}

    def no(self, words, code="invalid_parameter", status=400):
        return status, self.complaint(status, code, words)

    def _add_folder(self, call):
        self.folders.insert(0, {"id": self.number("folder"), "name": call["body"]["name"]})
        return 201, {"id": self.folders[0]["id"]}

    def _lists(self):
        return [self._shown(number) for number in sorted(self.audiences, reverse=True)]

    def _shown(self, number):
        stopped = sum(not self.may_get(one) for one in self.members(number).values())
        count = self.counted(number)
        return {
            "id": int(number), "name": self.audiences[number], "folderId": self.folders[0]["id"],
            "uniqueSubscribers": count, "totalBlacklisted": stopped,
            "totalSubscribers": count - stopped,
        }  # fmt: skip

    def _add_list(self, call):
        if call["body"]["folderId"] not in [one["id"] for one in self.folders]:
            return self.no("Folder ID does not exist", "document_not_found")
        number = self.number("audience")
        self.audiences[str(number)] = call["body"]["name"]
        return 201, {"id": number}

    def _list_of(self, call, number):
        if number not in self.audiences:
            return self.gone()
        if call["method"] == "GET":
            return self._shown(number)
        for one in self.members(number).values():
            one["listIds"].remove(int(number))
        del self.audiences[number]
        return 204, None

    def members(self, audience):
        return {who: it for who, it in self.contacts.items() if int(audience) in it["listIds"]}

    def may_get(self, contact):
        return not contact["emailBlacklisted"]

    def _people(self, call, number):
        return {"contacts": page([*self.members(number).values()], call), "count": 1}

    def _join(self, call, number):
        emails = call["body"]["emails"]
        if number not in self.audiences:
            return self.gone()
        if len(emails) > 150:
            return self.no("Maximum of 150 emails are allowed")
        new = [one for one in emails if int(number) not in self._lists_of(one)]
        if not new:
            return self.no("Contact already in list and/or does not exist")
        for one in new:
            self.contacts[one]["listIds"].append(int(number))
        told = {"success": new, "failure": [one for one in emails if one not in new]}
        return 201, {"contacts": told}

    def _lists_of(self, email):
        """The lists of a contact; all of them where it is unknown, since none can be new to it."""
        return (
            self.contacts[email]["listIds"] if email in self.contacts else map(int, self.audiences)
        )

    def _campaigns(self, call):
        if int(call["query"]["limit"]) > 100:
            return self.no("Limit exceeds max value", "out_of_range")
        found = [self._told(one) for one in reversed(self.campaigns.values())]
        return {"campaigns": page(found, call), "count": len(found)}

    def _told(self, campaign):
        listed = [int(one) for one in [self.lies.get("audience", campaign["audience"])] if one]
        counts = {"sent": self.sent_of(campaign), "delivered": 0, "hardBounces": 1,
                  "softBounces": 1, "complaints": 0, "unsubscriptions": 0}  # fmt: skip
        return {
            "id": int(campaign["id"]), "name": campaign["body"]["name"], "type": "classic",
            "status": self.lies.get("state", WORDS.get(campaign["state"], campaign["state"])),
            "createdAt": campaign.get("createdAt", "2026-11-30T05:00:00.000Z"),
            "recipients": {"lists": listed, "exclusionLists": []},
            "statistics": {"globalStats": counts if campaign["state"] != DRAFT else {}},
        }  # fmt: skip

    def _add_campaign(self, call):
        body = call["body"]
        if wrong := self._wrong(body):
            return wrong
        number = str(self.number("campaign"))
        audience = str(body["recipients"]["listIds"][0])
        self.campaigns[number] = {"id": number, "state": DRAFT, "body": body, "audience": audience}
        return 201, {"id": int(number)}

    def _wrong(self, body):
        if body["sender"]["email"] not in [one["email"] for one in self.senders if one["active"]]:
            return self.no("Sender is invalid / inactive")
        if any(str(one) not in self.audiences for one in body["recipients"]["listIds"]):
            return self.no("Invalid list ids")
        return None if len(body["htmlContent"]) > 10 else self.no("Content is too short")

    def _campaign(self, call, number):
        if number not in self.campaigns:
            return self.gone()
        campaign = self.campaigns[number]
        if call["method"] == "GET":
            self.state_of(campaign)
            return self._told(campaign)
        if campaign["state"] != DRAFT:
            return self.no("Only drafts", f"campaign_{self._left_as(campaign)}")
        if call["method"] == "DELETE":
            del self.campaigns[number]
        elif wrong := self._wrong(call["body"]):
            return wrong
        else:
            campaign["body"] = call["body"]
            campaign["audience"] = str(call["body"]["recipients"]["listIds"][0])
        return 204, None

    def _left_as(self, campaign):
        return "sent" if campaign["state"] == SENT else "processing"

    def _let_go(self, _, number):
        campaign = self.campaigns.get(number)
        if campaign is None:
            return self.gone()
        if campaign["state"] != DRAFT:
            return self.no("It left", f"campaign_{self._left_as(campaign)}")
        if not self.credits:
            return self.no("Buy more", "not_enough_credits", 402)
        if not self.members(campaign["audience"]):
            return self.no("There are no contacts in the lists")
        self.leave(campaign)
        return 204, None

    def words(self, campaign):
        return campaign["body"]["subject"], campaign["body"]["htmlContent"], ""


def page(found, call):
    start = int(call["query"].get("offset", 0))
    return found[start : start + int(call["query"].get("limit", 10))]


# Laid out by hand: what belongs together stands on one line.
# fmt: off
DRAFTED = {
    "name": CAMPAIGN.name, "subject": SUBJECT, "htmlContent": with_links(CAMPAIGN.html, *LINKS),
    "sender": {"name": "Get Yourself Active", "email": "hello@example.com"},
    "replyTo": "team@example.com", "recipients": {"listIds": [101]}, "mirrorActive": False,
}
LIMITED = "?limit=50&sort=desc"
CALLS = {
    "find_audience": {f"GET /contacts/lists{LIMITED}&offset=0": {}},
    "create_audience": {
        f"GET /contacts/folders{LIMITED}&offset=0": {},
        "POST /contacts/folders": {"name": "The portal"},
        "POST /contacts/lists": {"name": CAMPAIGN.name, "folderId": 1},
    },
    "add_to_audience": {"POST /contacts/lists/101/contacts/add": {"emails": [ZOE, POOR.email]}},
    "count_audience": {"GET /contacts/lists/101": {}},
    "who_is_in": {"GET /contacts/lists/101/contacts?limit=500&sort=asc&offset=0": {}},
    "find_campaign": {f"GET /emailCampaigns{LIMITED}&excludeHtmlContent=true&offset=0": {}},
    "create_campaign": {"POST /emailCampaigns": DRAFTED},
    "fill_campaign": {"PUT /emailCampaigns/201": DRAFTED},
    "read_campaign": {"GET /emailCampaigns/201?statistics=globalStats": {}},
    "send_campaign": {"POST /emailCampaigns/201/sendNow": {}},
    "delete_campaign": {"DELETE /emailCampaigns/201": {}},
    "delete_audience": {"DELETE /contacts/lists/101": {}},
}
