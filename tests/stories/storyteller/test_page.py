"""The storyteller's page: where the story is, what is asked of them, and what they may do."""

from datetime import timedelta

import pytest

from portal.extensions import db, now
from portal.inbox.models import Direction, Message
from portal.stories import formats, shaping, withdrawal
from portal.stories.states import StoryState, Telling, VersionKind
from portal.transaction import NotPossible, Stale
from portal.ways import CALLS
from tests import stories
from tests.newsletter import tables
from tests.stories import a_story, an_editor, approved, deeds, edited, fresh, handed_over, published
from tests.stories.desk import words_of
from tests.stories.storyteller import resting, url_of


def way_of(answer):
    """How many steps the story has taken, and how many there are."""
    return tuple(len(answer.page.query(steps)) for steps in (".way li.reached", ".way li"))


def waiting_for_a_call():
    answers = {"reply_by": "phone", "call_by": "phone"}
    return a_story(telling=Telling.CALL, title="", text="", phone="0161 496 0000", answers=answers)


STATES = {
    "sent": (a_story, "You do not have to do anything now A person in our team reads your story."),
    "to be called": (waiting_for_a_call, "A person in our team calls you"),
    "edited": (lambda: edited(a_story()).story, "An editor is working on the text."),
    "own turn": (handed_over, "It is your turn Read your story."),
    "resting": (resting, "Nothing is lost. Read it. Then say yes, or tell us what to change."),
    "approved": (approved, "Our team can publish your story, exactly as you see it here."),
    "not allowed": (lambda: approved(a_story(answers=stories.NO_CONSENT)), "you have not allowed"),
    "published": (published, "Your story is on this site, exactly as you said yes to it."),
    "newer text": (lambda: handed_over(published()), "readers go on seeing the older one"),
    "newer yes": (lambda: approved(handed_over(published())), "You said yes to a newer text."),
    "declined": (stories.declined, "It names others."),
}


@pytest.mark.parametrize("state", STATES)
def test_the_page_says_what_happens_now_and_its_contents_lead_to_what_is_there(visit_plain, state):
    make, words = STATES[state]
    answer = visit_plain(url_of(make()))

    assert answer.status == 200
    assert answer.heading == "Your story"
    assert words in words_of(answer, ".turn")
    contents = [link.attrs["href"] for link in answer.page.query(".contents a")]
    assert len(contents) >= 3
    assert all(answer.has(link) for link in contents)


def test_the_way_of_a_story_is_told_step_by_step(visit_plain):
    url = url_of(story := a_story())
    assert way_of(visit_plain(url)) == (1, 6)

    story.conversation.opened_at = now()
    db.session.commit()
    for number, deed in enumerate((fresh, edited, stories.ask, approved, published), 2):
        deed(story)
        assert way_of(visit_plain(url)) == (number, 6)
    # Without an editor's text nothing is said to lack.
    answer = visit_plain(url_of(published()))
    assert "An editor worked on the text" not in answer.text
    assert way_of(answer) == (4, 4)


def test_a_draft_is_gone_on_with_where_it_is_told(client):
    story = stories.a_draft()
    url, steps = (
        of(story).removeprefix("http://portal.test") for of in (url_of, stories.telling_url)
    )
    before = tables()

    looked = [client.get(url + end) for end in ("", "/rewrite")]
    posts = ("/decide", "/approve", "/comment", "/withdraw", "/erase", "/stop")
    for answer in (*looked, *(client.post(url + end, data={"x": "y"}) for end in posts)):
        assert (answer.status_code, answer.location) == (303, steps)
    assert tables() == before


