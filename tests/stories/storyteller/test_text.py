"""What the storyteller does with the text: choose, rewrite, say yes; and two tabs at once."""

import pytest

from portal.inbox.models import ConversationState
from portal.stories import shaping, texts
from portal.stories.content import STORY_LONGEST
from portal.stories.editor import status
from portal.stories.models import Approval
from portal.stories.states import StoryState
from tests import stories
from tests.newsletter import tables
from tests.stories import a_story, approved, count, edited, fresh, handed_over, published, withdrawn
from tests.stories.desk import words_of
from tests.stories.storyteller import url_of

APPROVES = "button[formaction$='/approve'], form[action$='/approve']"
YES = "Yes, publish exactly this"
OLD = "I roll to the pool each week.\n\nThe water holds me. I feel light.\n\nI go with Sam."
NEW = "Each week I roll to the pool.\n\nThe water holds me. I feel free.\n\nCome with us!"
OWN_TITLE = "How I found the water"


@pytest.fixture
def changed(app):
    """A story with a new title, two changed paragraphs and another in place of one; its page."""
    story = handed_over(a_story(text=OLD), title="Water", text=NEW)
    return story, url_of(story)


def form_of(answer, end="decide"):
    """What the page's form carries, with the answers that are chosen on it."""
    return answer.form(f"form[action$='/{end}']")


def newest(story):
    return texts.latest(fresh(story))


def key_of(answer, words):
    """The key of the change whose sentence has these words."""
    change = next(one for one in answer.page.query(".change") if words in one.to_text())
    return change.query("input[type=radio]")[0].attrs["name"].removeprefix("do-")


def test_every_change_is_kept_until_something_else_is_chosen_and_that_is_no_yes(visit, changed):
    story, url = changed
    sent = form_of(visit(url))
    chosen = [value for name, value in sent.items() if name.startswith("do-")]
    assert chosen == ["keep"] * 5

    answer = visit.post(f"{url}/decide", sent)
    assert "You kept every change. Is the text right? Then say yes" in answer.text
    # One button keeps all, whatever else was chosen.
    answer = visit.post(f"{url}/decide", sent | {"do": "keep", "do-title": "undo"})
    assert "You kept every change." in answer.text
    assert newest(story).number == 2
    assert count(Approval) == 0


def test_own_words_and_what_was_undone_make_a_text_and_the_editor_sees_it(visit, mailbox, changed):
    story, url = changed
    page, before = visit(url), len(mailbox())
    first, second = key_of(page, "Each week"), key_of(page, "free")
    sent = {f"do-{first}": "own", f"own-{first}": "I roll.\r\n\r\nI swim.", f"do-{second}": "undo"}
    sent |= {"do-title": "own", "own-title": "Like a fish"}
    answer = visit.post(f"{url}/decide", form_of(page) | sent)

    assert "Your choices are in the text." in answer.text
    assert "Nothing. This is your own text" in answer.text
    text = newest(story)
    assert (text.number, text.author_id, text.title) == (3, None, "Like a fish")
    undone = NEW.replace("free", "light")
    assert text.text == undone.replace("Each week I roll to the pool.", "I roll.\n\nI swim.")
    assert fresh(story).state is StoryState.EDITING
    assert "storyteller wrote" in stories.deeds(story)
    assert story.conversation.state is ConversationState.OPEN
    assert len(mailbox()) == before + 1


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
def test_answers_that_cannot_be_used_come_back(visit_plain, changed, answer, own, words):
    story, url = changed
    sent = form_of(visit_plain(url)) | {"do-title": answer, "own-title": own}
    back = visit_plain.post(f"{url}/decide", sent)

    assert back.status == 422
    assert words in back.text
    assert back.has(".problem[role=alert]")
    assert back.value("own-title") == own.strip()
    assert newest(story).number == 2


def test_a_second_tab_undoes_nothing_of_the_first(visit, changed):
    _, url = changed
    first, second = form_of(visit(url)), form_of(visit(url))
    visit.post(f"{url}/decide", first | {"do-title": "undo"})
    before = tables()
    answer = visit.post(f"{url}/decide", second | {"do-title": "own", "own-title": "My title"})

    assert answer.status == 409
    assert answer.has(".problem[role=alert][autofocus]")
    assert "Your answers were not saved." in answer.text
    assert "You wrote: My title" in answer.page.query(".problem")[0].to_text()
    assert tables() == before


