"""Help while a story is told: the whole box once, then a line, until the words are taken out."""

from tests.contact import hidden
from tests.newsletter import settings
from tests.stories.telling.steps import STORY, begin, fill, newest

DARK = {"text": "Some days I want to kill myself. Then I swim."}
HELP = "You can get help now"


BOX, LINE = "section.help-now", "details.help-now"


def test_help_is_a_box_then_a_line_until_the_words_are_taken_out(visit_plain):
    path = begin(visit_plain)
    after = fill(visit_plain, path, "story", STORY | DARK)

    assert after.heading == "Step 3 of 6: Pictures, sound or film"
    assert newest().text == DARK["text"]
    steps = ("", "way", "story", "you", "consent", "check")
    for page in (after, *(visit_plain(path + step) for step in steps)):
        assert (page.has(BOX), page.has(LINE)) == (True, False)
        assert "116 123" in page.text
    fill(visit_plain, path, "files", {})
    for page in (visit_plain(path + step) for step in steps):
        assert (page.has(BOX), page.has(LINE)) == (False, True)
        assert "116 123" in page.text
    assert fill(visit_plain, path, "you", {"needs": "I want to die."}).has(BOX)
    fill(visit_plain, path, "you", {"needs": ""})
    fill(visit_plain, path, "story", STORY)
    for step in steps:
        assert HELP not in visit_plain(path + step).text


def test_help_is_open_where_the_words_come_back_unsaved(visit_plain):
    path = begin(visit_plain)
    page = fill(visit_plain, path, "you", {"needs": "I want to die.", "email": "ada@"})

    assert (page.status, page.has(BOX), page.has(f"{LINE}[open]")) == (422, False, True)


def test_help_is_shown_while_they_type_and_said_aloud_once(visit):
    path = begin(visit)
    tab = hidden(visit(path + "story")) | STORY
    first = visit.post(path + "story/keep", tab | DARK)
    again = visit.post(path + "story/keep", tab | DARK | hidden(first))

    aloud = "Below your text you find where to get help now."
    assert HELP in first.text
    assert HELP in again.text
    assert (aloud in first.text, aloud in again.text) == (True, False)
    fill(visit, path, "story", STORY | DARK)  # from now on it stands on the page itself
    tab = hidden(visit(path + "story")) | STORY
    assert HELP not in visit.post(path + "story/keep", tab | DARK).text


@settings(
    HELP_LINES="Call Mind=0300 123 3393; Talk to a friend=any time; Text=sms:5; Chat=https://x.test/y"
)
def test_where_help_is_can_be_set_and_the_title_counts_as_well(visit_plain):
    path = begin(visit_plain)
    assert HELP not in fill(visit_plain, path, "story", STORY).text
    page = fill(visit_plain, path, "story", STORY | {"title": "I want to kill myself"})

    assert all(words in page.text for words in (HELP, "0300 123 3393", "any time"))
    assert "116 123" not in page.text
    lines = page.page.query(".help-now dd")
    links = [line.query("a")[0].attrs["href"] if line.query("a") else "" for line in lines]
    assert links == ["tel:03001233393", "", "sms:5", "https://x.test/y"]
    assert [line.to_text() for line in lines][2:] == ["5", "x.test/y"]
