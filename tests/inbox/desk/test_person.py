"""What else the person of a conversation sent or asked for: beside it, and on a page of its own."""

import pytest

from portal.extensions import db
from portal.inbox.desk import person as desk_person
from portal.team.models import Role
from tests.inbox import a_conversation
from tests.inbox.desk import fresh, path
from tests.newsletter import AGREED, a_subscriber
from tests.stories import a_draft, a_story
from tests.team import sign_in

NUMBER, WRITTEN = "07700 900123", "+44 (0)7700 900 123"
OTHER = {"email": "else@example.org", "phone": "0161 496 0000"}


def page_of(conversation):
    return f"{path(conversation)}/person"


def buttons(page):
    return [one.to_text(separator="") for one in page.page.query("main form button")]


def test_what_else_came_from_the_same_address_or_number_stands_beside_it(visit_plain, ada):
    this = a_conversation(email="grace@example.org", phone=NUMBER)
    a_conversation(email="GRACE@example.org", subject="By address")
    a_conversation(email="", phone=WRITTEN, subject="By number")
    a_conversation(**OTHER, subject="Somebody else")
    a_draft(email="grace@example.org", title="Not sent")
    a_story(email="grace@example.org", title="Sent")
    a_subscriber("grace@example.org")
    for place in (path(this), page_of(this)):
        page = visit_plain(place).text

        assert [
            one in page for one in ("By address", "By number", "Sent", "Gets the newsletter")
        ] == [True] * 4
        assert "Somebody else" not in page
        assert "Not sent" not in page
        assert "example.org" not in place
    assert "Messages: 3" in visit_plain(path(this)).text
    assert "Messages: 4" in visit_plain(page_of(this)).text
    assert AGREED not in page


def test_nothing_is_shown_for_whom_we_cannot_know(visit_plain, ada):
    this = a_conversation(email="", phone="")
    a_conversation(email="", phone="", subject="Nor this one")

    assert not visit_plain(path(this)).has("#person")
    assert "Nor this one" not in visit_plain(page_of(this)).text


def test_a_reader_sees_the_person_and_puts_nothing_together(app, visit_plain):
    this, _ = a_conversation(), a_conversation(subject="Another")
    sign_in(visit_plain, app, role=Role.READER)
    page = visit_plain(page_of(this))

    assert "Another" in page.text
    assert not page.has("main form")


@pytest.mark.parametrize("number", [1, 2], ids=["older into this", "newer into this"])
def test_one_is_put_into_this_one_from_there(visit_plain, ada, number):
    this, that = [a_conversation(subject="Pool") for _ in range(2)][:: 1 if number == 1 else -1]
    page = visit_plain(page_of(this))
    (button,) = buttons(page)
    assert button == f"Put it into this conversation: Pool, {that.reference}"
    answer = visit_plain.post(f"{path(that)}/merge", page.form())

    assert fresh(that).merged_into_id == this.id
    assert that.reference in answer.text
    assert buttons(visit_plain(page_of(this))) == []
    assert "It is put together with this one." in visit_plain(page_of(this)).text


def test_a_message_is_put_into_the_story_and_not_the_story_into_it(visit_plain, ada):
    this, story = a_conversation(email="ada@example.org"), a_story()
    (button,) = buttons(visit_plain(page_of(this)))
    assert button.startswith("Put this conversation into the story")
    visit_plain.post(f"{path(this)}/merge", visit_plain(page_of(this)).form())

    assert fresh(this).merged_into_id == story.conversation_id


def test_many_are_shown_a_page_at_a_time(visit_plain, ada, monkeypatch):
    monkeypatch.setattr(desk_person, "NEWEST", 2)
    monkeypatch.setattr(desk_person, "MORE", 2)
    this, *_ = [a_conversation(subject=f"Number {n}") for n in range(5)]
    db.session.commit()
    page, seen = visit_plain(page_of(this)), []
    for _ in range(3):
        seen += [one.to_text() for one in page.page.query(".holdings > li .go")]
        older = page.page.query("main a[href*=before]")
        page = visit_plain(older[0].attrs["href"]) if older else page

    assert seen == [f"Number {n}" for n in range(4, -1, -1)]