def test_an_editor_who_was_quicker_is_seen_with_what_was_chosen(visit, changed):
    story, url = changed
    page = visit(url)
    key, words = key_of(page, "free"), "The water holds me. I am a fish."
    # An empty box is no words.
    sent = {f"do-{key}": "own", f"own-{key}": words, "do-title": "undo", "own-title": ""}
    edited(story, text=NEW + "\n\nBring a towel.")
    answer = visit.post(f"{url}/decide", form_of(page) | sent)

    assert answer.status == 409
    assert "Bring a towel." in answer.text
    assert words in answer.page.query(".problem")[0].to_text()
    now = form_of(answer)
    assert (now["do-title"], now["seen"]) == ("undo", "3")
    assert newest(story).number == 3
    assert visit.post(f"{url}/decide", now).status == 200
    assert newest(story).title == OWN_TITLE


def test_changes_that_are_no_words_are_kept_or_undone(visit_plain):
    url = url_of(story := edited(a_story(), topics=("water",), summary="Short.").story)
    page = visit_plain(url)
    assert not page.has("[name=own-topics]")
    assert page.has("textarea[name=own-summary]")
    assert "In the water" in page.page.query(".change")[-1].to_text()

    visit_plain.post(f"{url}/decide", form_of(page) | {"do-topics": "undo"})
    assert (newest(story).topics, newest(story).summary) == ([], "Short.")


def test_small_signs_are_one_change_that_opens_to_show_them(visit_plain):
    old = "I swim\n\nI walk, I run\n\nI rest."
    url = url_of(
        story := edited(a_story(text=old), text="I swim.\n\nI walk; I run\n\nI sleep.").story
    )
    page = visit_plain(url)
    *_, small = page.page.query(".change")
    assert len(page.page.query(".change")) == 2
    assert "small signs, such as commas and spaces, in 2 places." in small.to_text()
    assert len(small.query(".lines")) == 2

    visit_plain.post(f"{url}/decide", form_of(page) | {"do-small": "undo"})
    assert newest(story).text == old.replace("rest", "sleep")


def test_own_words_show_no_sign_and_lose_no_heading_and_no_link(visit_plain):
    text = "## Now\n\nSee [its page](https://a.org). I am **free**."
    url = url_of(story := edited(a_story(text="Now\n\nSee its page. I am free."), text=text).story)
    page = visit_plain(url)
    first, second = (key_of(page, words) for words in ("a heading", "a link"))
    shown = [page.value(f"own-{key}") for key in (first, second)]
    assert shown == ["Heading: Now", "See its page (https://a.org). I am free."]
    assert "##" not in page.text

    own = {f"do-{first}": "own", f"own-{first}": "Heading: Now and then"}
    own |= {f"do-{second}": "own", f"own-{second}": "Look at its page (https://a.org). I am free."}
    visit_plain.post(f"{url}/decide", form_of(page) | own)
    kept = text.replace("Now", "Now and then").replace("See", "Look at")
    assert newest(story).text == kept


def test_a_story_of_many_changes_has_one_form(visit_plain):
    old = "\n\n".join(f"Paragraph {n} is about swimming in lake {n}." for n in range(60))
    url = url_of(story := a_story(text=old))
    edited(story, text=old.replace("swimming in", "walking around"))
    page = visit_plain(url)
    assert len(page.page.query(".change")) == 60

    visit_plain.post(f"{url}/decide", form_of(page) | {"do-p30": "undo"})
    assert newest(story).text.count("swimming") == 1


def test_the_whole_text_can_be_written_anew(visit):
    url = url_of(story := handed_over())
    page = visit(f"{url}/rewrite")
    assert page.value("heading") == OWN_TITLE
    assert "I feel free" in page.value("text")

    typed = {"heading": " My water ", "summary": "One.\r\nTwo.", "text": "One\r\n\r\n# Two  \r\n"}
    answer = visit.send(f"{url}/rewrite", typed)
    assert "Your text is saved. Our team sees it now." in answer.text
    text = newest(story)
    assert (text.title, text.summary, text.text) == ("My water", "One. Two.", "One\n\n# Two")
    assert (text.author_id, text.name) == (None, "Ada")
    assert fresh(story).state is StoryState.EDITING


def test_a_first_text_can_be_written_where_there_is_none(visit_plain):
    answers = {"name_shown": "first", "consents": {"publish": "yes"}, "reply_by": "email"}
    story = a_story(telling="call", title="", text="", answers=answers)
    assert fresh(story).revisions == []
    visit_plain.send(f"{url_of(story)}/rewrite", {"heading": "Water", "text": "I swim."})

    text = newest(story)
    assert (text.number, text.title, text.name) == (1, "Water", "Ada")


def test_a_rewritten_text_puts_nothing_newer_away_unseen(visit):
    url = url_of(story := handed_over())
    page = visit(f"{url}/rewrite")
    edited(story, text="A newer text.")
    typed = {"heading": "Mine", "summary": "", "text": "My text.", "seen": page.value("seen")}
    answer = visit.post(f"{url}/rewrite", typed)

    assert answer.status == 409
    assert (answer.value("heading"), answer.value("text")) == ("Mine", "My text.")
    assert "A newer text." in answer.text
    assert newest(story).text == "A newer text."
    assert visit.post(f"{url}/rewrite", typed | {"seen": answer.value("seen")}).status == 200
    assert newest(story).text == "My text."


