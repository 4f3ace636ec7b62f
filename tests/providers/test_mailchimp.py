"""What is truly Mailchimp's: who may come back."""

from .mailchimp import MEMBER
from .ours import CONTACT, ZOE


def test_who_left_by_mailchimps_link_is_asked_by_mailchimp(provider, fake):
    fake.left.add(MEMBER.rpartition("/")[2])
    provider.upsert(CONTACT)

    assert fake.contacts[ZOE]["status"] == "pending"
    assert not provider.lookup(ZOE).subscribed