def test_the_text_is_shown_as_it_would_appear(visit_plain):
    story = a_story(text="# The pool\n\nI *roll* in.\n\n<b>Not bold</b>")
    edited(story, title="Water", summary="About water.", topics=("water", "dance"))
    answer = visit_plain(url_of(story))

    sheet = answer.page.query(".sheet")[0]
    shown = [sheet.query(name)[0].to_text() for name in ("h3", "h4", "em")]
    assert shown == ["Water", "The pool", "roll"]
    assert sheet.query("b") == []
    for words in ("About water.", "In the water, Dance", "Ada", "Beginner", "1 minute"):
        assert words in answer.text
    arabic = a_story(title="قصتي", text="أسبح كل يوم.", language="ar")
    sheet = visit_plain(url_of(arabic)).page.query(".sheet")[0]
    assert sheet.attrs["lang"] == "ar"
    assert sheet.query("h3")[0].attrs["dir"] == "auto"


def test_each_change_is_told_in_words_with_its_reason_and_marked_without_colour(visit_plain):
    answer = visit_plain(url_of(handed_over()))
    change = answer.page.query(".change")[0]
    assert "We changed “light” to “free”." in change.to_text()
    assert "taken out: " in change.query("del")[0].to_text()
    assert "added: " in change.query("ins")[0].to_text()
    assert "Shorter is easier to read." in answer.text

    story = a_story()
    text = stories.content(story, title="Water", text=stories.TEXT.replace("light", "free"))
    whys = {"title": "People look for water.", "p1": "It is more than light."}
    shaping.revise(story, an_editor(), text, 1, "All of it.", whys)
    changes = visit_plain(url_of(story)).page.query(".change")
    for change, why in zip(changes, whys.values(), strict=True):
        assert f"Why: {why}" in change.to_text()


def test_a_link_is_stopped_by_its_owner_whose_four_words_still_lead_there(visit):
    url = url_of(story := a_story())
    phrase, talk_key = story.phrase, story.conversation.key
    assert visit(f"{url}/stop").heading == "Stop this link"

    done = visit.send(f"{url}/stop")
    assert done.heading == "Your link is stopped"
    gone = visit(url)
    assert (gone.status, gone.heading) == (404, "This link does not work")
    assert all(page.has("a[href='/stories/share/find']") for page in (done, gone))
    story = fresh(story)
    assert story.phrase == phrase
    assert story.conversation.key != talk_key
    assert visit(url_of(story)).status == 200
    assert "link revoked" in deeds(story)


def test_nothing_of_the_teams_own_is_shown(visit_plain):
    story = handed_over()
    talk = story.conversation
    talk.doubts = talk.trouble = "A secret doubt"
    note = {"conversation_id": talk.id, "direction": Direction.NOTE, "way": "web"}
    db.session.add(Message(**note, text="A secret note"))
    db.session.commit()
    answer = visit_plain(url_of(story))

    assert "secret" not in answer.text
    assert "Eda" not in answer.text


def test_what_was_said_is_shown_and_answered_and_wakes_a_story_that_rests(visit, mailbox):
    url = url_of(story := resting())
    before = len(mailbox())
    answer = visit.send(url, {"message": "One thing more\n\nThank you"}, button="Send")

    assert answer.has(".done[autofocus]")
    assert "Your message is saved. A person will read it." in answer.text
    assert "One thing more Thank you" in answer.text
    assert len(mailbox()) == before + 1
    assert "received" in deeds(story)
    assert fresh(story).rested_at is None


def test_a_message_that_comes_twice_from_one_page_counts_once(visit_plain):
    url = url_of(a_story())
    for kept in (2, 3):
        form = visit_plain(url).form("form[action$=comment]")
        for _ in range(2):
            visit_plain.post(f"{url}/comment", form | {"message": "Thank you"})
        assert stories.count(Message) == kept


@pytest.mark.parametrize("way", CALLS)
def test_a_call_can_be_asked_for(visit_plain, way):
    story = handed_over(a_story(phone="0161 496 0000"))
    url = f"{url_of(story)}/call"
    reach = visit_plain(url).value("reach")  # the number that we know is there already
    answer = visit_plain.send(url, {"way": way, "reach": reach, "when": "After 2pm"})

    assert "A person in our team will call you." in answer.text
    assert f"Please call me. {CALLS[way]}: 0161 496 0000 When: After 2pm" in answer.text
    assert fresh(story).state is StoryState.WITH_STORYTELLER


