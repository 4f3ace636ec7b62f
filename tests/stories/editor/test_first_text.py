"""The first text that an editor writes begins with what its storyteller gave and allowed."""

import pytest

from portal.stories import shaping
from portal.stories.states import Telling
from portal.stories.telling import services
from tests.stories import ALL_YES, a_draft
from tests.stories.desk import newest, path, with_file, write
from tests.stories.media import a_picture

NAMES = {"first": "Ada", "full": "Ada Lovelace", "other": "Roller", "none": ""}
ANSWERS = ALL_YES | {"call_by": "phone", "link": "https://films.example/1", "other_name": "Roller"}


@pytest.mark.parametrize(("telling", "shown"), [*zip(Telling, [*NAMES, "first"], strict=True)])
def test_it_begins_with_name_pictures_title_and_language(visit_plain, telling, shown):
    said = {"answers": ANSWERS | {"name_shown": shown}, "phone": "07700 900123"}
    story = a_draft(telling, title="", text="", language="cy", **said)
    for number, alt in enumerate(("The pool", "My chair")):
        with_file(story, f"{number}.png", a_picture(colour=(number, 9, 9)), alt=alt)
    services.submit(story)
    with_file(story, "later.png", a_picture(colour=(7, 9, 9)), alt="Sent later")
    assert newest(story) is None

    assert NAMES[shown] in visit_plain(path(story)).text
    write(visit_plain, story, title="Y dŵr", text="Nofio dw i.")

    text = newest(story)
    assert (text.name, text.language) == (NAMES[shown], "cy")
    assert [one["alt"] for one in text.pictures] == ["The pool", "My chair", "Sent later"]


def test_it_has_the_name_that_was_allowed_last(visit_plain):
    story = a_draft(Telling.UPLOAD, title="", text="", answers=ANSWERS)
    with_file(story, "pool.png", a_picture(), alt="The pool")
    services.submit(story)
    shaping.set_consents(story, {"name": (True, "Roller")})
    write(visit_plain, story, title="Pool", text="I swim.")

    assert newest(story).name == "Roller"
