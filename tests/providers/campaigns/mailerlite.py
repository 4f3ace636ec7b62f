"""MailerLite's groups and campaigns, by its pages and what its libraries have recorded.

A campaign without groups is for everybody; only a draft is changed or sent; by API only paid
plans send.
"""

from tests.providers.ours import CAMPAIGN, CONTACT, POOR

from .fake import DRAFT, SENDING, SENT, SUBJECT, FakeCampaigns, with_links

WORDS = {"draft": "draft", "sending": "ready", "sent": "sent"}
LINKS = "{$preferences_url}", "{$unsubscribe}"


class FakeMailerLiteCampaigns(FakeCampaigns):
    """Contacts have their groups. `is_paid` is whether the plan lets campaigns be made by API."""

    is_paid = True
    steps = {  # noqa: RUF012 - read only
        "find_audience": "GET /groups",
        "create_audience": "POST /groups",
        "add_to_audience": "POST /batch",
        "count_audience": "GET /groups",
        "find_campaign": "GET /campaigns",
        "create_campaign": "POST /campaigns",
        "fill_campaign": "PUT /campaigns/*",
        "read_campaign": "GET /campaigns/*",
        "send_campaign": "POST /campaigns/*/schedule",
        "delete_campaign": "DELETE /campaigns/*",
        "delete_audience": "DELETE /groups/*",
    }
    language = (
        (r"\{\$unsubscribe\}", lambda one, _: f"https://mailerlite.test/leave/{one['email']}"),
        (r"\{\$(\w+)\}", lambda one, it: one["fields"].get(it[1], "")),
    )

    def campaign_acts(self):
        return {
            "GET /groups": self._groups,
            "POST /groups": self._add_group,
            "DELETE /groups/*": self._drop_group,
            "GET /campaigns": self._campaigns,
            "POST /campaigns": self._add_campaign,
            "GET|PUT|DELETE /campaigns/*": self._campaign,
            "POST /campaigns/*/schedule": self._let_go,
        }

    def no(self, words, status=422):
        return status, {"message": words}

    def page(self, call, found):
        """A page of a list."""
        size, number = int(call["query"]["limit"]), int(call["query"].get("page", 1))
        return {"data": found[(number - 1) * size : number * size]}

    def _groups(self, call):
        name, groups = call["query"].get("filter[name]", ""), {"7": "Newsletter", **self.audiences}
        found = [
            {"id": one, "name": title, "active_count": self.counted(one)}
            for one, title in groups.items()
            if name in title
        ]
        return self.page(call, found)

    def _add_group(self, call):
        number = str(self.number("audience"))
        self.audiences[number] = call["body"]["name"]
        return 201, {"data": {"id": number, "name": call["body"]["name"], "active_count": 0}}

    def _drop_group(self, _, number):
        if number not in self.audiences:
            return self.gone()
        del self.audiences[number]
        for one in self.contacts.values():
            one["groups"] = [group for group in one["groups"] if group["id"] != number]
        return 204, None

    def members(self, audience):
        """Of those who may get mail: others do not count there."""
        groups = {who: [one["id"] for one in it["groups"]] for who, it in self.contacts.items()}
        people = {who: it for who, it in self.contacts.items() if self.may_get(it)}
        return {who: it for who, it in people.items() if not audience or audience in groups[who]}

    def may_get(self, contact):
        return contact["status"] == "active"

    def _campaigns(self, call):
        wanted = call["query"].get("filter[status]", "ready")
        told = [self._told(one) for one in self.campaigns.values()]
        return self.page(call, [one for one in told if one["status"] == wanted])

    def _told(self, campaign):
        group = self.lies.get("audience", campaign["audience"])
        return {
            "id": campaign["id"], "name": campaign["body"]["name"], "type": "regular",
            "status": self.lies.get("state", WORDS[campaign["state"]]),
            "is_currently_sending_out": campaign["state"] == SENDING,
            "created_at": "2026-11-30 05:00:00", "stopped_at": None, "is_stopped": False,
            "cannot_be_scheduled_reason": None,
            "stats": {"sent": self.sent_of(campaign), "spam_count": 0, "open_rate": {"float": 0}},
            "basic_filter_for_humans": {
                "included_groups": [{"id": group, "name": "It"}] if group else [],
                **{f"{what}s": [] for what in ("excluded_group", "included_segment")},
                "excluded_segments": [], "all_active_subscribers": not group,
            },
        }  # fmt: skip

    def _add_campaign(self, call):
        if not self.is_paid:
            return self.no("Your plan does not include this.", 403)
        number = str(self.number("campaign"))
        new = {"id": number, "state": DRAFT, "body": call["body"], "audience": ""}
        if wrong := self._address(new, call["body"]):
            return wrong
        self.campaigns[number] = new
        return 201, {"data": self._told(new)}

    def _address(self, campaign, body):
        """Have it go to its first group, or to everybody."""
        groups = body.get("groups", [])
        if [one for one in groups if one not in self.audiences]:
            return self.no("The selected group is invalid.")
        campaign["body"], campaign["audience"] = body, next(iter(groups), "")
        return None

    def _campaign(self, call, number):
        if number not in self.campaigns:
            return self.gone()
        campaign = self.campaigns[number]
        if call["method"] == "GET":
            self.state_of(campaign)
        elif call["method"] == "DELETE":
            del self.campaigns[number]
            return 204, None
        elif campaign["state"] != DRAFT:
            return self.no("Only a draft is changed.")
        elif wrong := self._address(campaign, call["body"]):
            return wrong
        return {"data": self._told(campaign)}

    def _let_go(self, _, number):
        if number not in self.campaigns:
            return self.gone()
        if self.campaigns[number]["state"] in {SENDING, SENT}:
            return self.no("The campaign cannot be scheduled.")
        self.leave(self.campaigns[number])
        return {"data": self._told(self.campaigns[number])}

    def words(self, campaign):
        email = campaign["body"]["emails"][0]
        return email["subject"], email["content"], ""


# Laid out by hand: what belongs together stands on one line.
# fmt: off
DRAFTED = {
    "name": CAMPAIGN.name, "groups": ["101"],
    "emails": [{
        "subject": SUBJECT, "from_name": "Get Yourself Active", "from": "hello@example.com",
        "content": with_links(CAMPAIGN.html, *LINKS),
    }],
}
NAMED = "filter%5Bname%5D=Issue+7%2C+large%2C+3f9a"
CALLS = {
    "find_audience": {f"GET /groups?limit=1000&page=1&{NAMED}": {}},
    "create_audience": {"POST /groups": {"name": CAMPAIGN.name}},
    "add_to_audience": {"POST /batch": {"requests": [
        {
            "method": "POST", "path": "api/subscribers",
            "body": {"email": one.email, "fields": one.attributes, "groups": ["101"]},
        }
        for one in (CONTACT, POOR)
    ]}},
    "count_audience": {"GET /groups?limit=1000&page=1": {}},
    "find_campaign": {"GET /campaigns?limit=100&page=1&filter%5Bstatus%5D=draft": {}},
    "create_campaign": {"POST /campaigns": {**DRAFTED, "type": "regular"}},
    "fill_campaign": {"PUT /campaigns/201": DRAFTED},
    "read_campaign": {"GET /campaigns/201": {}},
    "send_campaign": {
        "GET /campaigns/201": {}, "POST /campaigns/201/schedule": {"delivery": "instant"},
    },
    "delete_campaign": {"DELETE /campaigns/201": {}},
    "delete_audience": {"DELETE /groups/101": {}},
}
