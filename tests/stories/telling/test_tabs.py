"""One draft in two tabs, and words that are kept while they are typed: nothing is lost."""

from __future__ import annotations

import pytest

from tests.contact import hidden
from tests.newsletter import settings
from tests.stories.telling.steps import CONSENT, STORY, TEXT, YOU, begin, fill, newest, send


@pytest.fixture
def opened(visit):
    """A draft, and its story step as two tabs show it: the address, and what each carries."""
    path = begin(visit)
    fill(visit, path, "story", STORY)
    tabs = [hidden(visit(path + "story")) for _ in range(2)]
    return path, *tabs


def carried(tab, text, **changes):
    return tab | STORY | {"text": text} | changes


def kept_below(answer):
    """What stands under the field after words were kept."""
    return answer.page.query("#kept")[0].to_text()


def test_two_tabs_that_say_the_same_do_not_disturb_each_other(visit, opened):
    path, one, other = opened
    visit.post(path + "story", carried(one, TEXT))

    assert one["tab"] != other["tab"]
    assert newest().text == TEXT


def test_the_second_tab_sees_both_texts_and_nothing_is_lost(visit, opened):
    path, one, other = opened
    visit.post(path + "story", carried(one, "What the first tab says."))
    answer = visit.post(path + "story", carried(other, "What the second tab says."))

    assert answer.status == 409
    assert answer.heading == "You changed this in another place"
    assert "What the first tab says." in answer.text
    assert answer.value("text") == "What the second tab says."
    assert newest().text == "What the first tab says."


def test_the_second_tab_can_keep_its_own(visit, opened):
    path, one, other = opened
    visit.post(path + "story", carried(one, "First.", title="One"))
    clash = visit.post(path + "story", carried(other, "Second.", title="Two", others="y"))
    form = hidden(clash) | {"title": "Two", "text": "Second, and better."}
    answer = visit.post(path + "story", form)

    story = newest()
    assert answer.heading == "Pictures, sound or film"
    assert (story.title, story.text, story.others) == ("Two", "Second, and better.", True)


def test_the_second_tab_can_take_what_is_kept(visit, opened):
    path, one, other = opened
    visit.post(path + "story", carried(one, "First."))
    clash = visit.post(path + "story", carried(other, "Second."))

    (link,) = [a for a in clash.page.query("a.button") if "Take what is saved" in a.to_text()]
    assert visit(link.attrs["href"]).value("text") == "First."


def test_the_first_tab_is_warned_in_its_turn(visit, opened):
    path, one, other = opened
    visit.post(path + "story", carried(one, "First."))
    clash = visit.post(path + "story", carried(other, "Second."))
    visit.post(path + "story", hidden(clash) | {"text": "Second."})

    assert visit.post(path + "story", carried(one, "First again.")).status == 409
    assert newest().text == "Second."


@pytest.mark.parametrize(
    ("step", "one", "two"),
    [
        ("way", {"way": "call"}, {"way": "link"}),
        ("you", YOU, YOU | {"email": "bea@example.org", "reply_by": "bsl"}),
        ("consent", CONSENT, CONSENT | {"allow": ["press"], "name_shown": "none"}),
    ],
)
def test_every_step_warns_and_can_be_kept(visit_plain, step, one, two):
    path = begin(visit_plain)
    tabs = [hidden(visit_plain(path + step)) for _ in range(2)]
    visit_plain.post(path + step, tabs[0] | one)
    clash = visit_plain.post(path + step, tabs[1] | two)
    assert clash.status == 409

    boxes = {f.attrs["name"]: [] for f in clash.page.query("input[type=hidden]")}
    for field in clash.page.query("main input[name]"):
        boxes.setdefault(field.attrs["name"], []).append(field.attrs.get("value") or "")
    visit_plain.post(path + step, boxes)
    story = newest()
    said = story.answers
    assert {"way": story.telling == "link"}.get(step, True)
    assert {"you": (story.email, said.get("reply_by")) == ("bea@example.org", "bsl")}.get(
        step, True
    )
    if step == "consent":
        assert [key for key, word in said["consents"].items() if word == "yes"] == ["press"]


def test_another_step_in_another_tab_is_no_clash(visit, opened):
    path, one, _ = opened
    fill(visit, path, "you", YOU)
    fill(visit, path, "consent", CONSENT)
    answer = visit.post(path + "story", carried(one, "Still mine."))

    assert answer.heading == "Pictures, sound or film"
    assert (newest().text, newest().email) == ("Still mine.", YOU["email"])


