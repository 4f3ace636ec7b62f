"""A mail that comes in is one message in the right conversation, whatever is in it."""

import logging
from functools import partial

import pytest
from sqlalchemy import func, select

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox.incoming import services
from portal.inbox.models import Change, Conversation, ConversationState, Message, Original
from portal.providers.values import Address, InboundEmail
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.mails import BEARER, BREVO, QUOTED, SECRET, TEXT, basic, hand_on, item
from tests.inbox.mails import reply_address as address_of


@pytest.fixture
def app(make_app):
    app = make_app(**BREVO)
    with app.app_context():
        yield app


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def newest():
    return db.session.scalars(select(Message).order_by(Message.id.desc())).first()


def held():
    """The one conversation that was opened to be looked at."""
    return db.session.scalars(
        select(Conversation).where(Conversation.state == ConversationState.HELD)
    ).one()


def test_an_answer_becomes_a_message_in_its_conversation_and_wakes_it(app, client):
    conversation = a_conversation()
    conversation.state = ConversationState.CLOSED

    answer = hand_on(client, item(address_of(conversation)))

    message = newest()
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert message.conversation_id == conversation.id
    assert (message.text, message.quoted) == (TEXT.strip(), QUOTED.strip())
    assert (message.sender, message.way) == ("Grace Hopper", Way.EMAIL)
    assert conversation.state is ConversationState.OPEN
    assert not message.automatic


def test_the_whole_mail_is_kept(app, client):
    mail = item(address_of(a_conversation()))

    hand_on(client, mail)

    assert db.session.get(Original, newest().id).content == mail


def test_the_team_is_told_and_nobody_else_is_mailed(app, client):
    conversation = a_conversation()
    before = count(Outgoing)

    hand_on(client, item(address_of(conversation)))

    told = db.session.scalars(select(Outgoing).order_by(Outgoing.id)).all()[before:]
    assert [(row.name, row.address) for row in told] == [("team_notice", app.config["TEAM_EMAIL"])]


@pytest.mark.parametrize(
    "place",
    [
        lambda to: {"To": [], "Recipients": [], "Cc": [{"Address": to}]},
        lambda to: {"To": [{"Address": "else@example.org"}], "Recipients": [to]},
        lambda to: {"To": None, "Recipients": None, "Headers": {"Delivered-To": f"<{to}>"}},
        lambda to: {"To": f"The team <{to.upper()}>", "Recipients": []},
    ],
    ids=["copy", "envelope", "delivered-to", "other case"],
)
def test_the_reply_address_is_found_wherever_it_stands(app, client, place):
    conversation = a_conversation()

    hand_on(client, item(**place(address_of(conversation))))

    assert newest().conversation_id == conversation.id


def test_a_reply_address_signed_with_a_former_key_still_works(make_app):
    old, new = "an-old-secret-that-is-long-enough", "a-new-secret-that-is-long-enough"
    app = make_app(**BREVO, SECRET_KEY=new, SECRET_KEY_FALLBACKS=f"{old} {old}-er")
    with app.app_context():
        conversation = a_conversation()
        app.config["SECRET_KEY"] = old
        address = address_of(conversation)
        app.config["SECRET_KEY"] = new

        hand_on(app.test_client(), item(address))

        assert newest().conversation_id == conversation.id


@pytest.mark.parametrize(
    ("forge", "doubt"),
    [
        (lambda to: to.replace("+1-", "+2-"), services.FORGED),
        (lambda to: to.replace("@", "x@"), services.FORGED),
        (lambda to: "reply+nonsense@portal.localhost", services.FORGED),
        (lambda to: "reply@portal.localhost", services.NO_ADDRESS),
        (lambda to: "somebody@example.org", services.NO_ADDRESS),
    ],
)
def test_a_mail_to_no_conversation_is_held_and_tells_nobody(app, client, forge, doubt):
    conversation = a_conversation()
    mails = count(Outgoing)

    answer = hand_on(client, item(forge(address_of(conversation))))

    assert answer.status_code == 200
    assert held().doubts == doubt
    assert (held().name, held().email) == ("Grace Hopper", "grace@example.org")
    assert held().subject == "Re: Is the pool warm?"
    assert held().reply_by is Way.EMAIL
    assert len(conversation.messages) == 1
    assert count(Outgoing) == mails


def test_a_mail_to_a_conversation_that_is_gone_is_held(app, client):
    gone = address_of(Conversation(id=77))

    hand_on(client, item(gone))

    assert held().doubts == services.GONE


def test_a_mail_goes_where_its_conversation_was_merged(app, client):
    first, second, third = (a_conversation() for _ in range(3))
    first.merged_into_id, second.merged_into_id = second.id, third.id

    hand_on(client, item(address_of(first)))

    assert newest().conversation_id == third.id


