"""Mail that people simply write is a message that waits for us; what looks otherwise is held."""

import pytest
from sqlalchemy import select

from portal.delivery.models import Action, Outgoing
from portal.extensions import db
from portal.inbox import tasks
from portal.inbox.incoming import doubts, services
from portal.inbox.models import Conversation, ConversationState, Kind
from portal.providers.values import Address, InboundEmail, Screening
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.mails import hand_on, item, reply_address

TEAM = "media@getyourselfactive.org"


def receive(sender="jo@example.org", headers=None, **values):
    """Take one mail in; returns the conversation that it began."""
    number = len(db.session.scalars(select(Conversation)).all())
    values = {"text": "Is the pool warm?", "message_id": f"<{number}@example.org>"} | values
    pairs = tuple((headers or {}).items())
    services.receive(InboundEmail(Address(sender, "Jo"), headers=pairs, **values), "brevo")
    return db.session.scalars(select(Conversation).order_by(Conversation.id.desc())).first()


def left():
    """What was queued: each mail with whom it is for, and each alert."""
    rows = db.session.scalars(select(Outgoing).order_by(Outgoing.id)).all()
    return [
        row.payload["title"] if row.action is Action.ALERT else (row.name, row.address)
        for row in rows
    ]


ONE = "Held for a check: 1 message"
NEWS, RECEIPT = ("team_notice", TEAM), ("contact_receipt", "jo@example.org")


@pytest.mark.usefixtures("ringing")
@pytest.mark.parametrize(
    ("sender", "words", "kind", "outlet", "alerts"),
    [
        ("jo@example.org", "Is the pool warm?", Kind.MESSAGE, "", []),
        ("jo@example.org", "The deadline for entries is over", Kind.MESSAGE, "", []),
        ("jo@example.org", "I am writing an article on swimming", Kind.PRESS, "", ["new"]),
        ("jo@example.org", "My deadline is 5pm", Kind.PRESS, "", ["new"]),
        ("jo@news.bbc.co.uk", "Is the pool warm?", Kind.PRESS, "BBC", ["new"]),
        ("jo@notbbc.co.uk", "Is the pool warm?", Kind.MESSAGE, "", []),
    ],
)
def test_a_mail_to_the_team_waits_like_the_form_with_its_kind_guessed(
    app, sender, words, kind, outlet, alerts
):
    conversation = receive(sender, text=words, subject="Hello")

    assert (conversation.state, conversation.doubts) == (ConversationState.NEW, "")
    assert (conversation.kind, conversation.outlet) == (kind, outlet)
    assert (conversation.reply_by, conversation.deadline_at) == (Way.EMAIL, None)
    told = [f"A {one} press enquiry" for one in alerts]
    assert left() == [NEWS, *told, ("contact_receipt", sender)]


DOUBTFUL = {
    doubts.FORGED: [
        {"recipients": (to,)}
        for to in ("reply+9-abcdefghijklmnop@portal.localhost", "reply+x@portal.localhost")
    ],
    doubts.NOBODY: [{"sender": ""}],
    doubts.UNPROVEN: [
        *({"screening": Screening(spf=spf)} for spf in ("fail", "softfail")),
        {"screening": Screening(spf="none", dkim="fail")},
        {"headers": {"Authentication-Results": "mx.example; spf=none; dmarc=fail (p=none)"}},
    ],
    doubts.SPAM: [
        {"screening": Screening(5.0)},
        *({"headers": {name: "Yes, score=7"}} for name in ("X-Spam-Status", "X-Spam-Flag")),
    ],
    doubts.AUTOMATIC: [{"headers": {"Auto-Submitted": "auto-replied"}}, {"sender": TEAM}],
    doubts.NO_ANSWERS: [{"sender": "no-reply@shop.example"}],
    doubts.MANY_READERS: [
        {"headers": {"List-Unsubscribe": "<mailto:a@example.org>"}},
        {"headers": {"List-Id": "News <news.example.org>"}},
        *({"headers": {"Precedence": words}} for words in ("bulk", "List")),
    ],
}


