"""All that is done at providers, by the name of the method, on the same mail and contact."""

import json
import uuid

from portal import providers
from portal.providers.values import Contact, Email

from .ours import AT, BARE, CAMPAIGN, CONTACT, EMAIL, KEY, OTHER_KEY, POOR, SITE, UNUSUAL, ZOE

# As the outbox keeps them.
KEPT = Email.from_json(json.loads(json.dumps(EMAIL.to_json())))
PERSON = Contact.from_json(json.loads(json.dumps(CONTACT.to_json())))
DEEDS = {
    "send": lambda it: it.send(KEPT, KEY),
    "send bare": lambda it: it.send(BARE, KEY),
    "send another": lambda it: it.send(EMAIL, OTHER_KEY),
    "send_many": lambda it: it.send_many([(KEPT, KEY), (BARE, OTHER_KEY)]),
    "find": lambda it: it.find(KEY, ZOE),
    "upsert": lambda it: it.upsert(PERSON),
    "upsert poor": lambda it: it.upsert(POOR),
    "upsert_many": lambda it: it.upsert_many([CONTACT]),
    "unsubscribe": lambda it: it.unsubscribe(ZOE),
    "unsubscribe unusual": lambda it: it.unsubscribe(UNUSUAL),
    "lookup": lambda it: it.lookup(ZOE),
    "lookup unusual": lambda it: it.lookup(UNUSUAL),
    "everyone": lambda it: list(it.everyone()),
    "who_left": lambda it: list(it.who_left()),
    "lookup_many": lambda it: it.lookup_many([ZOE, "nobody@example.org"]),
    "fetch_mail": lambda it: it.fetch_mail("5d5c8a3c-0f0e-4c0f-8a55-6a4ec5e4f0aa"),
    "erase": lambda it: it.erase(ZOE),
    "erase unusual": lambda it: it.erase(UNUSUAL),
    "check": lambda it: list(providers.check(it, SITE)),
    "install_hooks": lambda it: list(providers.install_hooks(it, SITE)),
}
IDS = {
    name: tuple(str(uuid.UUID(int=number)) for number in (101, 201))
    for name in ("resend", "sendgrid")
}  # of the first audience and campaign in a fake, where they are no numbers
FIRST = "101", "201"


def audience_of(provider):
    """The id of the first audience that its fake has."""
    return IDS.get(provider.name, FIRST)[0]


def campaign_of(provider):
    """The id of the first campaign that its fake has."""
    return IDS.get(provider.name, FIRST)[1]


CAMPAIGN_DEEDS = {
    "find_audience": lambda it: it.find_audience(CAMPAIGN.name),
    "create_audience": lambda it: it.create_audience(CAMPAIGN.name),
    "add_to_audience": lambda it: it.add_to_audience(audience_of(it), [CONTACT, POOR]),
    "count_audience": lambda it: it.count_audience(audience_of(it)),
    "who_is_in": lambda it: list(it.who_is_in(audience_of(it))),
    "find_campaign": lambda it: it.find_campaign(CAMPAIGN.name, AT),
    "create_campaign": lambda it: it.create_campaign(CAMPAIGN, audience_of(it)),
    "fill_campaign": lambda it: it.fill_campaign(campaign_of(it), CAMPAIGN, audience_of(it)),
    "read_campaign": lambda it: it.read_campaign(campaign_of(it)),
    "send_campaign": lambda it: it.send_campaign(campaign_of(it)),
    "delete_campaign": lambda it: it.delete_campaign(campaign_of(it)),
    "delete_audience": lambda it: it.delete_audience(audience_of(it)),
}
DEEDS |= CAMPAIGN_DEEDS
ONCE = {"send", "send_many", "create_audience", "create_campaign", "send_campaign"}
# What has to be there for a deed to find something.
PREPARED = {"find": ["send another", "send"]}
PREPARED |= {one: ["upsert"] for one in ("unsubscribe", "erase", "lookup", "everyone")}
PREPARED |= {one: ["upsert"] for one in ("who_left", "lookup_many")}
THERE = ["upsert", "upsert poor", "create_audience"]
FILLED = [*THERE, "add_to_audience", "create_campaign", "fill_campaign"]
PREPARED |= dict.fromkeys(("find_audience", "add_to_audience", "delete_audience"), THERE)
PREPARED |= dict.fromkeys(("count_audience", "who_is_in"), FILLED[:4])
PREPARED |= {"create_campaign": THERE, "fill_campaign": FILLED[:5]}
PREPARED |= dict.fromkeys(
    ("find_campaign", "read_campaign", "send_campaign", "delete_campaign"), FILLED
)
AUDIENCE = [DEEDS[one] for one in ("upsert", "unsubscribe", "erase", "lookup")]


def deeds_of(provider):
    """The deeds that a provider is able to do, in order. All with an API can be set up."""
    setup = "check", "install_hooks"
    return [deed for deed in DEEDS if deed in setup or hasattr(provider, deed.split()[0])]


def first_deed(provider):
    """Sending, or keeping a contact where no mail is sent."""
    return DEEDS[deeds_of(provider)[0]]


def prepare(provider, deed):
    """Do what has to be done before, as far as the provider is able to."""
    for one in PREPARED.get(deed, ()):
        if one in deeds_of(provider):
            DEEDS[one](provider)
