"""The team leads somebody back on the phone, and gets no way in itself."""

from datetime import timedelta

import pytest

from portal.stories.finding import services
from portal.stories.telling.services import new_phrase
from portal.team.models import Role
from tests.inbox import a_conversation
from tests.inbox.desk import history
from tests.stories import a_draft, a_story, an_editor, fresh
from tests.stories.finding.back import NUMBER, calls
from tests.team import sign_in

MAKE = "Make four new words for this story"


@pytest.fixture
def desk(visit_plain, app):
    """The visitor, who is an editor; asks for a call and returns the address of its page."""

    def ask(role=Role.EDITOR):
        services.ask_for_call(NUMBER, [])
        sign_in(visit_plain, app, role)
        return f"/inbox/{calls()[-1].id}/lost"

    return ask


def test_the_team_reads_out_words_that_lead_there_once(visit_plain, desk):
    story = a_story(email="", phone=NUMBER)
    old, path = new_phrase(story), desk()
    assert visit_plain(path.removesuffix("/lost")).has(f"a[href='{path}']")
    assert "Help them back" in visit_plain(path).heading

    given = visit_plain.send(path, button=MAKE)
    words = [item.to_text() for item in given.page.query(".four b")]
    assert given.heading == "Four new words"
    # Who gave them is kept with the story, and no word is.
    for one in (calls()[-1], fresh(story).conversation):
        assert ("gave new words", None, None) in history(one)
    assert not all(word in fresh(story).phrase for word in words)
    assert services.by_words(old) is None
    assert services.by_words(" ".join(words)).id == story.id
    assert services.by_words(" ".join(words)) is None


def test_they_work_for_a_week(app, clock):
    story, talk = a_story(email="", phone=NUMBER), a_conversation()
    words = services.give_words(story, talk, an_editor())
    clock.shift(timedelta(days=6, hours=11))
    assert services.by_words(words).id == story.id

    words = services.give_words(fresh(story), talk, an_editor())
    clock.shift(timedelta(days=7))
    assert services.by_words(words) is None


def test_several_who_share_a_phone_are_told_apart_and_a_reader_makes_no_words(visit_plain, desk):
    path = desk(Role.READER)
    assert "We know no story with the number" in visit_plain(path).text

    for title in ("The pool", "The dance"):
        a_story(email="", phone=NUMBER, title=title)
    a_draft(email="", phone=NUMBER, title="A secret", text="A secret too")
    page = visit_plain(path)
    for words in ("The pool", "The dance", "Not sent yet"):
        assert words in page.text
    assert "secret" not in page.text
    assert not page.has("main form")


def test_words_are_made_only_where_somebody_asked(visit_plain, desk):
    story = a_story(email="", phone=NUMBER)
    other = a_story(email="", phone="0161 496 0001")
    path = desk()
    token = visit_plain(path).value("csrf_token")
    before = fresh(other).phrase

    own = f"/inbox/{story.conversation_id}/lost"
    for address in (f"{path}/{other.id}", f"{own}/{other.id}"):
        assert visit_plain.post(address, {"csrf_token": token}).status == 404
    for address in (f"/inbox/{a_conversation().id}/lost", "/inbox/99999999999999999999/lost"):
        assert visit_plain(address).status == 404
    assert fresh(other).phrase == before


def test_an_editor_makes_words_for_any_story_and_has_them_to_read_out(visit_plain, app):
    story = a_story(email="", answers={"reply_by": "post", "postal": "1 High Street"})
    sign_in(visit_plain, app, Role.EDITOR)
    own = f"/inbox/{story.conversation_id}/lost"
    assert visit_plain(own.replace("lost", "story")).has(f"a[href='{own}']")
    given = visit_plain.send(own, button=MAKE)
    words = [item.to_text() for item in given.page.query(".four b")]

    assert given.page.query(".spelt")[0].to_text() == " ".join(words[0].upper())
    assert history(fresh(story).conversation).count(("gave new words", None, None)) == 1
    assert services.by_words(" ".join(reversed(words))).id == story.id
    assert services.by_words(" ".join(words)) is None