def test_conversations_that_were_merged_in_a_ring_still_take_mail(app, client):
    first, second = a_conversation(), a_conversation()
    first.merged_into_id, second.merged_into_id = second.id, first.id

    assert hand_on(client, item(address_of(first))).status_code == 200
    assert newest().conversation_id in {first.id, second.id}


def test_another_sender_is_shown_and_noted(app, client):
    conversation = a_conversation()
    other = {"Name": "Grace Hopper", "Address": "else@example.com"}

    hand_on(client, item(address_of(conversation), From=other))

    noted = db.session.scalars(select(Change).where(Change.what == "other address")).one()
    assert newest().sender == "Grace Hopper (else@example.com)"
    assert (noted.conversation_id, noted.after) == (conversation.id, None)


def test_the_known_sender_in_other_letters_is_not_noted(app, client):
    conversation = a_conversation()

    hand_on(client, item(address_of(conversation), From={"Address": "GRACE@Example.ORG"}))

    assert newest().sender == "Grace Hopper"
    assert "other address" not in db.session.scalars(select(Change.what)).all()


def test_the_same_mail_twice_is_one_message(app, client):
    mail = item(address_of(a_conversation()))

    answers = [hand_on(client, mail), hand_on(client, mail), hand_on(client, mail, mail)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert count(Message) == 2


@pytest.mark.parametrize("message_id", [None, "", " ", "x" * 5000, 7])
def test_a_mail_without_a_usable_message_id_twice_is_one_message(app, client, message_id):
    mail = item(address_of(a_conversation()), MessageId=message_id)
    other = mail | {"RawTextBody": "Something else"}

    for one in (mail, mail, other):
        hand_on(client, one)

    assert count(Message) == 3


@pytest.fixture
def hand_on_at_once(app, at_once):
    """Hands mails on in the same moment; returns the answers' statuses."""

    def hand(*mails):
        calls = [partial(hand_on, app.test_client(), mail) for mail in mails]
        return [answer.status_code for answer in at_once(*calls)]

    return hand


@pytest.mark.usefixtures("each_database")
def test_the_same_mail_twice_in_one_moment_is_one_message(hand_on_at_once):
    mail = item(address_of(a_conversation()))

    assert hand_on_at_once(*[mail] * 4) == [200] * 4
    assert count(Message) == 2


@pytest.mark.usefixtures("each_database")
def test_many_mails_to_one_conversation_in_one_moment_are_all_kept(hand_on_at_once):
    first, second = a_conversation(), a_conversation()
    first.merged_into_id = second.id
    places = [address_of(first), address_of(second)] * 2
    mails = [item(to, MessageId=f"<{number}@a>") for number, to in enumerate(places)]

    assert hand_on_at_once(*mails) == [200] * 4
    assert len(second.messages) == 5


@pytest.mark.usefixtures("each_database")
def test_odd_letters_are_kept_on_every_database(app, client):
    conversation = a_conversation()
    text = "Zoë says 👋 \x00 \ud800 мир\r\nand more"
    headers = {"X-A\x00": "1", "X-B": float("nan"), "X-C": [1, ["deep"]]}

    answer = hand_on(
        client,
        item(address_of(conversation), RawTextBody=text, Subject="A\r\nB\x00", Headers=headers),
    )

    assert answer.status_code == 200
    assert newest().text == "Zoë says 👋 \ufffd ? мир\nand more"


def test_a_mail_in_html_only_becomes_text(app, client):
    page = "<html><head><title>T</title></head><style>p{}</style><p>Hello <b>you</b><br>there"

    hand_on(client, item(address_of(a_conversation()), RawTextBody=None, RawHtmlBody=page))

    assert newest().text == "Hello you\nthere"


def test_where_nothing_looks_new_all_of_it_is_shown(app, client):
    hand_on(client, item(address_of(a_conversation()), RawTextBody=QUOTED))

    assert (newest().text, newest().quoted) == (QUOTED.strip(), "")


def test_answers_between_the_quoted_lines_are_not_folded_away(app, client):
    text = "See below.\n\n" + QUOTED + "That is new\n> more\n"

    hand_on(client, item(address_of(a_conversation()), RawTextBody=text))

    assert newest().text == text.strip()


@pytest.mark.parametrize("changes", [{"RawTextBody": None}, {"RawTextBody": "  ", "Subject": None}])
def test_a_mail_without_words_still_has_something_to_click_on(app, client, changes):
    hand_on(client, item(**changes))

    assert held().subject
    assert newest().text == services.NO_TEXT


def test_a_mail_of_25_mb_is_kept_whole_and_shown_in_part(app, client):
    mail = item(address_of(a_conversation()), RawTextBody="All of it. " * 2_300_000)

    answer = hand_on(client, mail)

    original = db.session.get(Original, newest().id)
    assert answer.status_code == 200
    assert len(newest().text) < 200_000
    assert original.content["RawTextBody"] == mail["RawTextBody"]


def test_a_call_that_is_too_large_is_refused_in_a_word(make_app):
    app = make_app(**BREVO, INBOUND_MAX_MB="1")
    with app.app_context():
        answer = hand_on(app.test_client(), item(RawTextBody="x" * 1024 * 1024))

        assert (answer.status_code, answer.mimetype) == (413, "text/plain")
        assert count(Message) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer another"},
        {"Authorization": SECRET},
        {"Authorization": "Basic ???"},
        {"Authorization": "Basic w7w="},
        basic("another"),
    ],
)
def test_a_call_without_the_secret_is_refused_and_changes_nothing(app, client, headers):
    answer = hand_on(client, item(), headers=headers)

    assert (answer.status_code, answer.mimetype) == (403, "text/plain")
    assert count(Message) == 0


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        (BEARER, "/hooks/brevo/inbound"),
        (basic(SECRET), "/hooks/brevo/inbound"),
        ({}, "/hooks/brevo/inbound?secret=what%2Dwe%2Dtold-Brevo"),
        ({}, "/hooks/brevo/inbound?x=%FF&secret=what-we-told-Brevo"),
    ],
)
def test_the_secret_may_come_in_each_way_that_brevo_knows(app, client, headers, address):
    assert hand_on(client, item(), headers=headers, address=address).status_code == 200
    assert count(Message) == 1


