"""What is truly Mailchimp's: names of members, and who may come back."""

from dataclasses import replace

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
