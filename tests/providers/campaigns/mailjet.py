"""Mailjet's contact lists and campaign drafts, by its description, version 1.0.0, and its guides.

A draft is sent once (Mailjet-sendemail#8), to a list with more than one subscriber. People are put
on a list a little later: `jobs` are those that wait, until somebody counts.
"""

import re

from tests.providers.ours import CAMPAIGN, CHOSEN, POOR, ZOE

from .fake import DRAFT, SUBJECT, FakeCampaigns, with_links

LINKS = "[[data:preferences_url]]", "[[UNSUB_LINK_EN]]"
LISTS, DRAFTS = "/v3/REST/contactslist", "/v3/REST/campaigndraft"
NUMBERS = {"draft": 0, "sending": 1, "sent": 2}
STEPS = {
    "find_audience": f"GET {LISTS}",
    "create_audience": f"POST {LISTS}",
    "add_to_audience": f"POST {LISTS}/*/managemanycontacts",
    "count_audience": "GET /v3/REST/listrecipient",
    "find_campaign": f"GET {DRAFTS}",
    "create_campaign": f"POST {DRAFTS}",
    "fill_campaign": f"POST {DRAFTS}/*/detailcontent",
    "read_campaign": f"GET {DRAFTS}/*",
    "send_campaign": f"POST {DRAFTS}/*/send",
    "delete_campaign": f"PUT {DRAFTS}/*",
    "delete_audience": f"DELETE {LISTS}/*",
}


class FakeMailjetCampaigns(FakeCampaigns):
    """Contacts have `Lists`: the numbers of those audiences that they are in."""

    steps = STEPS
    language = (
        (r"\[\[data:(\w+)\]\]", lambda one, it: one["Properties"].get(it[1], "")),
        (r"\[\[UNSUB_LINK_EN\]\]", lambda one, _: f"https://mailjet.test/leave/{one['Email']}"),
        (r"\[\[.*?\]\]|\{\{.*?\}\}|\{%.*?%\}", lambda *_: ""),
    )

    def __init__(self, *args, **kwargs):
        self.jobs = []
        super().__init__(*args, **kwargs)

    def campaign_acts(self):
        return {
            f"POST {LISTS}": self._add_list,
            f"DELETE {LISTS}/*": self._drop_list,
            f"GET {DRAFTS}": self._drafts,
            f"POST {DRAFTS}": self._add_draft,
            f"GET|PUT {DRAFTS}/*": self._draft,
            f"POST {DRAFTS}/*/detailcontent": self._content,
            f"POST {DRAFTS}/*/send": self._let_go,
            "GET /v3/REST/statcounters": self._counters,
        }

    def no(self, words):
        return 400, {"ErrorInfo": "", "ErrorMessage": words, "StatusCode": 400}

    def lists(self, query):
        """The lists that a query asks for."""
        found = [{"ID": int(number), "Name": name} for number, name in self.audiences.items()]
        return [one for one in found if query.get("Name") in {None, one["Name"]}]

    def members(self, audience):
        return {who: it for who, it in self.contacts.items() if int(audience) in it["Lists"]}

    def may_get(self, contact):
        return not contact["IsExcludedFromCampaigns"]

    def is_on(self, contact, number):
        """Whether somebody is on the newsletter's list, or in an audience."""
        return contact["IsOnList"] if number == "7" else int(number) in contact["Lists"]

    def _add_list(self, call):
        if call["body"]["Name"] in self.audiences.values():
            return self.no("MJ18 A ContactsList resource with that value for Name already exists.")
        number = self.number("audience")
        self.audiences[str(number)] = call["body"]["Name"]
        return 201, {"Count": 1, "Data": [{"ID": number, "Name": call["body"]["Name"]}]}

    def _drop_list(self, _, number):
        if self.audiences.pop(number, None) is None:
            return self.gone()
        for one in self.contacts.values():
            one["Lists"] = [it for it in one["Lists"] if it != int(number)]
        return 204, None

    def join(self, call, number):
        """People are put into an audience."""
        if number not in self.audiences:
            return self.gone()
        self.jobs.append((int(number), call["body"]["Contacts"]))
        self._work()
        return 201, {"Count": 1, "Data": [{"JobID": 1}]}

    def _work(self):
        """What waits is done, as long as nothing lies about it."""
        for number, people in self.jobs if "late jobs" not in self.lies else ():
            for one in people:
                lists = self.upserted(one)["Lists"]
                lists += [number] if number not in lists else []
        self.jobs = self.jobs if "late jobs" in self.lies else []

    def count(self, call):
        """How many are on a list; nobody where there is none."""
        self._work()
        found = self.counted(call["query"]["ContactsList"])
        return {"Count": found, "Data": [], "Total": found}

    def _drafts(self, call):
        start, limit = int(call["query"]["Offset"]), int(call["query"]["Limit"])
        found = [*map(self._told, self.campaigns.values())]
        found = found[::-1] if call["query"].get("Sort") == "ID DESC" else found
        return {"Data": found[start : start + limit]}

    def _told(self, campaign):
        state = self.lies.get("state", NUMBERS[campaign["state"]])
        listed = self.lies.get("audience", campaign["audience"])
        return {
            "ID": int(campaign["id"]), "Title": campaign["body"]["Title"],
            "CreatedAt": "2026-11-30T05:00:00Z", "ContactsListID": int(listed or 0),
            "SegmentationID": 0, "CampaignID": 0 if campaign["state"] == DRAFT else 9000,
            "Status": 77 if isinstance(state, str) else state,
        }  # fmt: skip

    def _add_draft(self, call):
        body = call["body"]
        if str(body["ContactsListID"]) not in self.audiences:
            return self.no("MJ01 Could not resolve ContactsList")
        number = str(self.number("campaign"))
        made = {"id": number, "state": DRAFT, "body": body, "audience": str(body["ContactsListID"])}
        self.campaigns[number] = made | {"content": {}}
        return 201, {"Count": 1, "Data": [self._told(made)]}

    def _draft(self, call, number):
        campaign = self.campaigns.get(number)
        if campaign is None:
            return self.gone()
        if call["method"] == "GET":
            self.state_of(campaign)
            return {"Count": 1, "Data": [self._told(campaign)]}
        if campaign["state"] != DRAFT:
            return self.no("CampaignDraft has to be in status draft")
        if call["body"].get("Status") == -2:
            del self.campaigns[number]
        elif campaign["body"] == call["body"]:
            return 304, None
        else:
            body = call["body"]
            campaign.update(body=body, audience=str(body["ContactsListID"]))
        return {"Count": 1, "Data": [{"ID": int(number)}]}

    def _content(self, call, number):
        if number not in self.campaigns:
            return self.gone()
        self.campaigns[number]["content"] = call["body"]
        return 201, {"Count": 1, "Data": [call["body"]]}

    def _let_go(self, _, number):
        campaign = self.campaigns.get(number)
        if campaign is None:
            return self.gone()
        if campaign["state"] != DRAFT:
            return self.no("Newsletter has to be in status draft or programmed")
        if len(self.members(campaign["audience"])) < 2:
            return self.no("The list must have more than one subscriber")
        if not campaign["content"] or not self._may_send(campaign["body"]["SenderEmail"]):
            return self.no("Specify content, and a valid and active sender")
        self.leave(campaign)
        return 201, {"Count": 1, "Data": [{"Status": "Programmed"}]}

    def _may_send(self, email):
        active = [one["Email"] for one in self.senders if one["Status"] == "Active"]
        return email in active or re.sub(".*@", "*@", email) in active

    def _counters(self, _):
        sent = self.lies.get("sent", len(self.delivered))
        counts = {"MessageSentCount": sent, "MessageBlockedCount": 0, "MessageHardBouncedCount": 1}
        return {"Count": 1, "Data": [counts]}

    def words(self, campaign):
        parts = (campaign["content"].get(one, "") for one in ("Html-part", "Text-part"))
        return campaign["body"]["Subject"], *parts