def test_a_yes_is_to_exactly_the_text_on_the_page_and_counts_once(visit):
    url = url_of(story := handed_over())
    page = visit(url)
    assert "If you do not answer, we do not publish." in page.text
    assert texts.WORDING in page.text
    # The button carries the answers.
    (button,) = page.page.query("button[formaction]")
    assert (button.to_text(), button.attrs["form"]) == (YES, "choices")
    assert page.has("form#choices")

    answer = visit.post(f"{url}/approve", form_of(page))
    assert answer.has(".done[autofocus]")
    assert "You said yes to exactly this text." in answer.text
    assert not answer.has(APPROVES)
    yes = texts.valid_approval(fresh(story))
    assert (yes.wording, yes.digest) == (texts.WORDING, newest(story).digest)
    assert fresh(story).state is StoryState.APPROVED
    assert visit.post(f"{url}/approve", form_of(page)).status == 200
    assert count(Approval) == 1


def test_ones_own_text_can_be_said_yes_to_at_once_if_it_has_a_title(visit_plain):
    answer = visit_plain.send(url_of(story := a_story()), button=YES)
    assert "You said yes to exactly this text." in answer.text
    assert fresh(story).state is StoryState.APPROVED

    page = visit_plain(url_of(a_story(title="")))
    assert "Your story needs a title before you can say yes to it." in page.text
    assert not page.has(APPROVES)


def test_an_old_text_cannot_be_said_yes_to(visit):
    url = url_of(story := handed_over())
    sent = form_of(visit(url))
    edited(story, text="A newer text.")
    before = tables()
    answer = visit.post(f"{url}/approve", sent)

    assert answer.status == 409
    assert "The text changed after you opened this page." in answer.text
    assert tables() == before
    assert visit.post(f"{url}/approve", form_of(answer)).status == 200
    assert texts.valid_approval(fresh(story)).revision.text == "A newer text."


@pytest.mark.parametrize(
    ("name", "value"), [("do-p1", "undo"), ("do-p1", "own"), ("own-p1", "The water holds me.")]
)
def test_a_yes_does_not_pass_over_answers_that_are_not_saved(visit_plain, name, value):
    url = url_of(handed_over())
    answer = visit_plain.post(f"{url}/approve", form_of(visit_plain(url)) | {name: value})

    assert answer.status == 422
    assert "You have answers that are not saved yet." in answer.text
    assert form_of(answer)[name] == value
    assert count(Approval) == 0


def test_a_yes_can_be_taken_back_until_it_is_public(visit):
    url = url_of(story := approved())
    answer = visit.send(url, button="Take my yes back")
    assert "We took your yes back. Nobody can publish this text now." in answer.text
    assert answer.has(APPROVES)
    assert texts.valid_approval(fresh(story)) is None
    assert fresh(story).state is StoryState.EDITING

    published(story)
    page = visit(url)
    assert not page.has("form[action$=unapprove]")
    assert page.has("#yes a[href$=withdraw]")
    visit.post(f"{url}/unapprove")
    assert texts.valid_approval(fresh(story))
    approved(handed_over(story, text="Newer."))
    visit.post(f"{url}/unapprove")
    assert fresh(story).state is StoryState.PUBLISHED
    assert texts.valid_approval(story) is None


def test_an_earlier_change_is_looked_at_and_undone_where_it_still_fits(visit, changed):
    story, url = changed
    edited(story, text=NEW.replace("I feel free", "I feel so free"), title="The water")
    page = visit(f"{url}/history")
    assert [one.attrs["href"].rpartition("/")[2] for one in page.page.query("ol a")] == [*"321"]

    page = visit(f"{url}/history/2")
    found = {part: undo_of(page, part) for part in ("title", "Each week", "free", "Come with us")}
    assert [part for part, form in found.items() if form] == ["Each week", "Come with us"]
    assert "The text has changed there since." in page.text
    form = found["Each week"]
    for _ in range(2):
        answer = visit.post(form.attrs["action"], fields(form))
        assert (answer.status, "The change is undone" in answer.text) == (200, True)
    text = newest(story)
    assert (text.number, text.author_id, text.title) == (4, None, "The water")
    first, *rest = text.text.split("\n\n")
    assert (first, rest[0]) == (
        "I roll to the pool each week.",
        "The water holds me. I feel so free.",
    )
    assert "text does not have this change." in visit(f"{url}/history/2").text
    stale = fields(found["Come with us"])
    assert visit.post(form.attrs["action"], stale).status == 409
    assert visit(f"{url}/history/9").status == 404
    withdrawn(story)
    assert not visit(f"{url}/history/2").has("form[action$=undo]")


