"""What the storyteller does with the text: choose, rewrite, say yes; and two tabs at once."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.stories import links, shaping, texts, withdrawal
from portal.stories.content import STORY_LONGEST
from portal.stories.models import Approval, Revision
from portal.stories.states import StoryState
from tests.newsletter import tables
from tests.stories import (
    TEXT,
    a_story,
    an_editor,
    approved,
    content,
    edited,
    fresh,
    handed_over,
    published,
)

APPROVES = "button[formaction$='/approve'], form[action$='/approve']"
YES = "Yes, publish exactly this"
OLD = "I roll to the pool each week.\n\nThe water holds me. I feel light.\n\nI go with Sam."
NEW = "Each week I roll to the pool.\n\nThe water holds me. I feel free.\n\nCome with us!"


def url_of(story):
    url = links.storyteller_url(story)
    db.session.commit()
    return url


def three_changes():
    """A story with a new title, two changed paragraphs, and one in place of another."""
    story = a_story(text=OLD)
    edited(story, title="Water", text=NEW)
    shaping.hand_over(story, an_editor(), 2)
    return story


def form_of(answer, end="decide"):
    """What the page's form carries, with the answers that are chosen on it."""
    form = next(one for one in answer.page.query("form") if one.attrs["action"].endswith(f"/{end}"))
    sent = {}
    for field in form.query("input, textarea"):
        if field.attrs.get("type") == "radio" and "checked" not in field.attrs:
            continue
        is_long = field.name == "textarea"
        value = field.to_text(strip=False).lstrip("\n") if is_long else field.attrs.get("value")
        sent[field.attrs["name"]] = value or ""
    return sent


def newest(story):
    revision = texts.latest(fresh(story))
    db.session.commit()
    return revision


def approvals():
    found = db.session.query(Approval).count()
    db.session.commit()
    return found


def key_of(answer, words):
    """The key of the change whose sentence has these words."""
    change = next(one for one in answer.page.query(".change") if words in one.to_text())
    return change.query("input[type=radio]")[0].attrs["name"].removeprefix("do-")


def test_every_change_is_kept_until_something_else_is_chosen(visit):
    answer = visit(url_of(three_changes()))

    sent = form_of(answer)
    chosen = {name: value for name, value in sent.items() if name.startswith("do-")}
    assert len(chosen) >= 4
    assert set(chosen.values()) == {"keep"}


def test_keeping_everything_changes_nothing_and_is_no_yes(visit):
    story = three_changes()
    url = url_of(story)

    answer = visit.post(f"{url}/decide", form_of(visit(url)))

    assert "You kept every change. That is no yes yet." in answer.text
    assert newest(story).number == 2
    assert approvals() == 0


def test_undoing_a_change_brings_ones_own_words_back(visit):
    story = three_changes()
    url = url_of(story)
    page = visit(url)
    sent = form_of(page)

    sent[f"do-{key_of(page, 'free')}"] = "undo"
    sent["do-title"] = "undo"
    answer = visit.post(f"{url}/decide", sent)

    assert "Your choices are in the text." in answer.text
    text = newest(story)
    assert text.author_id is None
    assert text.title == "How I found the water"
    assert text.text == NEW.replace("free", "light")
    assert fresh(story).state is StoryState.EDITING
    assert "Nothing. This is your own text" in answer.text


def test_undoing_everything_is_ones_own_text_again(visit):
    story = three_changes()
    url = url_of(story)
    sent = form_of(visit(url))

    visit.post(f"{url}/decide", {k: "undo" if k.startswith("do-") else v for k, v in sent.items()})

    text = newest(story)
    assert (text.title, text.text) == ("How I found the water", OLD)