@pytest.mark.parametrize(
    ("is_unlisted", "words", "button"),
    [
        (False, "Are you still happy for your story to be on this site?", "Yes, leave it up"),
        (True, "we took it out of our list", "Yes, put it back in the list"),
    ],
    ids=["asked", "unlisted"],
)
def test_the_yearly_question_is_answered_by_one_button(visit, is_unlisted, words, button):
    url = url_of(story := published())
    assert not visit(url).has("form[action$=still]")
    story.checks, story.checked_at = 1, now()
    story.unlisted_at = now() if is_unlisted else None
    db.session.commit()
    assert words in words_of(visit(url), ".turn")

    answer = visit.send(url, button=button)
    assert "Thank you. Your story stays up." in answer.text
    assert not answer.has("form[action$=still]")
    story = fresh(story)
    assert (story.checks, story.checked_at, story.unlisted_at) == (0, None, None)
    assert story.confirmed_at > now() - timedelta(minutes=1)


def an_easy_read(story):
    kind, text = VersionKind.EASY_READ, "I swim.\n\nI am **happy**."
    return formats.add_version(story, an_editor(), kind, "Water, easy", "en", text=text).id


def test_another_form_is_shown_whole_said_yes_to_by_itself_and_taken_away(visit):
    url = url_of(story := handed_over())
    an_easy_read(story)
    shown = visit(url)
    assert "Easy Read: Water, easy" in words_of(shown, "#versions .entry")
    assert words_of(shown, "#versions .entry strong") == "happy"

    answer = visit.send(url, button="Yes, publish this form")
    assert "You said yes to it." in answer.text
    assert "The text has changed since this was made." not in answer.text
    (version,) = fresh(story).versions
    assert version.approved_digest == version.digest
    assert fresh(story).state is StoryState.WITH_STORYTELLER

    edited(story, text="I swim.")
    assert "The text has changed since this was made." in visit(url).text
    an_easy_read(story)
    for button in ("Take it away again", "No, take it away"):
        answer = visit.send(url, button=button)
        assert "We took it away. Nobody can see it." in answer.text
    assert not answer.has("#versions")
    assert all(one.removed_at for one in fresh(story).versions)


def test_a_yes_to_another_version_than_was_shown_is_none(visit_plain):
    story, other = handed_over(), handed_over()
    mine, theirs = an_easy_read(story), an_easy_read(other)
    url = url_of(story)

    for version_id, digest in ((mine, "x"), (theirs, "x"), (theirs + 1, ""), (10**20, "x")):
        sent = {"answer": "yes", "digest": digest}
        answer = visit_plain.post(f"{url}/versions/{version_id}", sent)
        assert answer.status == (404 if version_id == 10**20 else 409)  # no row has that number
    assert visit_plain.post(f"{url}/versions/{theirs}", {"answer": "no"}).status == 409
    assert all(not one.versions[0].approved_at for one in (fresh(story), fresh(other)))
    assert not fresh(other).versions[0].removed_at


def test_a_guardians_word_is_on_the_list(visit_plain):
    answers = {"under_18": "yes", "guardian_consent": "yes", "consents": {}, "name_shown": "none"}
    story = a_story(answers=answers, guardian_name="Bo", guardian_phone="1")
    listed = visit_plain(url_of(story)).page.query("#allowed")[0].to_text()

    assert "My parent or guardian, Bo, agrees that I tell this." in listed
    assert "Readers see no name." in listed


@pytest.mark.parametrize("reason", [NotPossible, Stale])
def test_who_is_too_late_for_a_story_that_was_erased_is_told_so(visit_plain, monkeypatch, reason):
    story = published()
    path = url_of(story)

    def erased_meanwhile(story):
        withdrawal.erase(story)
        raise reason

    monkeypatch.setattr(shaping, "still_happy", erased_meanwhile)
    page = visit_plain.post(f"{path}/still", {})

    assert page.status == 404
    assert "This link does not work" in page.text
