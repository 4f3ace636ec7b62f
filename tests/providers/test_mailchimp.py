"""What is truly Mailchimp's: names of members, who may come back, and where it is."""

from dataclasses import replace

from portal.providers.mailchimp.adapter import Mailchimp

from .mailchimp import MEMBER
from .ours import CONTACT, ZOE


def test_a_contact_is_put_by_its_address_in_lower_case(provider, fake):
    provider.upsert(replace(CONTACT, email="Zoe@Example.org"))

    (call,) = fake.calls
    assert call["path"] == MEMBER
    assert call["body"]["email_address"] == "Zoe@Example.org"


def test_who_left_by_mailchimps_link_is_asked_by_mailchimp(provider, fake):
    fake.left.add(MEMBER.rpartition("/")[2])
    provider.upsert(CONTACT)

    assert fake.contacts[ZOE]["status"] == "pending"
    assert not provider.lookup(ZOE).subscribed


def test_the_key_says_where_mailchimp_is():
    made = Mailchimp({"api_key": "abc-us6", "list_id": "abc123"})
    told = Mailchimp({"api_key": "abc", "list_id": "abc123", "api_url": "https://eu.example/3.0"})

    assert made.url == "https://us6.api.mailchimp.com/3.0"
    assert told.url == "https://eu.example/3.0"
