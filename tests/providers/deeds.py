"""All that is done at providers, by the name of the method, on the same mail and contact."""

import json

from portal import providers
from portal.providers.values import Contact, Email

from .ours import BARE, CONTACT, EMAIL, KEY, OTHER_KEY, POOR, SITE, UNUSUAL, ZOE

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
    "fetch_mail": lambda it: it.fetch_mail("5d5c8a3c-0f0e-4c0f-8a55-6a4ec5e4f0aa"),
    "erase": lambda it: it.erase(ZOE),
    "erase unusual": lambda it: it.erase(UNUSUAL),
    "check": lambda it: list(providers.check(it, SITE)),
    "install_hooks": lambda it: list(providers.install_hooks(it, SITE)),
}
# What has to be there for a deed to find something.
PREPARED = {"find": ["send another", "send"]}
PREPARED |= {one: ["upsert"] for one in ("unsubscribe", "erase", "lookup", "everyone")}
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
