"""What all fakes of campaign providers share: audiences, drafts that leave once, trouble and lies.

It comes before `FakeProvider` among the bases of a provider's fake, which adds the provider's
own paths, answers and rules.
"""

import re

from portal.providers.campaigns import PREFERENCES_URL, UNSUBSCRIBE_URL
from portal.providers.merging import harmless
from tests.providers.fake import REFUSALS, FakeProvider
from tests.providers.ours import CAMPAIGN

DRAFT, SENDING, SENT = "draft", "sending", "sent"
REFUSALS["late"] = None, "", ""  # no answer now, and it acts once it is told to `catch_up`


SUBJECT = harmless(CAMPAIGN.subject)


def with_links(text, preferences, unsubscribe):
    """A text of CAMPAIGN as a provider gets it, with its own language for the two links."""
    safe = harmless(text)
    return safe.replace(PREFERENCES_URL, preferences).replace(UNSUBSCRIBE_URL, unsubscribe)


class FakeCampaigns(FakeProvider):
    """Keeps audiences and campaigns, by their numbers as texts.

    A campaign has `id`, `state` (DRAFT and so on), `audience` (a number) and `body`, as it was
    put there. When it leaves, all in its audience whom mail may go to are in `delivered`, as
    (campaign, address), and `mail` gives what one of them reads.

    `steps` are the calls that the methods of a campaign provider make, in the words of `acts`:
    `trouble("send_campaign", "lose")` is for the next such call. Modes are those of
    FakeProvider, and "late".

    It lies: `lies` has what it says instead, by `state` (the provider's word), `count` (of an
    audience), `sent` (of a campaign) and `audience` (whom a draft is for). For so many readings as
    `slow` says, a campaign that left is still "sending".
    """

    steps = {}  # noqa: RUF012 - each fake has its own
    language = ()
    """Patterns of the merge language, each with what gives the text for a contact."""

    def __init__(self, *args, **kwargs):
        self.audiences, self.campaigns, self.delivered = {}, {}, []
        self.troubles, self.late, self.lies, self.slow = [], [], {}, 0
        self.numbers = {"audience": 100, "campaign": 200}
        super().__init__(*args, **kwargs)

    def trouble(self, step, mode, times=1):
        """The next calls of that step fare in that mode."""
        self.troubles += [(step, mode)] * times

    def is_of(self, step, call):
        """Whether a call is the one of that step."""
        methods, path = self.steps[step].split()
        pattern = f"({methods}) " + re.escape(path).replace(r"\*", "[^/]+")
        return bool(re.fullmatch(pattern, f"{call['method']} {call['path']}"))

    def catch_up(self):
        """What came and was not answered is done now."""
        while self.late:
            self.act(self.late.pop(0))

    def _mode(self, call):
        for one in self.troubles:
            if self.is_of(one[0], call):
                self.troubles.remove(one)
                if one[1] == "late":
                    self.late.append(call)
                return one[1]
        return super()._mode(call)

    def number(self, kind):
        """The id of a new one: an audience's first is 101, a campaign's 201."""
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return self.numbers[kind]

    def members(self, audience):
        """The contacts in an audience, by their addresses."""
        raise NotImplementedError

    def may_get(self, contact):
        """Whether mail may go to a contact."""
        raise NotImplementedError

    def counted(self, audience):
        """How many it says are in an audience."""
        return self.lies.get("count", len(self.members(audience)))

    def leave(self, campaign):
        """The campaign leaves, to all that may get it."""
        campaign["state"], campaign["slow"] = SENDING, self.slow
        people = self.members(campaign["audience"])
        self.delivered += [(campaign["id"], who) for who, it in people.items() if self.may_get(it)]

    def state_of(self, campaign):
        """Where it stands, each reading a step further."""
        if campaign["state"] == SENDING and campaign["slow"] <= 0:
            campaign["state"] = SENT
        campaign["slow"] = campaign.get("slow", 0) - 1
        return campaign["state"]

    def sent_of(self, campaign):
        """How many it says that it sent."""
        left = sum(number == campaign["id"] for number, _ in self.delivered)
        return self.lies.get("sent", left)

    def filled_in(self, text, contact):
        """The text as somebody gets it."""
        for pattern, value in self.language:
            text = re.sub(pattern, lambda found, value=value: value(contact, found), text)
        return text

    def mail(self, address):
        """The last mail to somebody: subject, HTML, text."""
        number = next(one for one, who in reversed(self.delivered) if who == address)
        contact = self.contacts[address]
        return tuple(self.filled_in(one, contact) for one in self.words(self.campaigns[number]))

    def words(self, campaign):
        """Subject, HTML and text of a campaign, as they were put there."""
        raise NotImplementedError