def test_ones_own_words_stand_in_place_of_a_change(visit):
    story = three_changes()
    url = url_of(story)
    page = visit(url)
    sent, key = form_of(page), key_of(page, "free")

    sent |= {f"do-{key}": "own", f"own-{key}": "The water holds me.\r\n\r\nI am a fish."}
    sent |= {"do-title": "own", "own-title": "Like a fish"}
    visit.post(f"{url}/decide", sent)

    text = newest(story)
    assert text.title == "Like a fish"
    assert "The water holds me.\n\nI am a fish." in text.text
    assert "free" not in text.text


def test_the_editor_sees_what_the_storyteller_chose(visit, mailbox):
    story = three_changes()
    url = url_of(story)
    before = len(mailbox())
    sent = form_of(visit(url)) | {"do-title": "undo"}

    visit.post(f"{url}/decide", sent)

    assert len(mailbox()) == before + 1
    assert [one.number for one in fresh(story).revisions] == [1, 2, 3]


@pytest.mark.parametrize(
    ("answer", "own", "words"),
    [
        ("own", " \u200b", "Change 1: write your own words, or choose another answer."),
        ("keep", "Something else", "Change 1: you wrote your own words."),
        ("undo", "Something else", "Change 1: you wrote your own words."),
        ("own", "x" * 151, "The title must have 150 letters or fewer."),
        ("own", "a\u202eb", "The title has hidden marks in it."),
        ("maybe", "Water", "Choose an answer to change 1."),
        (["keep", "undo"], "Water", "We got two answers to this."),
    ],
)
def test_answers_that_cannot_be_used_come_back(visit, answer, own, words):
    story = three_changes()
    url = url_of(story)
    sent = form_of(visit(url)) | {"do-title": answer, "own-title": own}

    back = visit.post(f"{url}/decide", sent)

    assert back.status == 422
    assert words in back.text
    assert back.has(".problem[role=alert]")
    assert back.page.query("[name=own-title]")[0].attrs.get("value", "") == own.strip()
    assert newest(story).number == 2


def test_an_empty_box_beside_another_answer_is_no_words(visit):
    story = three_changes()
    url = url_of(story)
    sent = form_of(visit(url)) | {"do-title": "undo", "own-title": ""}

    assert visit.post(f"{url}/decide", sent).status == 200
    assert newest(story).title == "How I found the water"


def test_words_that_are_far_too_long_come_back_whole(visit):
    story = three_changes()
    url = url_of(story)
    page = visit(url)
    key = key_of(page, "free")
    for length in (STORY_LONGEST, 1_000_000):
        words = "a" * length
        sent = form_of(page) | {f"do-{key}": "own", f"own-{key}": words}

        back = visit.post(f"{url}/decide", sent)

        assert back.status == 422
        assert "200,000 letters or fewer" in back.text
        assert words in back.response.text
    assert newest(story).number == 2


def test_a_second_tab_undoes_nothing_of_the_first(visit):
    story = three_changes()
    url = url_of(story)
    first, second = form_of(visit(url)), form_of(visit(url))
    visit.post(f"{url}/decide", first | {"do-title": "undo"})
    before = tables()

    late = second | {"do-title": "own", "own-title": "My title"}
    answer = visit.post(f"{url}/decide", late)

    assert answer.status == 409
    assert answer.has(".problem[role=alert][autofocus]")
    assert "Your answers were not saved." in answer.text
    assert "You wrote: My title" in answer.page.query(".problem")[0].to_text()
    assert tables() == before


def test_an_editor_who_was_quicker_is_seen_with_what_was_chosen(visit):
    story = three_changes()
    url = url_of(story)
    page = visit(url)
    sent, key = form_of(page), key_of(page, "free")
    edited(story, text=NEW + "\n\nBring a towel.")

    words = "The water holds me. I am a fish."
    sent |= {f"do-{key}": "own", f"own-{key}": words, "do-title": "undo"}
    answer = visit.post(f"{url}/decide", sent)

    assert answer.status == 409
    assert "Bring a towel." in answer.text
    assert words in answer.page.query(".problem")[0].to_text()
    now = form_of(answer)
    assert (now["do-title"], now["seen"]) == ("undo", "3")
    assert newest(story).number == 3
    assert visit.post(f"{url}/decide", now).status == 200
    assert newest(story).title == "How I found the water"


