"""Pages of the library that are kept: each is what would be made anew, in every process."""

import multiprocessing
from itertools import product

import pytest

from portal import create_app
from portal.config import load_config
from portal.extensions import db
from portal.stories import formats, shaping, withdrawal
from portal.stories.library import cache
from portal.stories.models import StoryFile, StoryTopic
from tests.stories import fresh, readers
from tests.stories.readers import FEED, LIBRARY, add_recording, at, put_up

pytestmark = pytest.mark.usefixtures("each_database")
TOPIC = "/stories/topics/water/"
CHANGES = {
    "taken back": lambda story: withdrawal.withdraw(story, keep_files=True),
    "unlisted": readers.unlist,
    "no pictures": lambda story: shaping.set_consents(story, {"photo": (False, "")}),
    "no recording": lambda story: formats.remove_version(story, story.versions[0].id),
    "no file": lambda _: db.session.execute(db.update(StoryFile).values(digest="", transcript="")),
    "no topic": lambda _: db.session.execute(db.delete(StoryTopic)),
    "another story": lambda _: put_up("Another", topics=("water",)),
}


def a_whole_story():
    story = put_up("The volcano", pictures=["A pool"], topics=("water",))
    add_recording(story)
    return story


@pytest.mark.parametrize("change", CHANGES)
def test_a_kept_page_costs_one_question_and_is_gone_with_what_it_shows(
    app, client, statements, change
):
    story = a_whole_story()
    places = LIBRARY, TOPIC, FEED, at(story)
    before = {place: client.get(place).data for place in places}
    statements.clear()
    assert {place: client.get(place).data for place in places} == before
    asked = [one for one in statements if one.lstrip().startswith("SELECT")]
    assert len(asked) == len(places)

    CHANGES[change](fresh(story))
    db.session.commit()
    after = {place: client.get(place).data for place in places}
    app.extensions["library_pages"].clear()
    assert {place: client.get(place).data for place in places} == after
    assert after != before


def test_each_way_to_ask_has_a_page_of_its_own_and_no_search_is_kept(app, client, monkeypatch):
    own = at(a_whole_story())
    places, roots = (LIBRARY, f"{LIBRARY}?level=advanced", TOPIC, own), ("", "/below")
    ways = list(product(places, roots, ({}, {"HX-Request": "true"})))

    def seen():
        return [
            client.get(place, headers=headers, environ_overrides={"SCRIPT_NAME": root}).data
            for place, root, headers in ways
        ]

    first = seen()
    assert seen() == first
    assert len(set(first)) == len(ways)
    client.get(LIBRARY, query_string={"q": "crater"})
    (kept,) = app.extensions["library_pages"].values()
    assert len(kept) == len(ways)
    assert "crater" not in str(kept)
    monkeypatch.setattr(cache, "MOST", 1)
    client.get(FEED)
    assert len(kept) == 1


WEB = []


def open_web(env):
    WEB.append(create_app(load_config(env)).test_client())


def read(place):
    answer = WEB[0].get(place)
    return answer.status_code, "volcano" in answer.text


@pytest.mark.services
def test_a_story_that_is_taken_back_is_gone_from_every_process_at_the_next_request(app, env):
    story, spawn = a_whole_story(), multiprocessing.get_context("spawn")
    own, *others = places = at(story), LIBRARY, TOPIC, FEED, f"{LIBRARY}?q=rolll"
    with spawn.Pool(1, open_web, (env,)) as one, spawn.Pool(1, open_web, (env,)) as other:
        for place in places * 2:  # the second answer is a kept one
            assert [web.apply(read, (place,)) for web in (one, other)] == [(200, True)] * 2
        withdrawal.withdraw(story, keep_files=False)
        for web in (one, other):
            assert web.apply(read, (own,)) == (410, False)
            assert web.map(read, others) == [(200, False)] * len(others)
