"""Where a story was used, on the team's page: noted, refused in words, and cleaned up."""

from portal.stories import links, shaping
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel, Cleared
from portal.team.models import Role
from tests.stories import an_editor, fresh, published, withdrawn
from tests.stories.desk import path, press, words_of
from tests.team import sign_in

POST = {"channel": "social", "used": "Our post of May", "link": "https://social.example/1"}


def a_use_that_must_go(story):
    use = uses.add(story, Channel.SOCIAL, "Our post of May", an_editor())
    shaping.set_consents(story, {"social": (False, "")})
    return use


def test_use_is_noted_by_its_way_and_shown_to_the_storyteller(visit):
    story = published()
    page = press(visit, story, "Note it", **POST)

    assert "It is noted." in page.text
    assert page.has("a[href='https://social.example/1']")
    assert "On social media" in words_of(visit(links.storyteller_url(story)), "#uses")


def test_what_they_do_not_allow_is_refused_in_words_and_nothing_typed_is_lost(visit):
    story = published()
    shaping.set_consents(story, {"social": (False, "")})
    assert "On social media (not allowed)" in visit(path(story)).text
    page = press(visit, story, "Note it", **POST)

    assert page.status == 422
    assert "The storyteller does not allow this: On social media. Ask them first." in page.text
    assert page.value("link") == POST["link"]
    assert "Our post of May" in page.text
    assert fresh(story).uses == []


def test_a_place_is_cleaned_up_in_one_form_and_the_storyteller_reads_what_came_of_it(visit):
    use = a_use_that_must_go(story := published())
    page = visit(path(story))
    assert "They no longer allow 1 place where it was used." in page.text
    assert "Our team was asked to take it down." in visit(links.storyteller_url(story)).text
    where = path(story, "uses", use.id)
    assert visit.send(where, {}).status == 422
    page = visit.send(where, {"outcome": "stays", "words": "Two people shared it."})

    assert "It is noted what came of it." in page.text
    page = visit(path(story))
    assert "no longer allow" not in page.text
    assert "It cannot be taken back from there: Eda" in page.text
    assert "Two people shared it." in page.text
    mine = visit(links.storyteller_url(story)).text
    assert "We could not take it back." in mine
    assert "Two people shared it." in mine
    assert "nothing to clean up here now" in visit(where).text
    assert fresh(story).uses[0].outcome is Cleared.STAYS


def test_whoever_changes_what_we_may_do_hears_what_follows_for_what_was_used(visit_plain):
    words = "they are asked to clean up there"
    choosing = f"{links.storyteller_url(story := published())}/consents"
    assert words not in visit_plain(choosing).text
    uses.add(story, Channel.SOCIAL, "Our post of May", an_editor())

    assert words in visit_plain(choosing).text


def test_where_a_story_was_used_that_is_taken_back_is_still_cleaned_up(visit_plain):
    use = uses.add(story := published(), Channel.FUNDERS, "A report of June", an_editor())
    withdrawn(story)
    assert "Clean up 1 place where it was used, below." in visit_plain(path(story)).text
    visit_plain.send(path(story, "uses", use.id), {"outcome": "gone"})

    assert "There is nothing left to do." in visit_plain(path(story)).text
    assert "We took it down." in visit_plain(links.storyteller_url(story)).text


def test_who_only_reads_cleans_nothing_up(app, visit_plain):
    use = a_use_that_must_go(story := published())
    sign_in(visit_plain, app, Role.READER, "Rea")
    page = visit_plain(path(story))

    assert "Our post of May" in page.text
    assert not page.has(f"a[href$='/uses/{use.id}']")
    assert visit_plain(path(story, "uses", use.id)).status == 403


def test_of_another_story_there_is_no_such_place(visit_plain):
    use = a_use_that_must_go(published())

    assert visit_plain(path(published(), "uses", use.id)).status == 404


def test_who_erases_a_used_story_is_told_that_nobody_can_clean_up_afterwards(visit_plain):
    words = "Do you want us to clean up there first?"
    erasing = f"{links.storyteller_url(story := published())}/erase"
    assert words not in visit_plain(erasing).text
    uses.add(story, Channel.FUNDERS, "A report of June", an_editor())

    assert words in visit_plain(erasing).text
