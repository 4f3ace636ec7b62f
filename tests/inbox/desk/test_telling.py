"""Colleagues hear of what is given to them and where they are named, if they choose so."""

import pytest

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox import emails, intake
from portal.inbox.desk import replies, services, telling
from portal.inbox.models import ConversationState
from portal.team.models import Role
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.desk import path
from tests.team import a_member


@pytest.fixture
def ann(app):
    return a_member(name="Ann")


@pytest.fixture
def told(app):
    """Which mails colleagues got, as (address, subject); none quotes a name or a word."""

    def read():
        rows = db.session.query(Outgoing).filter_by(name="member_notice").order_by(Outgoing.id)
        said = str([row.payload for row in rows])
        assert not [word for word in ("Grace", "pool", "Ann", "secret") if word in said]
        return [(row.address, row.payload["subject"].partition(":")[0]) for row in rows]

    return read


GIVEN, NAMED = "You were given something to look after", "You are named in a note"


def give(conversation, to, by):
    services.change(conversation, by, {}, owner_id=to and to.id)


def test_whoever_is_given_a_conversation_hears_of_it_with_a_link(told, ann, ben, conversation):
    give(conversation, ben, ann)

    assert told() == [(ben.email, GIVEN)]
    mail = db.session.query(Outgoing).filter_by(name="member_notice").one().payload
    assert f"http://portal.test/inbox/{conversation.id}" in mail["text"]


def test_nobody_hears_of_what_they_took_or_lost_or_did_not_want_to_hear(
    told, ann, ben, conversation
):
    give(conversation, ann, ann)
    give(conversation, None, ben)
    ben.told_of_items = False
    db.session.commit()
    give(conversation, ben, ann)
    services.change(conversation, ann, {}, tags=["pool"])
    replies.add_note(conversation, ann, "@Ben, and I: @Ann")

    assert told() == []


def test_of_many_that_were_given_at_once_one_mail_tells(told, ann, ben):
    chosen = {a_conversation().id: {} for _ in range(3)}
    services.change_many(chosen, ann, {"owner_id": ben.id})

    assert told() == [(ben.email, GIVEN)]
    mail = db.session.query(Outgoing).filter_by(name="member_notice").one().payload
    assert "http://portal.test/inbox/?owner=me" in mail["text"]


@pytest.mark.parametrize(
    ("note", "named"),
    [
        ("@Ben, can you? It is a secret.", ["ben"]),
        ("(@ben) and @BEN.", ["ben"]),
        ("@Cleo and @Ben: look", ["ben", "cleo"]),
        ("@ada.b is somebody else than @Ada.B and @ada", ["ada.b"]),
        ("@Benny, ben@Ben.example, @ Ben, @Ben-Ali and @nobody", []),
    ],
)
def test_a_name_behind_an_at_in_a_note_tells_that_colleague(
    told, ann, ben, conversation, note, named
):
    a_member(Role.READER, name="Cleo")
    a_member(name="Ada Byron", email="ada.b@team.example")
    a_member(name="Ada Lovelace", email="ada.l@team.example")
    written = replies.add_note(conversation, ann, note)

    replies.correct(written, conversation, ann, f"{note} Thank you.", seen=0)

    assert sorted(told()) == [(f"{one}@team.example", NAMED) for one in named]


def test_the_page_says_which_names_work(visit_plain, ada, ben, conversation):
    a_member(name="Ada Byron", email="ada.b@team.example")

    page = visit_plain(path(conversation))
    assert "write @ with their name: @ada, @ada.b, @Ben." in page.text
    assert [*telling.names([ben])] == ["Ben"]


@pytest.mark.parametrize(
    "change",
    [{"active": False}, {"role": Role.READER}],
    ids=["has left", "only reads"],
)
def test_notices_of_what_is_whose_who_cannot_answer_go_to_the_team(app, ben, conversation, change):
    conversation.owner_id = ben.id
    for name, value in change.items():
        setattr(ben, name, value)
    db.session.commit()
    for news in ("again", "trouble", "turn"):
        mail = emails.team_notice(conversation, news)
        assert mail.to.email == app.config["TEAM_EMAIL"]
    before = db.session.query(Outgoing).count()
    intake.add_incoming(conversation, "I want to die.", way=Way.WEB)
    db.session.commit()

    assert db.session.query(Outgoing).count() == before + 1
    assert conversation.state is ConversationState.NEW
