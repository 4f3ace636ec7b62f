"""A mail that comes in is one message in the right conversation, whatever is in it."""

from functools import partial

import pytest
from sqlalchemy import select

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox import emails, intake, news, reply_addresses
from portal.inbox.desk import replies
from portal.inbox.incoming import quoting, services
from portal.inbox.models import Change, Conversation, ConversationState, Message
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.mails import GRACE, QUOTED, TEXT, hand_on, item, whole_of
from tests.inbox.mails import reply_address as address_of

on_each_database = pytest.mark.usefixtures("each_database")
HTML = "<html><head><title>T</title></head><style>p{}</style><p>Hello <b>you</b><br>there"


@pytest.fixture
def arrive(client):
    """Hands a mail on to a conversation; returns the newest message."""

    def hand(conversation=None, **changes):
        mail = item(address_of(conversation or a_conversation()), **changes)
        assert hand_on(client, mail).status_code == 200
        return newest()

    return hand


def newest():
    return db.session.scalars(select(Message).order_by(Message.id.desc())).first()


def begun():
    """The conversation that was opened last."""
    return db.session.scalars(select(Conversation).order_by(Conversation.id.desc())).first()


def test_an_answer_becomes_a_message_in_its_conversation_which_wakes_and_the_team_is_told(
    app, arrive, count
):
    conversation = a_conversation()
    conversation.state = ConversationState.CLOSED
    news.opened(conversation.id)  # as whoever closes it does
    mails = count(Outgoing)
    message = arrive(conversation)

    assert message.conversation_id == conversation.id
    assert (message.text, message.quoted) == (TEXT.strip(), QUOTED.strip())
    assert (message.sender, message.way) == ("Grace Hopper", Way.EMAIL)
    assert (conversation.state, message.automatic) == (ConversationState.OPEN, False)
    assert (TEXT + "\n" + QUOTED).replace("\n", "\r\n").encode() in whole_of(message)
    told = db.session.scalars(select(Outgoing).order_by(Outgoing.id)).all()[mails:]
    assert [(row.name, row.address) for row in told] == [("team_notice", app.config["TEAM_EMAIL"])]


@pytest.mark.parametrize(
    "place",
    [
        lambda to: {"To": [], "Recipients": [], "Cc": [{"Address": to}]},
        lambda to: {"To": [{"Address": "else@example.org"}], "Recipients": [to]},
        lambda to: {"To": None, "Recipients": None, "Headers": {"Delivered-To": f"<{to}>"}},
        lambda to: {"To": f"The team <{to.upper()}>", "Recipients": []},
        lambda to: {"To": None, "Recipients": [to.replace("@", "=") + "@relay.example"]},
        lambda to: {"To": None, "Recipients": [f"prvs=1234abcd={to}"]},
        lambda to: {"To": None, "Recipients": [to.replace("+", "%2B")]},
        lambda to: {"Recipients": ["reply@portal.localhost"], "Headers": {"References": f"<{to}>"}},
    ],
    ids=[
        *("copy", "envelope", "delivered-to", "other case"),
        *("a relay's", "signed by a relay", "encoded", "cut, and in the thread"),
    ],
)
def test_the_reply_address_is_found_wherever_it_stands(arrive, place, conversation):
    message = arrive(conversation, **place(address_of(conversation)))

    assert message.conversation_id == conversation.id


@pytest.mark.parametrize("given", ["<ours-1@mail.example>", "ours-1@mail.example", "ours-1"])
@pytest.mark.parametrize(
    "headers",
    [
        {"In-Reply-To": "<ours-1@mail.example>"},
        {"References": "<else@example.org> <ours-1@mail.example> <more@example.org>"},
        {"in-reply-to": "<theirs@example.org>"},
    ],
)
def test_where_a_provider_cuts_the_reply_address_the_thread_leads_there(
    arrive, conversation, headers, given
):
    sending = intake.send(conversation, emails.reply(conversation, "Yes, it is."))
    db.session.flush()
    sending.outgoing.message_id = given
    conversation.messages[0].mail_id = "<theirs@example.org>"
    cut = {"To": "reply@portal.localhost", "Recipients": []}

    assert arrive(conversation, **cut, Headers=headers).conversation_id == conversation.id
    for other in ("<@mail.example> <> <ours-1", "<ours@mail.example>"):
        message = arrive(conversation, **cut, Headers={"References": other}, MessageId=other)
        assert message.conversation_id != conversation.id


