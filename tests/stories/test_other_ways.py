"""Somebody whom a storyteller was reached at is told of that, and can have it erased alone."""

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.people import Person
from portal.stories import reach
from portal.stories.models import Story
from portal.stories.reach import Reach
from portal.your_details import services as own
from portal.your_details.desk import services
from tests.stories import ALL_YES, a_story
from tests.test_erasure import standing

HERS, OTHERS, NUMBER = "ada@example.org", "carer@example.org", "07700 900456"


class Left:
    """What must stand nowhere."""

    def left_in(self, text):
        plain = text.replace(" ", "")
        return [one for one in (OTHERS, NUMBER.replace(" ", "")[1:]) if one in plain]


def a_way(**changes):
    return Reach(**{"email": "", "phone": "", "postal": "", "helper": "", **changes})


WAYS = {
    "address": a_way(reply_by="email", email=OTHERS),
    "number": a_way(reply_by="phone", phone=NUMBER),
}


def told_with(way):
    answers = ALL_YES | {"reply_by": way.reply_by}
    return a_story(email=way.email, phone=way.phone, answers=answers)


def reached_before(way):
    story = told_with(way)
    reach.ask(story, a_way(reply_by="email", email=HERS))
    reach.confirm(story, reach.wanted(story).code)
    return story


def asked_for(way):
    story = told_with(a_way(reply_by="phone", phone="07700 900999"))
    reach.ask(story, way)
    return story


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("happens", [reached_before, asked_for])
def test_a_way_that_is_no_more_or_not_yet_is_found_and_goes_alone(app, work, happens, way):
    story = happens(way)
    number, words = story.id, story.text
    db.session.commit()
    work()
    person = Person.of([way.email], [way.phone], whole=True)
    told = str([one.tell() for kind in services.found(person) for one in kind.newest])
    assert way.email in told.replace(" ", "")
    assert way.phone.replace(" ", "") in told.replace(" ", "")
    assert words not in told
    services.erase(person, (), "")
    work()

    assert standing(Left()) == []
    assert db.session.scalars(select(Story.text).where(Story.id == number)).all() == [words]


def test_who_proves_an_old_address_erases_it_and_not_the_story_of_who_had_it_with_them(app):
    story = reached_before(WAYS["address"])
    assert "reached" in {kind.holder.name for kind in own.everything(OTHERS)}
    own.erase(OTHERS)

    assert reach.earlier(db.session.get_one(Story, story.id)) == []
