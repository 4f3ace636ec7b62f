"""What features hold about a person, by address or number in any form."""

import pytest
from sqlalchemy import Text

from portal import people
from portal.extensions import db
from portal.inbox.incoming import services as incoming
from portal.inbox.models import Conversation
from portal.newsletter import retention
from portal.newsletter import services as newsletter
from portal.people import Person
from portal.providers.values import InboundEmail
from portal.providers.webhooks import values
from portal.stories.guardian import services as guardians
from tests.inbox import a_conversation
from tests.inbox.mails import reply_address
from tests.newsletter import a_subscriber
from tests.stories import a_draft, a_story, a_young_story, approved, handed_over

ADA, NUMBER = "ada@bücher.example", "07700 900123"
FORMS = [
    Person.of(["ADA@bücher.example"]),
    Person.of(["ada@xn--bcher-kva.example"]),
    Person.of([""], ["+44 (0)7700 900 123"]),
    Person.of(["eve@example.org"], ["00447700900123"]),
]


def found(person):
    """How many things each holder has, without those that have none."""
    kept = {one.holder.name: one.number for one in people.gather(person, 5)}
    db.session.commit()
    return kept


@pytest.mark.parametrize("person", FORMS)
def test_a_person_is_found_by_address_and_number_in_any_form(app, person):
    a_conversation(email=ADA, phone=NUMBER)
    a_conversation(email="eva@example.org", phone="07700 900124")
    a_story(email=ADA, phone=NUMBER)
    a_subscriber(ADA)

    kept = {"messages": 2, "stories": 1, "newsletter": 1}  # each story has its conversation too
    if not person.addresses & Person.of([ADA]).addresses:
        del kept["newsletter"]
    assert found(person) == kept


def test_a_mail_in_the_conversation_of_somebody_else_is_found_by_the_team_alone(app):
    talk = a_conversation(email="boss@example.org")
    sender = values.address("Ada <ADA@xn--bcher-kva.example>")
    incoming.receive(InboundEmail(sender, (reply_address(talk),), text="He is away."), "local")

    assert found(Person.of([ADA])) == {"messages": 1}
    assert "messages" not in found(Person.of([ADA], asks=True))


def test_nobody_is_found_by_nothing(app):
    a_conversation(email="", phone="")

    assert found(Person.of([""], ["none"])) == {}


@pytest.mark.parametrize("phone", ["", "+44 7700 900124"])
def test_a_number_that_is_changed_or_erased_leads_nowhere_any_more(app, phone):
    conversation = a_conversation(phone=NUMBER)
    conversation.phone = phone
    db.session.commit()

    assert found(Person.of(numbers=[NUMBER])) == {}
    assert bool(found(Person.of(numbers=[phone]))) == bool(phone)


def test_the_team_hears_nothing_of_a_story_that_was_not_sent(app, work):
    a_draft(email=ADA)
    newsletter.hold(ADA, [], "plain", ["Too quick"])

    assert found(Person.of([ADA])) == {}
    assert found(Person.of([ADA], asks=True)) == {"stories": 1, "newsletter": 1}


def test_a_guardian_hears_of_a_story_once_they_were_asked(app):
    guardian = Person.of(["MAYA@example.org"], asks=True)
    story = handed_over(a_young_story())
    assert found(guardian) == {}
    approved(story)

    assert found(guardian)["guardian"] == 1
    guardians.take_back(story)
    assert "guardian" not in found(Person.of(["maya@example.org"]))


def test_only_the_newest_are_read_and_the_others_follow(app):
    ids = [a_conversation(email=ADA).id for _ in range(5)]
    (messages,) = people.gather(Person.of([ADA]), 2)

    assert messages.number == 5
    assert [one.id for one in messages.newest] == [ids[4], ids[3]]
    older = messages.holder.find(Person.of([ADA]), 9, ids[3])
    assert [one.id for one in older] == ids[2::-1]


# Nobody typed these, or the team did.
OURS = {
    "about",
    "email_key",
    "folder",
    "guardian_key",
    "key",
    "language",
    "level_reason",
    "phone_key",
}
OURS |= {"phrase", "search", "slug", "submission", "trouble"}


@pytest.mark.parametrize("make", [a_conversation, a_draft])
def test_what_is_told_has_each_text_that_is_kept(app, make):
    row = make(email=ADA)
    texts = {one.name for one in row.__table__.columns if isinstance(one.type, Text)} - OURS
    kept = {name: f"the {name}" for name in texts - {"email"}} | {"email": ADA}
    for name, words in kept.items():
        setattr(row, name, words)
    (kind,) = people.gather(Person.of([ADA], asks=True), 1)
    told = f"{kind.newest[0]} {kind.newest[0].tell()}"
    db.session.rollback()

    assert [name for name, words in kept.items() if words not in told] == []


def test_who_was_erased_is_not_added_to_the_newsletter_again(app):
    a_conversation(email=ADA, phone=NUMBER)
    other = a_conversation(email="eva@example.org", phone="07700 900124")
    people.erase(Person.of([ADA], asks=True))
    db.session.commit()

    assert found(Person.of([ADA], [NUMBER], asks=True)) == {}
    assert db.session.query(Conversation).filter_by(subject="Erased").count() == 1
    assert other.subject != "Erased"
    assert retention.erased(ADA)