@pytest.mark.parametrize("seen", [None, "", "x", "-1", "9" * 50, "²", "\0", "0"])
def test_made_up_numbers_change_nothing(visit, seen):
    story = three_changes()
    url = url_of(story)
    for name in ("seen", "base"):
        sent = form_of(visit(url)) | {"do-title": "undo", "seen": "1", name: seen}
        sent = {k: v for k, v in sent.items() if v is not None}
        answer = visit.post(f"{url}/decide", sent)
        assert answer.status == 409
    assert newest(story).number == 2


def test_the_whole_text_can_be_written_anew(visit):
    story = handed_over()
    url = url_of(story)
    page = visit(f"{url}/rewrite")
    assert page.value("heading") == "How I found the water"
    assert "I feel free" in page.page.query("textarea[name=text]")[0].to_text()

    typed = {"heading": " My water ", "summary": "One.\r\nTwo.", "text": "One\r\n\r\n# Two  \r\n"}
    answer = visit.send(f"{url}/rewrite", typed)

    assert "Your text is saved. Our team sees it now." in answer.text
    text = newest(story)
    assert (text.title, text.summary, text.text) == ("My water", "One. Two.", "One\n\n# Two")
    assert (text.author_id, text.name) == (None, "Ada")
    assert fresh(story).state is StoryState.EDITING


def test_a_first_text_can_be_written_where_there_is_none(visit):
    answers = {"name_shown": "first", "consents": {"publish": "yes"}, "reply_by": "email"}
    story = a_story(telling="call", title="", text="", answers=answers)
    if fresh(story).revisions:
        pytest.skip("a story that is told on the phone has a text from the start")
    url = url_of(story)

    visit.send(f"{url}/rewrite", {"heading": "Water", "summary": "", "text": "I swim."})

    text = newest(story)
    assert (text.number, text.title, text.name) == (1, "Water", "Ada")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"heading": " "}, "Give your story a title."),
        ({"heading": "x" * 151}, "The title must have 150 letters or fewer."),
        ({"text": "\u200b"}, "Write your story."),
        ({"text": "x" * 200_001}, "Your story must have 200,000 letters or fewer."),
        ({"text": "x" * 1_000_000}, "It has 1,000,000."),
        ({"summary": "x" * 501}, "The summary must have 500 letters or fewer."),
        ({"heading": ["a", "b"]}, "We got two answers to this."),
    ],
)
def test_a_text_that_cannot_be_taken_comes_back_whole(visit, typed, words):
    story = handed_over()
    url = url_of(story)
    good = {"heading": "Water", "summary": "", "text": "I swim every day in the sea."}

    answer = visit.send(f"{url}/rewrite", good | typed)

    assert answer.status == 422
    assert words in answer.text
    if "text" not in typed:
        assert good["text"] in answer.response.text
    elif len(typed["text"]) > 1:
        assert typed["text"] in answer.response.text
    assert newest(story).number == 2


def test_a_megabyte_in_any_script_comes_back_whole(visit_plain):
    url = url_of(handed_over())
    text = "ش" * 300_000

    answer = visit_plain.send(f"{url}/rewrite", {"heading": "قصتي", "summary": "", "text": text})

    assert answer.status == 422
    assert text in answer.response.text


def test_a_rewritten_text_puts_nothing_newer_away_unseen(visit):
    story = handed_over()
    url = url_of(story)
    page = visit(f"{url}/rewrite")
    edited(story, text="A newer text.")
    typed = {"heading": "Mine", "summary": "", "text": "My text.", "seen": page.value("seen")}

    answer = visit.post(f"{url}/rewrite", typed)

    assert answer.status == 409
    assert answer.value("heading") == "Mine"
    assert answer.page.query("textarea[name=text]")[0].to_text() == "My text."
    assert "A newer text." in answer.text
    assert newest(story).text == "A newer text."
    assert visit.post(f"{url}/rewrite", typed | {"seen": answer.value("seen")}).status == 200
    assert newest(story).text == "My text."


