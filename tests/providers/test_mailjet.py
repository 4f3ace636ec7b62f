"""What exactly Mailjet is told, and what its answers mean."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest

from portal.providers.errors import Busy, Denied, Refused, SetupError, TryLater, Uncertain
from portal.providers.mailjet.adapter import Mailjet
from portal.providers.values import Address, KnownContact, MailFile, Receipt

from .conftest import API_KEY, KEY
from .fake_mailjet import FakeMailjet

pytestmark = pytest.mark.enable_socket

API_SECRET = FakeMailjet.settings["api_secret"]
CHOSEN = {
    "topics": "walking,swimming",
    "format": "easy-read",
    "name": "Zoë Müller",
    "preferences_url": "https://example.com/p/abc",
}


@pytest.fixture
def fake(socket_enabled):
    with FakeMailjet(api_key=API_KEY) as server:
        yield server


@pytest.fixture
def make(fake):
    made = []

    def make(**settings):
        usual = {"api_key": API_KEY, "api_url": fake.url}
        made.append(Mailjet(usual | FakeMailjet.settings | settings))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def mailjet(make):
    return make()


def calls(fake, start=0):
    return [f"{call['method']} {call['path']}" for call in fake.calls[start:]]


def test_a_mail_is_sent_with_all_that_it_says_and_nobody_is_watched(fake, mailjet, email):
    file = MailFile("lake.png", b"hello", "image/png")

    receipt = mailjet.send(replace(email, attachments=(file,)), KEY)

    pair = b64encode(f"{API_KEY}:{API_SECRET}".encode()).decode()
    assert receipt == Receipt("576460752303423488")
    assert calls(fake) == ["POST /v3.1/send"]
    assert fake.calls[0]["headers"]["authorization"] == f"Basic {pair}"
    assert fake.calls[0]["body"] == {
        "Messages": [
            {
                "From": {"Email": "hello@example.com", "Name": "Get Yourself Active"},
                "To": [{"Email": "zoe@example.org", "Name": "Zoë Müller, Leeds"}],
                "ReplyTo": {"Email": "team@example.com", "Name": "The media team"},
                "Subject": "Confirm your address: it takes a moment, Zoë",
                "TextPart": email.text,
                "HTMLPart": email.html,
                "CustomID": KEY,
                "CustomCampaign": "confirm_signup",
                "TrackOpens": "disabled",
                "TrackClicks": "disabled",
                "Headers": {
                    "List-Unsubscribe": "<https://example.com/u/abc>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                    "X-Programme": "=?utf-8?b?U2FudMOp?=",
                },
                "Attachments": [
                    {
                        "ContentType": "image/png",
                        "Filename": "lake.png",
                        "Base64Content": "aGVsbG8=",
                    }
                ],
            }
        ]
    }


def test_what_is_empty_is_left_out(fake, mailjet, email):
    bare = replace(email, name="", to=Address("a@example.org"), reply_to=None, headers=())

    mailjet.send(bare, KEY)

    assert fake.mails[0]["To"] == [{"Email": "a@example.org"}]
    assert fake.mails[0]["Headers"] == {}
    assert not fake.mails[0].keys() & {"ReplyTo", "CustomCampaign", "Attachments"}


def test_a_long_subject_is_cut_and_no_line_can_bring_in_a_header(fake, mailjet, email):
    headers = (("X-A", "1\r\nX-B: 2"),)

    mailjet.send(replace(email, subject="a\nBcc: b@c.d" + "é" * 300, headers=headers), KEY)

    assert fake.mails[0]["Subject"].startswith("a Bcc: b@c.dé")
    assert len(fake.mails[0]["Subject"]) == 255
    assert fake.mails[0]["Headers"] == {"X-A": "1 X-B: 2"}


def test_headers_that_mailjet_makes_itself_are_left_to_it(fake, mailjet, email):
    headers = (("Message-ID", "<a@b.c>"), ("In-Reply-To", "<d@e.f>"), ("References", "<d@e.f>"))

    mailjet.send(replace(email, headers=headers), KEY)

    assert fake.mails[0]["Headers"] == {"In-Reply-To": "<d@e.f>", "References": "<d@e.f>"}


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("mj-0003", 400, Refused),
        ("mj-0013", None, Refused),
        ("mj-0013", "400", Refused),
        ("mj-0015", 401, Denied),
        ("send-0008", 403, Denied),
        ("mj-9999", 429, Busy),
        ("mj-9999", 500, TryLater),
    ],
)
def test_a_mail_may_be_turned_down_in_an_answer_that_is_no_error(
    fake, mailjet, email, code, status, error
):
    fake.refuses = {"ErrorCode": code, "StatusCode": status, "ErrorMessage": "Not like this."}

    with pytest.raises(error, match=f"{code} Not like this") as caught:
        mailjet.send(email, KEY)

    assert type(caught.value) is error
    assert fake.mails == []


def test_a_sender_that_is_not_validated_is_named(fake, mailjet, email):
    error = {"ErrorCode": "send-0008", "StatusCode": 403, "ErrorMessage": "No such sender"}
    fake.act = lambda _: (403, {"Messages": [{"Status": "error", "Errors": [error]}]})

    with pytest.raises(Denied, match="MAIL_FROM"):
        mailjet.send(email, KEY)


@pytest.mark.parametrize(
    "data", [None, [], {}, {"Messages": []}, {"Messages": [7]}, {"Messages": [{"To": []}]}]
)
def test_an_answer_that_says_neither_leaves_the_mail_uncertain(fake, mailjet, email, data):
    fake.act = lambda _: (200, data)

    with pytest.raises(Uncertain):
        mailjet.send(email, KEY)


def test_a_refusal_does_not_repeat_our_keys(fake, mailjet, email):
    fake.act = lambda _: (401, {"ErrorCode": "mj-0015", "ErrorMessage": f"{API_KEY}:{API_SECRET}"})

    with pytest.raises(Denied, match="MAILJET_API_KEY") as caught:
        mailjet.send(email, KEY)

    assert API_KEY not in str(caught.value)
    assert API_SECRET not in str(caught.value)


def test_a_mail_is_found_by_its_key(fake, mailjet, email):
    mailjet.send(email, "another")
    sent = mailjet.send(email, KEY)

    assert mailjet.find(KEY, email.to.email) == sent
    assert mailjet.find("no such key", email.to.email) is None


def test_a_search_that_knows_no_keys_finds_nothing(fake, mailjet):
    fake.act = lambda _: (200, {"Data": [{"ID": 1, "CustomID": "another"}, {"ID": 2}, None]})

    assert mailjet.find(KEY, "zoe@example.org") is None


def test_a_contact_is_put_on_the_list_and_mail_may_go_to_it_again(fake, mailjet, contact):
    mailjet.upsert(contact)

    assert calls(fake) == [
        "POST /v3/REST/contactslist/7/managecontact",
        "PUT /v3/REST/contact/zoe%40example.org",
    ]
    assert fake.calls[0]["body"] == {
        "Action": "addforce",
        "Email": "zoe@example.org",
        "Name": "Zoë Müller",
        "Properties": CHOSEN,
    }
    assert fake.calls[1]["body"] == {"IsExcludedFromCampaigns": False}


def test_a_contact_that_is_not_there_yet_is_tried_later(fake, mailjet, contact):
    act = fake.act
    fake.act = lambda call: (404, {}) if call["method"] == "PUT" else act(call)

    with pytest.raises(TryLater, match="yet"):
        mailjet.upsert(contact)


def test_many_contacts_go_in_one_call(fake, mailjet, contact):
    people = [replace(contact, email=f"{n}@example.org") for n in range(3)]

    receipt = mailjet.upsert_many(people)

    assert receipt == Receipt("3")
    assert calls(fake) == ["POST /v3/REST/contactslist/7/managemanycontacts"]
    assert fake.calls[0]["body"]["Action"] == "addforce"
    assert fake.calls[0]["body"]["Contacts"][2] == {
        "Email": "2@example.org",
        "Name": "Zoë Müller",
        "IsExcludedFromCampaigns": False,
        "Properties": CHOSEN,
    }


def test_who_leaves_gets_no_campaign_and_is_off_the_list(fake, mailjet, contact):
    mailjet.upsert(contact)
    start = len(fake.calls)

    mailjet.unsubscribe(contact.email)

    assert calls(fake, start) == [
        "PUT /v3/REST/contact/zoe%40example.org",
        "POST /v3/REST/contactslist/7/managecontact",
    ]
    assert [call["body"] for call in fake.calls[start:]] == [
        {"IsExcludedFromCampaigns": True},
        {"Action": "unsub", "Email": "zoe@example.org"},
    ]


def test_nobody_unknown_is_put_on_the_list_by_leaving(fake, mailjet):
    mailjet.unsubscribe("nobody@example.org")

    assert calls(fake) == ["PUT /v3/REST/contact/nobody%40example.org"]
    assert fake.contacts == {}


def test_erasing_takes_the_contact_by_its_number(fake, mailjet, contact):
    mailjet.upsert(replace(contact, email="another@example.org"))
    mailjet.upsert(contact)
    start = len(fake.calls)

    mailjet.erase(contact.email)

    assert calls(fake, start) == [
        "GET /v3/REST/contact/zoe%40example.org",
        "DELETE /v4/contacts/2",
    ]
    assert {*fake.contacts} == {"another@example.org"}


@pytest.mark.parametrize("data", [None, [], {}, {"Data": [{}]}, {"Data": [{"ID": "7"}]}])
@pytest.mark.parametrize("deed", ["erase", "lookup"])
def test_a_contact_that_cannot_be_read_is_tried_later(fake, mailjet, deed, data):
    fake.act = lambda _: (200, data)

    with pytest.raises(TryLater):
        getattr(mailjet, deed)("zoe@example.org")


def test_an_empty_answer_is_nobody(fake, mailjet):
    fake.act = lambda _: (200, {"Count": 0, "Data": []})

    assert mailjet.lookup("zoe@example.org") is None
    assert mailjet.erase("zoe@example.org") == Receipt()


def test_a_contact_is_looked_up_with_what_it_chose(fake, mailjet, contact):
    mailjet.upsert(contact)
    here = mailjet.lookup(contact.email)
    mailjet.unsubscribe(contact.email)
    gone = mailjet.lookup(contact.email)

    assert here == KnownContact(contact.email, subscribed=True, attributes=CHOSEN)
    assert (gone.subscribed, gone.stopped) == (False, True)


@pytest.mark.parametrize("change", [{"IsUnsubscribed": True}, {"IsExcludedFromCampaigns": True}])
def test_who_left_in_either_way_is_stopped(fake, mailjet, contact, change):
    mailjet.upsert(contact)
    fake.contacts[contact.email] |= change

    known = [mailjet.lookup(contact.email), *mailjet.everyone()]

    assert [(one.subscribed, one.stopped) for one in known] == [(False, True)] * 2


def test_somebody_off_our_list_is_not_subscribed_and_not_stopped(fake, mailjet, contact):
    mailjet.upsert(contact)
    fake.contacts[contact.email]["IsOnList"] = False

    known = mailjet.lookup(contact.email)

    assert (known.subscribed, known.stopped) == (False, False)
    assert known.attributes == CHOSEN


def test_everyone_is_read_to_the_last_page(fake, mailjet, contact):
    people = [replace(contact, email=f"{n}@example.org") for n in range(1005)]
    mailjet.upsert_many(people)
    start = len(fake.calls)

    found = list(mailjet.everyone())

    assert [one.email for one in found] == [one.email for one in people]
    assert all(one.subscribed and one.attributes == CHOSEN for one in found)
    assert calls(fake, start).count("GET /v3/REST/contact") == 2
    assert fake.calls[-1]["query"] == {
        "ContactsList": "7",
        "Limit": "1000",
        "Offset": "1000",
        "Sort": "ID",
    }


def test_without_a_list_no_contact_is_taken_and_mail_goes(fake, make, contact, email):
    provider = make(list_id="")

    for call in (provider.upsert, provider.upsert_many):
        with pytest.raises(Refused, match="MAILJET_LIST_ID"):
            call(contact if call == provider.upsert else [contact])
    with pytest.raises(Refused, match="MAILJET_LIST_ID"):
        provider.everyone()
    provider.send(email, KEY)

    assert calls(fake) == ["POST /v3.1/send"]


@pytest.mark.parametrize("list_id", ["seven", "7.5", "-1", "\uff17", "1 2"])
def test_a_list_that_is_no_number_is_named(list_id):
    with pytest.raises(SetupError, match="MAILJET_LIST_ID"):
        Mailjet({"api_key": "k", "api_secret": "s", "list_id": list_id})


def test_without_the_second_key_it_is_not_made():
    with pytest.raises(SetupError, match="MAILJET_API_SECRET"):
        Mailjet({"api_key": "k"})