def test_an_address_for_the_link_is_not_overwritten_by_an_older_page(visit):
    path = begin(visit)
    older = hidden(visit(path + "you"))
    visit.send(path, {"email": "ada@example.org"}, button="Email me my link")

    assert visit.post(path + "you", older | {"name": "Ada"}).status == 409
    assert newest().email == "ada@example.org"


# Kept while it is typed


def test_words_are_kept_as_they_are_typed(visit, opened):
    path, one, _ = opened
    answer = visit.post(path + "story/keep", carried(one, "I roll to"))

    assert answer.status == 200
    assert "Saved at " in kept_below(answer)
    assert newest().text == "I roll to"


def test_that_they_are_kept_is_said_aloud_once(visit, opened):
    path, one, _ = opened
    first = visit.post(path + "story/keep", carried(one, "I"))
    again = visit.post(path + "story/keep", carried(one, "I roll") | hidden(first))

    assert "Your words are saved as you type." in first.text
    assert "Your words are saved as you type." not in again.text
    assert "Saved at " in kept_below(again)


def test_a_tab_does_not_clash_with_what_it_has_kept_itself(visit, opened):
    path, one, _ = opened
    for text in ("I", "I roll", "I roll to the"):
        assert visit.post(path + "story/keep", carried(one, text)).status == 200
    answer = visit.post(path + "story", carried(one, TEXT))

    assert answer.heading == "Pictures, sound or film"
    assert newest().text == TEXT


def test_keeping_in_an_older_tab_changes_nothing_and_says_so(visit, opened):
    path, one, other = opened
    visit.post(path + "story/keep", carried(one, "First."))
    answer = visit.post(path + "story/keep", carried(other, "Second."))

    assert answer.status == 409
    assert "Press “Continue”, and you see both." in kept_below(answer)
    assert newest().text == "First."


def test_what_can_be_kept_is_kept_and_what_cannot_is_named(visit):
    path = begin(visit)
    tab = hidden(visit(path + "you"))
    answer = visit.post(path + "you/keep", tab | {"name": "Ada", "email": "ada@", "needs": "Calm"})

    story = newest()
    assert (story.name, story.email, story.answers["needs"]) == ("Ada", "", "Calm")
    assert "Enter a full email address" in kept_below(answer)


def test_a_text_that_is_too_long_is_not_kept_and_says_so(visit, opened):
    path, one, _ = opened
    answer = visit.post(path + "story/keep", carried(one, "w" * 1_000_000))

    assert "must have 200,000 letters or fewer" in kept_below(answer)
    assert newest().text == TEXT


@settings(RATELIMIT_ENABLED="1")
def test_keeping_far_too_often_is_turned_away(visit, monkeypatch):
    monkeypatch.setattr("portal.stories.telling.step_routes.STORMY", "1/hour")
    path = begin(visit)
    tab = hidden(visit(path + "story"))
    visit.post(path + "story/keep", carried(tab, "One."))

    answer = visit.post(path + "story/keep", carried(tab, "Two."))
    assert answer.status == 429
    assert "Not all of it is saved yet." in kept_below(answer)
    assert newest().text == "One."


# Sent meanwhile


def test_what_is_typed_after_sending_is_shown_to_be_copied(visit, opened):
    path, one, _ = opened
    send(visit, path)
    answer = visit.post(path + "story", carried(one, "One thing more."))

    assert answer.status == 409
    assert answer.heading == "Your story was sent already"
    assert "One thing more." in answer.text
    assert answer.has("a.button[href^='/stories/mine/']")
    assert newest().text == TEXT


def test_what_is_kept_after_sending_says_that_it_is_not(visit, opened):
    path, one, _ = opened
    send(visit, path)
    answer = visit.post(path + "story/keep", carried(one, "One thing more."))

    assert answer.status == 409
    assert "Your story was sent already." in kept_below(answer)


def test_what_is_typed_after_deleting_leads_to_the_way_back(visit):
    path = begin(visit)
    tab = hidden(visit(path + "story"))
    visit.send(path + "delete", button="Delete this story")

    answer = visit.post(path + "story", carried(tab, "One thing more."))
    assert answer.status == 404
    assert newest() is None