def test_a_text_for_a_story_that_was_taken_back_is_not_lost(visit):
    story = handed_over()
    url = url_of(story)
    page = visit(f"{url}/rewrite")
    withdrawal.withdraw(story, keep_files=False)

    typed = {"heading": "Mine", "summary": "", "text": "My text.", "seen": page.value("seen")}
    answer = visit.post(f"{url}/rewrite", typed)

    assert answer.status == 409
    assert "This story was taken back." in answer.text
    assert "My text." in answer.response.text


def test_a_yes_is_to_exactly_the_text_on_the_page(visit):
    story = handed_over()
    url = url_of(story)
    page = visit(url)
    assert "Silence is never a yes. Nothing is published without this button." in page.text
    assert texts.WORDING in page.text

    answer = visit.post(f"{url}/approve", form_of(page))

    assert answer.has(".done[autofocus]")
    assert "You said yes to exactly this text. Our team can publish it now." in answer.text
    assert not answer.has(APPROVES)
    yes = texts.valid_approval(fresh(story))
    assert (yes.wording, yes.digest) == (texts.WORDING, newest(story).digest)
    assert fresh(story).state is StoryState.APPROVED


def test_ones_own_text_can_be_said_yes_to_at_once(visit):
    story = a_story()

    answer = visit.send(url_of(story), button=YES)

    assert "You said yes to exactly this text." in answer.text
    assert fresh(story).state is StoryState.APPROVED


def test_a_yes_said_twice_counts_once(visit):
    story = handed_over()
    url = url_of(story)
    sent = form_of(visit(url))

    for _ in range(2):
        assert visit.post(f"{url}/approve", sent).status == 200
    assert approvals() == 1


def test_an_old_text_cannot_be_said_yes_to(visit):
    story = handed_over()
    url = url_of(story)
    sent = form_of(visit(url))
    edited(story, text="A newer text.")
    before = tables()

    answer = visit.post(f"{url}/approve", sent)

    assert answer.status == 409
    assert "The text changed after you opened this page." in answer.text
    assert "A newer text." in answer.text
    assert tables() == before
    assert visit.post(f"{url}/approve", form_of(answer)).status == 200
    assert newest(story).text == "A newer text."
    assert approvals() == 1


def test_the_form_of_another_story_says_yes_to_nothing(visit):
    story, other = handed_over(), handed_over()
    sent = form_of(visit(url_of(story)))
    before = tables()

    answer = visit.post(f"{url_of(other)}/approve", sent)

    assert answer.status == 409
    assert tables() == before


@pytest.mark.parametrize("name", ["revision", "digest"])
@pytest.mark.parametrize("value", [None, "", "x", "9" * 40, "\0", "-1", "²"])
def test_a_made_up_yes_is_none(visit, name, value):
    story = a_story()
    url = url_of(story)
    sent = form_of(visit(url), "approve") | {name: value}
    before = tables()

    answer = visit.post(f"{url}/approve", {k: v for k, v in sent.items() if v is not None})

    assert answer.status == 409
    assert tables() == before


@pytest.mark.parametrize("leave", ["withdrawn", "declined"])
def test_a_story_that_is_over_cannot_be_said_yes_to(visit, leave):
    story = handed_over()
    url = url_of(story)
    sent = form_of(visit(url))
    if leave == "withdrawn":
        withdrawal.withdraw(story, keep_files=False)
    else:
        shaping.decline(story, an_editor(), "No.")
    before = tables()

    for end in ("approve", "decide"):
        answer = visit.post(f"{url}/{end}", sent | {"do-p1": "undo"})
        assert answer.status == 409
        assert not answer.has(f"{APPROVES}, #choices")
    assert tables() == before