@pytest.mark.parametrize("missing", ["BREVO_WEBHOOK_SECRET", "BREVO_API_KEY"])
def test_without_its_setting_every_call_is_refused_and_the_log_names_it(make_app, caplog, missing):
    app = make_app(**{name: value for name, value in BREVO.items() if name != missing})
    with app.app_context(), caplog.at_level(logging.ERROR):
        answers = [
            hand_on(app.test_client(), item(), headers=headers)
            for headers in (BEARER, {}, {"Authorization": "Bearer "})
        ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert missing in caplog.text


@pytest.mark.parametrize(("name", "status"), [("pigeon", 404), ("local", 403)])
def test_an_unknown_provider_is_not_found_and_the_local_one_is_shut(app, client, name, status):
    answer = hand_on(client, item(), address=f"/hooks/{name}/inbound")

    assert (answer.status_code, answer.mimetype) == (status, "text/plain")


UNREADABLE = [
    *(b"", b"{", b"\xff\xfe", b"[]", b"7", b'{"items": null}', b'{"items": {}}', b'{"items": [7]}'),
    b'{"items": [{"MessageId": "<a@b>", "RawTextBody": "Hello"}, null]}',
    *(b"[" * 100_000, b'{"items": [' * 50_000),
]


def test_a_call_that_cannot_be_read_is_refused_and_changes_nothing(app, client):
    for body in UNREADABLE:
        answer = client.post(
            "/hooks/brevo/inbound", data=body, headers=BEARER, content_type="application/json"
        )

        assert (answer.status_code, answer.mimetype) == (400, "text/plain"), body[:30]
    assert count(Message) == 0


def test_a_mail_with_nothing_in_it_is_kept(app, client):
    assert hand_on(client, {}).status_code == 200
    assert newest().sender == "Unknown sender"


@pytest.mark.parametrize("value", [None, 7, "text", [], {}, [None], [[]], {"Address": 7}, True])
def test_fields_of_the_wrong_kind_are_read_as_far_as_they_go(app, client, value):
    mail = {name: value for name in item() if name != "MessageId"}

    assert hand_on(client, mail).status_code == 200
    assert count(Message) == 1


def test_what_lies_too_deep_is_left_out_of_the_original(app, client):
    deep = value = []
    for _ in range(500):
        value.append([])
        value = value[0]

    assert hand_on(client, item(Headers=deep)).status_code == 200
    assert count(Original) == 1


def test_one_mail_that_fails_keeps_the_others_and_is_asked_for_again(app, client, monkeypatch):
    to = address_of(a_conversation())
    mails = [item(to, MessageId=f"<{number}@a>", Subject=str(number)) for number in range(3)]
    add = services._add

    def break_on_one(mail, text):
        message = add(mail, text)
        if mail.subject == "1":
            raise RuntimeError("a reason of ours")
        return message

    monkeypatch.setattr(services, "_add", break_on_one)
    first = hand_on(client, *mails)
    kept = count(Message)
    monkeypatch.undo()
    again = hand_on(client, *mails)

    assert (first.status_code, kept) == (500, 3)
    assert (again.status_code, count(Message)) == (200, 4)


def test_a_mail_to_spam_stays_there_and_wakes_nobody(app, client):
    conversation = a_conversation()
    conversation.state = ConversationState.SPAM
    mails = count(Outgoing)

    hand_on(client, item(address_of(conversation)))

    assert conversation.state is ConversationState.SPAM
    assert count(Outgoing) == mails
    assert count(Message) == 2


def test_who_wrote_is_said_with_the_address():
    mail = InboundEmail(Address("a@b.org", "A"))

    assert services._who(mail) == "A (a@b.org)"
