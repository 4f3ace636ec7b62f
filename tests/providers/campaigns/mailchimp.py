"""Mailchimp's tags and campaigns, by its description, version 3.0.55.

Who cannot be added to a tag is named with an error, and what is not ready to be sent is refused
with the same words whatever it lacks (MailChimp.Net#364): the checklist says it.
"""

from tests.providers.ours import CAMPAIGN, POOR, ZOE

from .fake import DRAFT, SUBJECT, FakeCampaigns, with_links

LINKS = "*|PREFS|*", "*|UNSUB|*"
SEGMENTS = "/lists/abc123/segments"
WORDS = {"draft": "save", "sending": "sending", "sent": "sent"}
STEPS = {
    "find_audience": "GET /lists/abc123/tag-search",
    "create_audience": f"POST {SEGMENTS}",
    "add_to_audience": f"POST {SEGMENTS}/*",
    "count_audience": f"GET {SEGMENTS}/*",
    "find_campaign": "GET /campaigns",
    "create_campaign": "POST /campaigns",
    "fill_campaign": "PUT /campaigns/*/content",
    "read_campaign": "GET /campaigns/*",
    "send_campaign": "POST /campaigns/*/actions/send",
    "delete_campaign": "DELETE /campaigns/*",
    "delete_audience": f"DELETE {SEGMENTS}/*",
}


class FakeMailchimpCampaigns(FakeCampaigns):
    """Members have `tags`; `domains` are verified."""

    steps = STEPS
    language = (
        (r"\*\|UNSUB\|\*", lambda one, _: f"https://mailchimp.test/leave/{one['email_address']}"),
        (r"\*\|(\w+)\|\*", lambda one, it: one["merge_fields"].get(it[1], "")),
    )

    def __init__(self, *args, **kwargs):
        self.domains = [{"domain": "example.com", "verified": True}]
        super().__init__(*args, **kwargs)

    def campaign_acts(self):
        return {
            "GET /lists/abc123/tag-search": self._search,
            f"POST {SEGMENTS}": self._add_segment,
            f"GET|POST|DELETE {SEGMENTS}/*": self._segment,
            f"GET {SEGMENTS}/*/members": self._people,
            "GET /campaigns": self._campaigns,
            "POST /campaigns": self._add_campaign,
            "GET|PATCH|DELETE /campaigns/*": self._campaign,
            "PUT /campaigns/*/content": self._content,
            "GET /campaigns/*/send-checklist": self._checklist,
            "POST /campaigns/*/actions/send": self._let_go,
            "GET /reports/*": self._report,
            "GET /verified-domains": lambda _: {"domains": self.domains},
        }

    def no(self, words, title="Bad Request"):
        return 400, self.complaint(400, title, words)

    def _search(self, call):
        found = [(number, one) for number, one in self.audiences.items()]
        wanted = call["query"]["name"]
        return {"tags": [{"id": int(n), "name": one} for n, one in found if one.startswith(wanted)]}

    def _add_segment(self, call):
        if call["body"]["name"] in self.audiences.values():
            return self.no("Sorry, that tag already exists.")
        number = self.number("audience")
        self.audiences[str(number)] = call["body"]["name"]
        return self._shown(str(number))

    def _shown(self, number):
        active = sum(self.may_get(one) for one in self.members(number).values())
        name = self.audiences[number]
        return {"id": int(number), "name": name, "member_count": self.lies.get("count", active)}

    def members(self, audience):
        tag = {"id": int(audience), "name": self.audiences.get(audience, "")}
        return {who: it for who, it in self.contacts.items() if tag in it["tags"]}

    def may_get(self, contact):
        return contact["status"] == "subscribed"

    def _segment(self, call, number):
        if number not in self.audiences:
            return self.gone()
        if call["method"] == "GET":
            return self._shown(number)
        if call["method"] == "POST":
            return self._join(call["body"]["members_to_add"], number)
        for one in self.members(number).values():
            one["tags"] = [it for it in one["tags"] if it["id"] != int(number)]
        del self.audiences[number]
        return 204, None

    def _join(self, emails, number):
        if len(emails) > 500:
            return self.no("At most 500 members can be added.")
        tag = {"id": int(number), "name": self.audiences[number]}
        new = [one for one in emails if tag not in self._tags_of(one, tag)]
        for one in new:
            self.contacts[one.lower()]["tags"].append(tag)
        left = [one for one in emails if one not in new]
        errors = [{"email_addresses": left, "error": "Not added."}] if left else []
        added = [{"email_address": one} for one in new]
        return {"members_added": added, "errors": errors, "error_count": len(errors)}

    def _tags_of(self, email, tag):
        """The tags of a member; that one where it is unknown, since nothing can be new to it."""
        return self.contacts.get(email.lower(), {"tags": [tag]})["tags"]

    def _people(self, call, number):
        start, count = int(call["query"]["offset"]), int(call["query"]["count"])
        found = [{"email_address": one["email_address"]} for one in self.members(number).values()]
        return {"members": found[start : start + count]}

    def _campaigns(self, call):
        start, count = int(call["query"]["offset"]), int(call["query"]["count"])
        found = [self._told(one) for one in self.campaigns.values()]
        return {"campaigns": found[start : start + count], "total_items": len(found)}

    def _told(self, campaign):
        tag = self.lies.get("audience", campaign["audience"])
        segment = {"segment_opts": {"saved_segment_id": int(tag)}} if tag else {}
        return {
            "id": campaign["id"], "create_time": "2026-11-30T05:00:00+00:00",
            "status": self.lies.get("state", WORDS[campaign["state"]]),
            "settings": campaign["body"]["settings"],
            "recipients": {"list_id": "abc123", **segment},
        }  # fmt: skip

    def _add_campaign(self, call):
        number = str(self.number("campaign"))
        made = {"id": number, "state": DRAFT, "body": call["body"], "content": {}}
        self.campaigns[number] = made | {"audience": audience_in(call["body"])}
        return self._told(self.campaigns[number])

    def _campaign(self, call, number):
        campaign = self.campaigns.get(number)
        if campaign is None:
            return self.gone()
        if call["method"] == "GET":
            self.state_of(campaign)
        elif campaign["state"] != DRAFT and call["method"] == "PATCH":
            return self.no("This campaign cannot be edited.")
        elif call["method"] == "DELETE":
            del self.campaigns[number]
            return 204, None
        else:
            campaign["body"] |= call["body"]
            campaign["audience"] = audience_in(call["body"])
        return self._told(campaign)

    def _content(self, call, number):
        if number not in self.campaigns:
            return self.gone()
        self.campaigns[number]["content"] = call["body"]
        return call["body"]

    def _lacks(self, campaign):
        email = campaign["body"]["settings"]["reply_to"]
        verified = [one["domain"] for one in self.domains if one["verified"]]
        tag = campaign["audience"]
        return [
            *([] if campaign["content"] else ["Add content to your campaign."]),
            *([] if self.members(tag) else ["There is nobody with this tag."]),
            *([] if email.partition("@")[2] in verified else ["Verify your domain."]),
        ]

    def _checklist(self, _, number):
        lacks = self._lacks(self.campaigns[number])
        items = [{"type": "error", "heading": "No", "details": one} for one in lacks]
        fine = {"type": "success", "heading": "List", "details": "All members of the tag."}
        return {"is_ready": not lacks, "items": [fine, *items]}

    def _let_go(self, _, number):
        campaign = self.campaigns.get(number)
        if campaign is None:
            return self.gone()
        if campaign["state"] != DRAFT or self._lacks(campaign):
            return self.no("Your Campaign is not ready to send.")
        self.leave(campaign)
        return 204, None

    def _report(self, _, number):
        bounces = {"hard_bounces": 1, "soft_bounces": 1, "syntax_errors": 0}
        sent = self.sent_of(self.campaigns[number])
        return {"emails_sent": sent, "bounces": bounces, "abuse_reports": 0, "unsubscribed": 1}

    def words(self, campaign):
        content = campaign["content"]
        subject = campaign["body"]["settings"]["subject_line"]
        return subject, content.get("html", ""), content.get("plain_text", "")