@pytest.mark.parametrize(
    "pending", [{"do-p1": "undo"}, {"do-p1": "own"}, {"own-p1": "The water holds me well."}]
)
def test_a_yes_does_not_pass_over_answers_that_are_not_saved(visit, pending):
    story = handed_over()
    url = url_of(story)

    answer = visit.post(f"{url}/approve", form_of(visit(url)) | pending)

    assert answer.status == 422
    assert "You have answers that are not saved yet." in answer.text
    name, value = next(iter(pending.items()))
    assert form_of(answer)[name] == value
    assert approvals() == 0


def test_the_yes_button_carries_the_answers(visit):
    page = visit(url_of(handed_over()))

    button = page.page.query("button[formaction]")[0]
    assert button.to_text() == YES
    assert button.attrs["form"] == "choices"
    assert page.page.query("form#choices")


def test_a_yes_can_be_taken_back_until_it_is_public(visit):
    story = approved()
    url = url_of(story)

    answer = visit.send(url, button="Take my yes back")

    assert "We took your yes back. Nobody can publish this text now." in answer.text
    assert answer.has(APPROVES)
    assert texts.valid_approval(fresh(story)) is None
    assert fresh(story).state is StoryState.EDITING


def test_what_is_public_is_taken_back_as_a_whole(visit):
    story = published()
    url = url_of(story)
    page = visit(url)
    assert not page.has("form[action$=unapprove]")
    assert page.has("#yes a[href$=withdraw]")

    visit.post(f"{url}/unapprove")

    assert fresh(story).state is StoryState.PUBLISHED


def test_readers_keep_the_old_text_until_there_is_a_yes_to_the_new_one(visit):
    story = published()
    edited(story)
    url = url_of(story)
    page = visit(url)
    assert "free" in page.page.query("del, ins")[1].to_text()

    visit.post(f"{url}/approve", form_of(page))

    assert fresh(story).published.text == TEXT
    shaping.publish(fresh(story), an_editor())
    assert "free" in fresh(story).published.text


def test_a_text_without_a_title_is_given_one_first(visit):
    story = a_story(title="")
    url = url_of(story)

    page = visit(url)

    assert "Your story needs a title before you can say yes to it." in page.text
    assert not page.has(APPROVES)


def test_changes_that_are_no_words_are_kept_or_undone(visit):
    story = a_story()
    edited(story, topics=("water",), summary="Short.")
    url = url_of(story)
    page = visit(url)
    assert not page.has("[name=own-topics]")
    assert page.has("textarea[name=own-summary]")
    assert "In the water" in page.page.query(".change")[-1].to_text()

    visit.post(f"{url}/decide", form_of(page) | {"do-topics": "undo"})

    assert newest(story).topics == []
    assert newest(story).summary == "Short."


def test_a_story_of_many_changes_has_one_form(visit):
    old = "\n\n".join(f"Paragraph {n} is about swimming in lake {n}." for n in range(60))
    story = a_story(text=old)
    edited(story, text=old.replace("swimming in", "walking around"))
    url = url_of(story)
    page = visit(url)
    assert len(page.page.query(".change")) == 60

    sent = form_of(page)
    visit.post(f"{url}/decide", sent | {"do-p30": "undo"})

    assert newest(story).text.count("swimming") == 1


def test_nothing_here_makes_a_text_of_another_story(visit):
    story, other = handed_over(), handed_over()
    sent = form_of(visit(url_of(story)))
    before = db.session.query(Revision).count()
    db.session.commit()

    answer = visit.post(f"{url_of(other)}/decide", sent | {"do-p1": "undo", "base": "1"})

    assert answer.status in {200, 409}
    assert [one.number for one in fresh(story).revisions] == [1, 2]
    assert db.session.query(Revision).count() <= before + 1
    assert content(other).text in {TEXT, TEXT.replace("light", "free")}
