"""One draft in two tabs, and words that are kept while they are typed: nothing is lost."""

import pytest

from tests.contact import hidden
from tests.stories import ADA, a_draft
from tests.stories.telling import steps
from tests.stories.telling.steps import CONSENT, STORY, TEXT, YOU, allowed, begin, newest

GOES_ON = "Step 3 of 6: Pictures, sound or film"


@pytest.fixture
def opened(visit):
    """A draft, and its story step as two tabs show it: the address, and what each carries."""
    path = steps.draft_path(a_draft())
    return path, *(hidden(visit(path + "story")) for _ in range(2))


def carried(tab, text, **changes):
    return tab | STORY | {"text": text} | changes


def kept_below(answer):
    """What stands under the field after words were kept."""
    return answer.page.query("#kept")[0].to_text()


def test_the_second_tab_sees_both_texts_and_takes_one_or_the_other(visit, opened):
    path, one, other = opened
    assert one["tab"] != other["tab"]
    visit.post(path + "story", carried(one, "What the first says.", title="One"))
    clash = visit.post(path + "story", carried(other, "The second.", title="Two", others="y"))

    assert (clash.status, clash.heading) == (409, "You changed this in another place")
    assert "What the first says." in clash.text
    assert clash.value("text") == "The second."
    assert newest().text == "What the first says."
    (link,) = [a for a in clash.page.query("a.button") if "Take what is saved" in a.to_text()]
    assert visit(link.attrs["href"]).value("text") == "What the first says."

    form = hidden(clash) | {"title": "Two", "text": "Second, and better."}
    assert visit.post(path + "story", form).heading == GOES_ON
    story = newest()
    assert (story.title, story.text, story.others) == ("Two", "Second, and better.", True)
    # Now the first tab is warned in its turn.
    assert visit.post(path + "story", carried(one, "First again.")).status == 409
    assert newest().text == "Second, and better."


@pytest.mark.parametrize(
    ("step", "one", "two", "kept"),
    [
        ("way", {"way": "call"}, {"way": "link"}, lambda story: story.telling == "link"),
        ("you", YOU, {"reply_by": "bsl"}, lambda story: story.answers["reply_by"] == "bsl"),
        ("consent", CONSENT, {"allow": ["press"]}, lambda story: allowed(story) == {"press"}),
    ],
    ids=["way", "you", "consent"],
)
def test_every_step_warns_and_can_be_kept(visit_plain, step, one, two, kept):
    path = begin(visit_plain)
    tabs = [hidden(visit_plain(path + step)) for _ in range(2)]
    visit_plain.post(path + step, tabs[0] | one)
    clash = visit_plain.post(path + step, tabs[1] | one | two)
    assert clash.status == 409
    assert not kept(newest())

    visit_plain.post(path + step, clash.form())
    assert kept(newest())


def test_another_step_in_another_tab_is_no_clash_but_an_older_page_of_the_address_is(visit_plain):
    path = begin(visit_plain)
    tab, older = (hidden(visit_plain(path + step)) for step in ("story", "you"))
    steps.fill(visit_plain, path, "consent", CONSENT)
    visit_plain.send(path, {"email": ADA}, button="Email me my link")

    assert visit_plain.post(path + "story", carried(tab, "Still mine.")).heading == GOES_ON
    assert visit_plain.post(path + "you", older | {"name": "Bea"}).status == 409
    story = newest()
    assert (story.text, story.name, story.email) == ("Still mine.", "Ada Lovelace", ADA)


def test_words_are_kept_as_they_are_typed_but_in_no_older_tab_and_that_is_said(visit, opened):
    path, tab, other = opened
    first = visit.post(path + "story/keep", carried(tab, "I"))
    again = visit.post(path + "story/keep", carried(tab, "I roll") | hidden(first))
    assert first.status == again.status == 200
    aloud = "Your words are saved as you type."
    assert (aloud in first.text, aloud in again.text) == (True, False)
    assert "Saved at " in kept_below(again)

    late = visit.post(path + "story/keep", carried(other, "Second."))
    assert late.status == 409
    assert "Press “Continue” to see both." in kept_below(late)
    assert newest().text == "I roll"
    # What a tab has kept itself is no clash.
    assert visit.post(path + "story", carried(tab, TEXT)).heading == GOES_ON
    assert newest().text == TEXT


def test_what_can_be_kept_is_kept_and_what_cannot_is_named(visit):
    path = begin(visit)
    tab = hidden(visit(path + "you"))
    typed = {"name": "Ada", "email": "ada@", "needs": "Calm"}
    answer = visit.post(path + "you/keep", tab | typed)

    story = newest()
    assert (story.name, story.email, story.answers["needs"]) == ("Ada", "", "Calm")
    assert "Enter a full email address" in kept_below(answer)
    answer = visit.post(path + "story/keep", carried(tab, "w" * 1_000_000))
    assert "must have 200,000 letters or fewer" in kept_below(answer)
    assert newest().text == ""


def test_what_is_typed_after_sending_is_shown_to_be_copied(visit, opened):
    path, one, _ = opened
    steps.send(visit, path)
    answer = visit.post(path + "story", carried(one, "One thing more."))

    assert (answer.status, answer.heading) == (409, "Your story was sent already")
    assert "One thing more." in answer.text
    assert answer.has("a.button[href^='/stories/mine/']")
    answer = visit.post(path + "story/keep", carried(one, "One thing more."))
    assert answer.status == 409
    assert "Your story was sent already." in kept_below(answer)
    assert "One thing more." not in newest().text
