"""What is truly MailerLite's: groups, states and cursors."""

from dataclasses import replace

from .ours import CONTACT, ZOE


def test_only_who_is_in_our_group_is_listed(make):
    make().upsert(CONTACT)
    make(list_id="8").upsert(replace(CONTACT, email="other@example.org"))

    assert [one.email for one in make().everyone()] == [ZOE]
    assert len(list(make(list_id="").everyone())) == 2