def test_a_mail_that_begins_a_thread_names_its_conversation(app, conversation):
    """A provider may give the mail another Message-ID than the one that it tells us."""
    ((name, value),) = replies._thread(conversation)

    assert (name, reply_addresses.read(value)) == ("References", conversation.id)
    assert dict(emails.receipt(conversation).headers)["References"] == value


def test_a_reply_address_signed_with_a_former_key_still_works(app, client, conversation):
    address = address_of(conversation)
    app.config["SECRET_KEY_FALLBACKS"] = ["an-older-one", app.config["SECRET_KEY"]]
    app.config["SECRET_KEY"] = "a-new-secret-that-is-long-enough"
    hand_on(client, item(address))

    assert newest().conversation_id == conversation.id


def test_a_mail_goes_where_its_conversation_was_merged_and_a_ring_takes_it_too(arrive):
    first, second, third = (a_conversation() for _ in range(3))
    first.merged_into_id, second.merged_into_id = second.id, third.id
    assert arrive(first).conversation_id == third.id

    third.merged_into_id = first.id
    assert arrive(first, MessageId="<other@a>").conversation_id in {first.id, second.id, third.id}


@pytest.mark.parametrize(
    ("sender", "shown", "noted"),
    [
        ({"Name": "G", "Address": "else@example.com"}, "G (else@example.com)", [None]),
        ({"Address": "GRACE@Example.ORG"}, "Grace Hopper", []),
    ],
)
def test_another_sender_is_shown_and_noted_and_the_known_one_in_other_letters_is_not(
    arrive, sender, shown, noted
):
    assert arrive(From=sender).sender == shown
    changes = db.session.scalars(select(Change).where(Change.what == "other address"))
    assert [change.after for change in changes] == noted


NO_REPLY = {"Name": "Pool website", "Address": "forms-noreply@pool.example"}

OURS = {"Name": "Our website", "Address": "newsletter@getyourselfactive.org"}


@pytest.mark.parametrize(
    ("sender", "reply_to", "person", "asked"),
    [
        (NO_REPLY, "Ada <ada@example.org>", ("Ada", "ada@example.org"), "ada@example.org"),
        (OURS, "Ada <ada@example.org>", ("Ada", "ada@example.org"), "ada@example.org"),
        (NO_REPLY, "", ("Pool website", NO_REPLY["Address"]), ""),
        (NO_REPLY, "reply@portal.localhost", ("Pool website", NO_REPLY["Address"]), ""),
        (GRACE, "Ada <ada@example.org>", tuple(GRACE.values()), "ada@example.org"),
        (GRACE, "<GRACE@example.org>", tuple(GRACE.values()), ""),
        ({**GRACE, "Name": "ada@example.org"}, "", ("", GRACE["Address"]), ""),
    ],
)
def test_a_websites_form_is_answered_to_whom_it_names_and_any_other_mail_to_its_sender(
    client, sender, reply_to, person, asked
):
    hand_on(client, item(From=sender, Headers={"Reply-To": reply_to}))

    assert (begun().name, begun().email) == person
    original = newest().original
    assert (original.address, original.reply_to) == (sender["Address"], asked)
    assert newest().sender == f"{sender['Name']} ({sender['Address']})"
    assert not newest().automatic


@pytest.mark.parametrize("message_id", ["<a@b>", None, "", " ", "x" * 5000, 7])
def test_the_same_mail_twice_is_one_message_even_without_a_usable_message_id(
    client, count, message_id
):
    mail = item(address_of(a_conversation()), MessageId=message_id)
    other = mail | {"RawTextBody": "Something else"}

    for mails in ([mail], [mail], [mail, mail], [other]):
        assert hand_on(client, *mails).status_code == 200

    assert count(Message) == (2 if message_id == "<a@b>" else 3)


@pytest.fixture
def hand_on_at_once(app, at_once):
    """Hands mails on in the same moment; returns the answers' statuses."""

    def hand(*mails):
        calls = [partial(hand_on, app.test_client(), mail) for mail in mails]
        return [answer.status_code for answer in at_once(*calls)]

    return hand


@on_each_database
def test_the_same_mail_twice_in_one_moment_is_one_message(hand_on_at_once, count):
    mail = item(address_of(a_conversation()))

    assert hand_on_at_once(*[mail] * 4) == [200] * 4
    assert count(Message) == 2