def audience_in(body):
    return str(body["recipients"]["segment_opts"]["saved_segment_id"])


# Laid out by hand: what belongs together stands on one line.
# fmt: off
ABOUT = {
    "recipients": {"list_id": "abc123", "segment_opts": {"saved_segment_id": 101}},
    "settings": {
        "title": CAMPAIGN.name, "subject_line": SUBJECT, "from_name": "Get Yourself Active",
        "reply_to": "hello@example.com", "auto_footer": False, "inline_css": False,
        "fb_comments": False,
    },
    "tracking": {"opens": False, "html_clicks": False, "text_clicks": False},
}
CALLS = {
    "find_audience": {
        "GET /lists/abc123/tag-search?name=Issue+7%2C+large%2C+3f9a": {}
    },
    "create_audience": {f"POST {SEGMENTS}": {"name": CAMPAIGN.name, "static_segment": []}},
    "add_to_audience": {f"POST {SEGMENTS}/101": {"members_to_add": [ZOE, POOR.email]}},
    "count_audience": {f"GET {SEGMENTS}/101": {}},
    "who_is_in": {
        f"GET {SEGMENTS}/101/members?count=500&fields=members.email_address&offset=0": {}
    },
    "find_campaign": {
        "GET /campaigns?count=100&list_id=abc123"
        "&since_create_time=2026-11-18T10%3A06%3A40%2B00%3A00"
        "&fields=campaigns.id%2Ccampaigns.create_time%2Ccampaigns.settings.title&offset=0": {}
    },
    "create_campaign": {"POST /campaigns": {"type": "regular", **ABOUT}},
    "fill_campaign": {
        "PATCH /campaigns/201": ABOUT,
        "PUT /campaigns/201/content": {
            "html": with_links(CAMPAIGN.html, *LINKS),
            "plain_text": with_links(CAMPAIGN.text, *LINKS),
        },
    },
    "read_campaign": {"GET /campaigns/201": {}, "GET /campaigns/201/send-checklist": {}},
    "send_campaign": {"POST /campaigns/201/actions/send": {}},
    "delete_campaign": {"DELETE /campaigns/201": {}},
    "delete_audience": {f"DELETE {SEGMENTS}/101": {}},
}
