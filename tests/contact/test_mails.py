"""The mails to people who wrote to us: true, readable, and safe to send to a stranger."""

import re
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.contact import emails
from portal.extensions import db
from portal.inbox import emails as inbox_emails
from portal.ways import Way
from tests.contact import FORM, GRACE, good, latest, links_in, mails_to, send, text_of
from tests.inbox import a_conversation

# Letters that no word of ours has.
STRANGE = st.text(st.characters(min_codepoint=0x0400, max_codepoint=0x04FF), min_size=3)


def test_a_receipt_says_what_happens_leads_to_the_private_page_and_can_be_answered(
    visit_plain, mailbox
):
    send(visit_plain)

    (mail,) = mails_to(mailbox, GRACE)
    saved = latest()
    assert mail["Subject"] == "We have your message to Get Yourself Active"
    for text in (saved.reference, "We answer within 3 working days.", "By email"):
        assert text in text_of(mail)
    assert mail["Reply-To"].addresses[0].addr_spec.startswith("reply+")
    (url,) = links_in(mail)
    assert saved.reference in visit_plain(url).text


def test_a_stranger_cannot_fill_a_mailbox_with_receipts(visit_plain, mailbox, clock):
    for number in range(5):
        email = GRACE.upper() if number % 2 else GRACE
        send(visit_plain, **good(email=email, message=f"No {number}"))
    assert len([mail for mail in mailbox() if "grace" in str(mail["To"]).lower()]) == 1

    clock.shift(timedelta(days=1, minutes=1))
    send(visit_plain, **good(message="Another thing"))
    assert len(mails_to(mailbox, GRACE)) == 2


@given(name=STRANGE, text=STRANGE, needs=STRANGE, helper=STRANGE)
def test_no_word_that_was_typed_is_in_a_mail_to_the_person(app, name, text, needs, helper):
    typed = {"name": name, "text": text, "needs": needs, "helper": helper}
    conversation = a_conversation(**typed, reply_by=Way.HELPER, outlet=name, phone="07700 900000")

    for made in (inbox_emails.receipt(conversation), emails.lost_links(GRACE, [conversation])):
        everything = str(made.to_json())
        for word in (*typed.values(), "07700"):
            assert word not in everything
    db.session.commit()


def test_links_lead_to_the_site_whatever_host_a_stranger_forwards(app, mailbox):
    client = app.test_client()
    names = {"headers": {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}}
    page = client.get(FORM, **names).text
    form = dict(re.findall(r'name="(stamp|csrf_token)"[^>]* value="([^"]*)"', page))

    answer = client.post("/contact/send", data=form | good(), **names)

    assert answer.status_code == 303
    (sent,) = mails_to(mailbox, GRACE)
    assert "evil" not in sent.as_string()