@pytest.mark.usefixtures("ringing")
@pytest.mark.parametrize(
    ("doubt", "mail"), [(doubt, mail) for doubt, each in DOUBTFUL.items() for mail in each]
)
def test_what_looks_forged_or_machine_made_is_held_and_nobody_is_told_at_once(app, doubt, mail):
    conversation = receive(**mail, subject="My deadline")

    assert (conversation.state, conversation.doubts) == (ConversationState.HELD, doubt)
    assert left() == []


@pytest.mark.parametrize(
    "mail",
    [
        {"screening": Screening(4.9, spf="softfail", dkim="pass")},
        {"screening": Screening(-2.0, spf="pass", dkim="fail")},
        {"screening": Screening(spf="neutral", dkim="none")},
        {"headers": {"X-Spam-Status": "No, score=1"}},
        {"headers": {"List-Id": f"<{TEAM.replace('@', '.')}>", "Precedence": "list"}},
        {"headers": {"Reply-To": "jo@example.org"}, "sender": "noreply@pool.example"},
    ],
    ids=["forwarded", "through a list", "a small domain", "no spam", "our group", "a form"],
)
def test_what_people_send_in_other_ways_is_not_held(app, mail):
    conversation = receive(**mail)

    assert (conversation.state, conversation.email) == (ConversationState.NEW, "jo@example.org")
    assert left() == [NEWS, RECEIPT]


def test_one_sender_gets_one_receipt_a_day(app, clock):
    for _ in range(2):
        receive()

    states = [row.state for row in db.session.query(Outgoing).filter_by(name="contact_receipt")]
    assert states == ["queued", "cancelled"]


@pytest.mark.parametrize("env", [{"RATELIMIT_ENABLED": "1"}], indirect=True)
def test_of_many_mails_in_an_hour_from_one_or_from_all_the_rest_is_held(app, client, clock):
    of_one = [receive().doubts for _ in range(6)]
    answered = a_conversation()
    hand_on(client, *(item(reply_address(answered), MessageId=f"<{n}@x>") for n in range(70)))
    of_all = [receive(f"jo{number}@example.org").doubts for number in range(56)]

    assert of_one == [""] * 5 + ["Many came from one person in an hour"]
    assert of_all == [""] * 54 + ["Many came from one place in an hour"] * 2
    assert answered.state is ConversationState.NEW


@pytest.mark.parametrize("message_id", ["<ours-1@mail.example>", "<other@x>", ""])
def test_a_notice_of_ours_that_the_teams_mailbox_forwards_begins_no_ring(app, clock, message_id):
    receive()
    for row in db.session.scalars(select(Outgoing)):
        row.message_id = "ours-1@mail.example"
    db.session.commit()
    before = db.session.query(Conversation).count()
    receive(TEAM, headers={"Auto-Submitted": "auto-generated"}, message_id=message_id)
    clock.shift(600)
    tasks.tell_of_held.call_local()

    is_ours = message_id == "<ours-1@mail.example>"
    assert db.session.query(Conversation).count() == before + (not is_ours)
    assert db.session.query(Outgoing).filter_by(name="held_notice").count() == 0


@pytest.mark.usefixtures("each_database")
def test_the_team_hears_within_the_hour_of_all_that_was_held_once(app, clock):
    told = []
    for minute in range(200):
        if minute in {0, 1, 30, 190}:
            receive(headers={"Precedence": "bulk"})
        if minute == 20:
            receive()
        for _ in range(2):
            tasks.tell_of_held.call_local()
        notices = db.session.query(Outgoing).filter_by(name="held_notice")
        rows = notices.order_by(Outgoing.id).all()
        told += [(minute, row.payload["subject"]) for row in rows[len(told) :]]
        db.session.commit()
        clock.shift(60)

    assert told == [(0, ONE), (61, "Held for a check: 2 messages"), (190, ONE)]
    assert "jo@example.org" not in str([row.payload for row in rows])
