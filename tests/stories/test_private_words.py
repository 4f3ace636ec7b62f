"""Words that the storyteller does not want shown, and their text holds: they are told, no more."""

import pytest

from portal.extensions import db
from portal.stories import private_words, shaping, texts
from portal.stories.states import StoryState
from tests.stories import ALL_YES, a_draft, a_story, ask, edited, fresh
from tests.stories.desk import path, with_file, words_of
from tests.stories.media import a_sound
from tests.stories.storyteller import url_of
from tests.stories.telling.steps import draft_path, send
from tests.team import sign_in

NO_NAME = {"name_shown": "none"}
AT_HOME = {"postal": "Ada Lovelace\n12b Ring Road\nLeeds, LS1 4AB\nUK"}


def withheld(*purposes, **answers):
    """Answers that allow all but this."""
    allowed = ALL_YES["consents"] | dict.fromkeys(purposes, "no")
    return ALL_YES | {"consents": allowed} | answers


@pytest.mark.parametrize(
    ("text", "answers", "found"),
    [
        ("I am Ada.", withheld(**NO_NAME), {"name": ["Ada"]}),
        ("ADA LOVELACE\u2019S pool", withheld(**NO_NAME), {"name": ["Ada", "Lovelace"]}),
        ("Ada Lovelace", withheld(name_shown="first"), {"name": ["Lovelace"]}),
        ("Ada Lovelace", withheld(name_shown="full"), {}),
        ("Ada Lovelace", withheld(name_shown=""), {"name": ["Ada", "Lovelace"]}),
        ("Ada or Bo", withheld(name_shown="other", other_name="Bo"), {"name": ["Ada"]}),
        ("Adam\u2019s radar is adamant. A. L.", withheld(**NO_NAME), {}),
        ("The **Leeds** pool", withheld("place", **AT_HOME), {"place": ["Leeds"]}),
        ("ring road. ls1 4ab", withheld("place", **AT_HOME), {"place": ["Ring Road", "LS1 4AB"]}),
        ("Leeds", withheld(**AT_HOME), {}),
        ("We roll in the UK. Leedstown", withheld("place", **AT_HOME), {}),
        ("I have Cerebral-Palsy", withheld("condition"), {"condition": ["cerebral palsy"]}),
        ("I have cerebral palsy", withheld(), {}),
    ],
)
def test_what_they_typed_is_found_by_whole_words_where_they_do_not_allow_it(
    app, text, answers, found
):
    draft = a_draft(text=text, answers=answers)

    assert private_words.of_draft(draft) == found
    story = a_story(text=text, answers=answers)
    assert private_words.of_text(story, texts.content_of(texts.latest(story))) == found


def test_title_pictures_and_what_is_said_in_files_count_as_well(app):
    story = a_draft(title="Ada", text="", answers=withheld(**NO_NAME))
    assert private_words.of_draft(story) == {"name": ["Ada"]}
    story = a_draft(text="", answers=withheld(**NO_NAME))
    with_file(story, "a.mp3", a_sound(), transcript="I am Ada.")
    with_file(story, "a.png", alt="Lovelace at the pool")
    assert private_words.of_draft(story) == {"name": ["Ada", "Lovelace"]}


def test_the_check_the_yes_and_the_editor_are_told_and_nothing_is_stopped(app, visit_plain):
    told = "You chose not to show these things. But they are in your story:"
    story = a_draft(text="I am Ada. I swim.", answers=withheld(**NO_NAME))
    check = visit_plain(draft_path(story) + "check")
    assert told in check.text
    assert words_of(check, ".gives-away li") == "Your name: Ada"
    assert send(visit_plain, draft_path(story)).heading == "We have your story"

    assert words_of(visit_plain(url_of(story)), ".gives-away li") == "Your name: Ada"
    sign_in(visit_plain, app)
    caution = words_of(visit_plain(path(story)), ".cautions")
    assert "The text has words that they do not want shown. Name: Ada." in caution
    newest = texts.latest(ask(story))
    shaping.approve(story, newest.id, newest.digest)
    assert fresh(story).state is StoryState.APPROVED
    db.session.commit()
    edited(story, text="I swim.")
    assert not visit_plain(url_of(story)).has(".gives-away")