@on_each_database
def test_many_mails_to_one_conversation_in_one_moment_are_all_kept(hand_on_at_once):
    first, second = a_conversation(), a_conversation()
    first.merged_into_id = second.id
    places = [address_of(first), address_of(second)] * 2
    mails = [item(to, MessageId=f"<{number}@a>") for number, to in enumerate(places)]

    assert hand_on_at_once(*mails) == [200] * 4
    assert len(second.messages) == 5


@on_each_database
def test_odd_letters_are_kept_on_every_database(arrive):
    text = "Zoë says 👋 \x00 \ud800 мир\r\nand more"
    headers = {"X-A\x00": "1", "X-B": float("nan"), "X-C": [1, ["deep"]]}
    message = arrive(RawTextBody=text, Subject="A\r\nB\x00", Headers=headers)

    assert message.text == "Zoë says 👋 \ufffd ? мир\nand more"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"RawTextBody": None, "RawHtmlBody": HTML}, "Hello you\nthere"),
        ({"RawTextBody": "a" * 1_000_000}, "a" * quoting.LONGEST + quoting.CUT),
    ],
    ids=["html alone", "very long"],
)
def test_all_words_of_a_mail_are_shown_or_kept(arrive, changes, text):
    message = arrive(**changes)

    assert (message.text, message.quoted) == (text, "")
    given = changes["RawTextBody"] or changes["RawHtmlBody"]
    assert given.replace("\n", "\r\n").encode() in whole_of(message)


@pytest.mark.parametrize("changes", [{"RawTextBody": None}, {"RawTextBody": "  ", "Subject": None}])
def test_a_mail_without_words_still_has_something_to_click_on(client, changes):
    hand_on(client, item(**changes))

    assert begun().subject
    assert newest().text == services.NO_TEXT


def test_a_call_that_is_too_large_is_refused_in_a_word(app, client, count):
    app.config["INBOUND_MAX_MB"] = 1
    answer = hand_on(client, item(RawTextBody="x" * 1024 * 1024))

    assert (answer.status_code, answer.mimetype) == (413, "text/plain")
    assert count(Message) == 0


def test_the_secret_may_come_in_the_address_of_who_hands_mail_on(client, count):
    asked = "inbound?x=%FF&secret=what%2Dwe%2Dtold-Brevo"
    for address, status in ((f"brevo/{asked}", 200), (f"local/{asked}", 403)):
        answer = hand_on(client, item(), headers={}, address=f"/hooks/{address}")
        assert answer.status_code == status

    assert count(Message) == 1


WRONG = [None, 7, "text", [], {}, [None], [[]], {"Address": 7}, True]


@pytest.mark.parametrize("mail", [{}, *(dict.fromkeys({**item()}, wrong) for wrong in WRONG)])
def test_fields_that_are_missing_or_of_the_wrong_kind_are_read_as_far_as_they_go(client, mail):
    assert hand_on(client, mail).status_code == 200
    assert newest().sender in {"Unknown sender", "text"}


def test_what_lies_too_deep_in_a_call_loses_no_mail(arrive):
    deep = value = []
    for _ in range(500):
        value.append([])
        value = value[0]

    assert arrive(Headers=deep).text == TEXT.strip()


def test_one_mail_that_fails_keeps_the_others_and_is_asked_for_again(client, count, monkeypatch):
    to = address_of(a_conversation())
    mails = [item(to, MessageId=f"<{number}@a>", Subject=str(number)) for number in range(3)]
    add = services._add

    def break_on_one(mail, text, why):
        message = add(mail, text, why)
        if mail.subject == "1":
            raise RuntimeError("a reason of ours")
        return message

    with monkeypatch.context() as broken:
        broken.setattr(services, "_add", break_on_one)
        assert (hand_on(client, *mails).status_code, count(Message)) == (503, 3)

    assert (hand_on(client, *mails).status_code, count(Message)) == (200, 4)


def test_a_mail_to_spam_stays_there_and_wakes_nobody(arrive, count, conversation):
    conversation.state = ConversationState.SPAM
    mails = count(Outgoing)

    assert arrive(conversation).conversation_id == conversation.id
    assert conversation.state is ConversationState.SPAM
    assert count(Outgoing) == mails