# Laid out by hand: what belongs together stands on one line.
# fmt: off
NAME = "Issue+7%2C+large%2C+3f9a"
DRAFTED = {
    "Locale": "en_GB", "Title": CAMPAIGN.name, "Subject": SUBJECT, "EditMode": "html2",
    "Sender": "Get Yourself Active", "SenderName": "Get Yourself Active",
    "SenderEmail": "hello@example.com", "ReplyEmail": "team@example.com", "ContactsListID": 101,
}
PAGE = "Limit=1000&Offset=0&Sort=ID"
CALLS = {
    "find_audience": {f"GET {LISTS}?Name={NAME}&IsDeleted=false&{PAGE}": {}},
    "create_audience": {f"POST {LISTS}": {"Name": CAMPAIGN.name}},
    "add_to_audience": {f"POST {LISTS}/101/managemanycontacts": {
        "Action": "addnoforce",
        "Contacts": [
            {"Email": ZOE, "Name": "Zoë Müller", "Properties": CHOSEN},
            {"Email": POOR.email, "Name": "", "Properties": POOR.attributes},
        ],
    }},
    "count_audience": {
        "GET /v3/REST/listrecipient?ContactsList=101&IgnoreDeleted=true&countOnly=1": {}
    },
    "who_is_in": {f"GET /v3/REST/contact?ContactsList=101&{PAGE}": {}},
    "find_campaign": {f"GET {DRAFTS}?Limit=100&Sort=ID+DESC&IsDeleted=false&Offset=0": {}},
    "create_campaign": {f"POST {DRAFTS}": DRAFTED},
    "fill_campaign": {
        f"PUT {DRAFTS}/201": DRAFTED,
        f"POST {DRAFTS}/201/detailcontent": {
            "Html-part": with_links(CAMPAIGN.html, *LINKS),
            "Text-part": with_links(CAMPAIGN.text, *LINKS),
        },
    },
    "read_campaign": {f"GET {DRAFTS}/201": {}},
    "send_campaign": {f"POST {DRAFTS}/201/send": {}},
    "delete_campaign": {f"PUT {DRAFTS}/201": {"Status": -2}},
    "delete_audience": {f"DELETE {LISTS}/101": {}},
}