def undo_of(page, words):
    """The form that undoes the change with these words; None where it does not fit."""
    change = next(one for one in page.page.query(".change") if words in one.to_text())
    return next(iter(change.query("form")), None)


def fields(form):
    return {one.attrs["name"]: one.attrs["value"] for one in form.query("input")}


def test_not_yet_is_neither_a_yes_nor_silence(visit, visit_plain, mailbox):
    url, before = url_of(story := handed_over()), len(mailbox())
    assert visit(url).has("#yes a[href$='/not-yet']")
    page = visit(f"{url}/not-yet")
    assert page.has("[name=way][value=email][checked]")
    assert visit.post(f"{url}/not-yet", page.form() | {"way": "phone"}).status == 422

    typed = {"message": "Sam is my cousin.", "way": "phone", "reach": "0161 496 0000"}
    for _ in range(2):
        answer = visit.post(f"{url}/not-yet", page.form() | typed)
    assert "We know that it is not a yes yet." in answer.text
    assert words_of(answer, ".turn").startswith("You said: not yet")
    said = words_of(answer, "#talk .entry:last-of-type")
    assert "Sam is my cousin. Please answer: By phone: 0161 496 0000" in said
    found = fresh(story)
    assert (found.state, found.asked_at) == (StoryState.EDITING, None)
    assert stories.deeds(story).count("storyteller said not yet") == 1
    assert len(mailbox()) == before + 1
    assert answer.has(APPROVES)  # they may still say yes
    assert "not yet. They want to talk about the text." in status.status_of(fresh(story)).words

    # It is said of this text, and until somebody asks again or there is a yes.
    assert "not yet" not in words_of(visit_plain(url_of(edited(story, text="New.").story)), ".turn")
    stories.ask(story)
    visit_plain.send(f"{url}/not-yet", {"way": "email"})
    assert "You said: not yet" in visit_plain(url).text
    approved(stories.ask(story))
    assert "You said: not yet" not in visit_plain(url).text
    assert visit_plain.post(f"{url}/not-yet", {"way": "email", "seen": "9"}).status == 409


def test_readers_keep_the_old_text_until_there_is_a_yes_to_the_new_one(visit_plain):
    url = url_of(story := edited(published()).story)
    page = visit_plain(url)
    assert "free" in page.page.query("del, ins")[1].to_text()

    visit_plain.post(f"{url}/approve", form_of(page))
    assert fresh(story).published.text == stories.TEXT
    shaping.publish(fresh(story), stories.an_editor())
    assert "free" in fresh(story).published.text


def test_a_megabyte_in_any_script_comes_back_whole(visit_plain, changed):
    story, url = changed
    page = visit_plain(url)
    key = key_of(page, "free")
    long = "🏊" * 300_000
    for end, field, text in (
        ("rewrite", "text", long),
        ("decide", f"own-{key}", long),
        ("decide", f"own-{key}", "a" * STORY_LONGEST),  # too long with the rest of the text
    ):
        sent = {"heading": "Water", f"do-{key}": "own", field: text}
        back = visit_plain.post(f"{url}/{end}", form_of(page) | sent)
        assert back.status == 422
        assert "200,000 letters or fewer" in back.text
        assert text in back.response.text
    assert newest(story).number == 2


def test_made_up_numbers_change_nothing_and_are_no_yes(visit_plain, changed):
    _, url = changed
    form = form_of(visit_plain(url)) | {"do-title": "undo", "seen": "1"}
    own = url_of(a_story())
    yes = form_of(visit_plain(own), "approve")
    before = tables()
    for value in ("", "x", "-1", "9" * 50, "²", "\0", "0"):
        for name in ("seen", "base"):
            answer = visit_plain.client.post(f"{url}/decide", data=form | {name: value})
            assert answer.status_code == 409
        for name in ("revision", "digest"):
            answer = visit_plain.client.post(f"{own}/approve", data=yes | {name: value})
            assert answer.status_code == 409
    assert tables() == before


@pytest.mark.parametrize("leave", [withdrawn, stories.declined])
def test_a_story_that_is_over_takes_no_yes_and_no_text_but_loses_no_word(visit_plain, leave):
    url = url_of(story := handed_over())
    sent = form_of(visit_plain(url)) | {"do-p1": "undo"}
    leave(story)
    before = tables()
    for end in ("approve", "decide"):
        answer = visit_plain.post(f"{url}/{end}", sent)
        assert answer.status == 409
        assert not answer.has(f"{APPROVES}, #choices")
    typed = {"heading": "Mine", "summary": "", "text": "My text.", "seen": "2"}
    answer = visit_plain.post(f"{url}/rewrite", typed)
    assert answer.status == 409
    assert "My text." in answer.response.text
    assert ("This story was taken back." in answer.text) is (leave is withdrawn)
    assert tables() == before
