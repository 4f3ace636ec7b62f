"""The storyteller's page: where the story is, what is asked of them, and what they may do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db, now
from portal.forms import signer
from portal.inbox.models import Message
from portal.stories import formats, links, shaping, withdrawal
from portal.stories.states import StoryState, Telling, VersionKind
from tests.newsletter import tables
from tests.stories import (
    TEXT,
    a_draft,
    a_story,
    an_editor,
    approved,
    content,
    deeds,
    edited,
    fresh,
    handed_over,
    published,
)

YES = "Yes, publish exactly this"
LEAVES = ("rewrite", "call", "consents", "withdraw", "erase", "stop")
BAD = ["x", "....", "%00", "%ff%fe", "💚", "' OR 1=1", "<b>", "%0d%0aX:y"]


def url_of(story):
    url = links.storyteller_url(story)
    db.session.commit()
    return url


def turn(answer):
    """What the page says happens now."""
    section = answer.page.query(".turn")[0]
    return " ".join(section.to_text().split())


def way_of(answer):
    """The steps that the story has taken, and those that it has not."""
    steps = answer.page.query(".way li")
    taken = [step for step in steps if "reached" in (step.attrs.get("class") or "")]
    return len(taken), len(steps)


def resting():
    story = handed_over()
    story.rested_at = now()
    db.session.commit()
    return story


def newer_than_published():
    story = published()
    edited(story)
    shaping.hand_over(story, an_editor(), 2)
    return story


def declined():
    story = a_story()
    shaping.decline(story, an_editor(), "It names somebody who did not agree.")
    return story


def withdrawn():
    story = published()
    withdrawal.withdraw(story, keep_files=False)
    return story


def not_allowed():
    story = a_story(answers={"name_shown": "first", "consents": {}})
    return approved(story)


def waiting_for_a_call():
    answers = {"reply_by": "phone", "call_by": "phone"}
    return a_story(telling=Telling.CALL, title="", text="", phone="0161 496 0000", answers=answers)


STATES = {
    "sent": (a_story, "You do not have to do anything now. A person in our team reads your story."),
    "to be called": (waiting_for_a_call, "A person in our team calls you"),
    "edited": (lambda: edited(a_story()).story, "An editor is working on the text."),
    "own turn": (handed_over, "It is your turn. Read the text."),
    "resting": (resting, "Nothing is lost. Say yes, change the text, or write to us."),
    "approved": (approved, "Our team can publish your story, exactly as you see it here."),
    "approved, not allowed": (not_allowed, "you have not allowed us to publish it on this site"),
    "published": (published, "Your story is on this site, exactly as you said yes to it."),
    "newer text": (newer_than_published, "There is a newer text. Readers see the one that you"),
    "newer text approved": (
        lambda: approved(newer_than_published()),
        "You said yes to a newer text. Our team can put it up now.",
    ),
    "declined": (declined, "It names somebody who did not agree."),
}


@pytest.mark.parametrize("state", STATES)
def test_the_page_says_what_happens_now(visit, state):
    make, words = STATES[state]

    answer = visit(url_of(make()))

    assert answer.status == 200
    assert answer.heading == "Your story"
    assert words in turn(answer)


def test_the_way_of_a_story_is_told_step_by_step(visit):
    story = a_story()
    url = url_of(story)
    assert way_of(visit(url)) == (1, 6)

    story.conversation.opened_at = now()
    db.session.commit()
    assert way_of(visit(url)) == (2, 6)
    edited(story)
    assert way_of(visit(url)) == (3, 6)
    shaping.hand_over(story, an_editor(), 2)
    assert way_of(visit(url)) == (4, 6)
    approved(story)
    assert way_of(visit(url)) == (5, 6)
    shaping.publish(story, an_editor())
    assert way_of(visit(url)) == (6, 6)


def test_a_story_that_needed_no_editor_is_not_said_to_lack_one(visit):
    story = published()

    answer = visit(url_of(story))

    assert "An editor worked on the text" not in answer.text
    assert way_of(answer) == (4, 4)


def test_a_draft_is_gone_on_with_where_it_is_told(visit_plain, client):
    story = a_draft()
    url = url_of(story)
    steps = links.telling_url(story).removeprefix("http://portal.test")

    for path in (url, f"{url}/rewrite"):
        answer = client.get(path.removeprefix("http://portal.test"))
        assert (answer.status_code, answer.location) == (303, steps)
    before = tables()
    for end in ("approve", "decide", "withdraw", "erase", "comment", "stop"):
        answer = client.post(f"{url}/{end}".removeprefix("http://portal.test"), data={"x": "y"})
        assert (answer.status_code, answer.location) == (303, steps)
    assert tables() == before


def test_the_text_is_shown_as_it_would_appear(visit):
    story = a_story(text="# The pool\n\nI *roll* in.\n\n<b>Not bold</b>")
    edited(story, title="Water", summary="About water.", topics=("water", "dance"))

    answer = visit(url_of(story))

    sheet = answer.page.query(".sheet")[0]
    assert sheet.query("h3")[0].to_text() == "Water"
    assert sheet.query("h4")[0].to_text() == "The pool"
    assert sheet.query("em")[0].to_text() == "roll"
    assert sheet.query("b") == []
    for words in ("About water.", "In the water, Dance", "Ada", "Beginner", "1 minute"):
        assert words in answer.text


def test_a_story_in_another_language_says_so(visit):
    story = a_story(title="قصتي", text="أسبح كل يوم.", language="ar")

    answer = visit(url_of(story))

    sheet = answer.page.query(".sheet")[0]
    assert sheet.attrs["lang"] == "ar"
    assert sheet.query("h3")[0].attrs["dir"] == "auto"


def test_each_change_is_told_in_words_and_marked_without_colour(visit):
    answer = visit(url_of(handed_over()))

    change = answer.page.query(".change")[0]
    assert "We changed “light” to “free”." in change.to_text()
    assert "taken out: " in change.query("del")[0].to_text()
    assert "added: " in change.query("ins")[0].to_text()
    assert "Shorter is easier to read." in answer.text


def test_the_reason_for_a_change_stands_with_it(visit):
    story = a_story()
    text = content(story, title="Water", text=TEXT.replace("light", "free"))
    whys = {"title": "People look for water.", "p1": "It is more than light."}
    shaping.revise(story, an_editor(), text, 1, "All of it.", whys)

    answer = visit(url_of(story))

    whys = [change.to_text() for change in answer.page.query(".change")]
    assert "Why: People look for water." in whys[0]
    assert "Why: It is more than light." in whys[1]


def test_looking_changes_nothing(visit):
    url = url_of(handed_over())
    before = tables()

    for path in (url, *(f"{url}/{leaf}" for leaf in LEAVES)):
        assert visit(path).status == 200
    assert tables() == before


def test_private_pages_lie_about_nowhere(visit):
    url = url_of(handed_over())

    for path in (url, *(f"{url}/{leaf}" for leaf in LEAVES)):
        assert visit(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("bad", BAD)
def test_a_forged_link_is_not_found(visit, bad):
    published()
    before = tables()

    for end in ("", *(f"/{leaf}" for leaf in LEAVES)):
        assert visit(f"/stories/mine/{bad}{end}").status == 404
        assert visit.post(f"/stories/mine/{bad}{end}", {"x": "y"}).status in {404, 405}
    for end in ("decide", "approve", "unapprove", "comment", "still", "versions/1"):
        assert visit.post(f"/stories/mine/{bad}/{end}").status == 404
    assert tables() == before


def test_a_link_of_another_kind_opens_nothing(visit):
    story = a_story()
    key = story.key
    db.session.commit()

    assert visit(f"/stories/mine/{signer('conversation').dumps(key)}").status == 404


def test_a_link_that_does_not_work_says_how_to_go_on(visit):
    answer = visit("/stories/mine/nothing")

    assert answer.heading == "This link does not work"
    assert answer.has("a[href='/stories/share/find']")


def test_a_stopped_link_opens_nothing_and_the_four_words_still_lead_there(visit):
    story = a_story()
    url, phrase, talk_key = url_of(story), story.phrase, story.conversation.key
    db.session.commit()
    assert visit(f"{url}/stop").heading == "Stop this link"

    done = visit.send(f"{url}/stop")

    assert done.heading == "Your link is stopped"
    assert done.has("a[href='/stories/share/find']")
    for end in ("", *(f"/{leaf}" for leaf in LEAVES)):
        assert visit(url + end).status == 404
    story = fresh(story)
    assert story.phrase == phrase
    assert story.conversation.key != talk_key
    assert visit(url_of(story)).status == 200
    assert "link revoked" in deeds(story)


def test_nothing_of_the_teams_own_is_shown(visit):
    story = handed_over()
    story.conversation.doubts = story.conversation.trouble = "A secret doubt"
    note = Message(
        conversation_id=story.conversation_id, direction="note", way="web", text="A secret note"
    )
    db.session.add(note)
    db.session.commit()

    answer = visit(url_of(story))

    assert "secret" not in answer.text
    assert "Eda" not in answer.text


def test_what_was_said_is_shown_and_answered(visit, mailbox):
    story = a_story()
    url = url_of(story)
    before = len(mailbox())

    answer = visit.send(url, {"message": "One thing more\n\nThank you"}, button="Send")

    assert answer.has(".done[autofocus]")
    assert "Your message is saved. A person will read it." in answer.text
    assert "One thing more Thank you" in answer.text
    assert len(mailbox()) == before + 1
    assert deeds(story)[-1] == "received"


def test_a_message_that_comes_twice_from_one_page_counts_once(visit):
    url = url_of(a_story())
    page = visit(url)
    sent = {"message": "Thank you", "seen": seen_of(page, "comment")}

    for _ in range(2):
        visit.post(f"{url}/comment", sent)
    assert db.session.query(Message).count() == 2
    visit.post(f"{url}/comment", sent | {"seen": seen_of(visit(url), "comment")})
    assert db.session.query(Message).count() == 3


def seen_of(answer, form):
    """What the form of that action carries as seen."""
    found = next(one for one in answer.page.query("form") if one.attrs["action"].endswith(form))
    return found.query("[name=seen]")[0].attrs["value"]


@pytest.mark.parametrize("text", ["", " \n", "\u200b", None, "a" * 50_001, ["One", "Two"]])
def test_a_message_that_cannot_be_taken_comes_back(visit, text):
    url = url_of(a_story())

    answer = visit.post(f"{url}/comment", {"message": text} if text is not None else {})

    assert answer.status == 422
    assert answer.has(".problem[role=alert] a[href^='#message']")
    assert db.session.query(Message).count() == 1
    if text == "a" * 50_001:
        assert text in answer.response.text


def test_a_message_wakes_a_story_that_rests(visit):
    story = resting()

    visit.send(url_of(story), {"message": "I was ill. I read it now."}, button="Send")

    assert fresh(story).rested_at is None


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("phone", "By phone: 0161 496 0000"),
        ("relay", "By text relay (Relay UK): 0161 496 0000"),
        ("bsl", "By video in British Sign Language: 0161 496 0000"),
    ],
)
def test_a_call_can_be_asked_for(visit, way, words):
    story = handed_over()
    url = url_of(story)
    state = (story.phone, story.state, story.version)
    typed = {"way": way, "reach": "0161 496 0000", "when": "After 2pm"}

    answer = visit.send(f"{url}/call", typed)

    assert "A person in our team will call you." in answer.text
    assert f"Please call me. {words} When: After 2pm" in answer.text
    story = fresh(story)
    assert (story.phone, story.state) == state[:2]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"reach": "1"}, "Choose how we should call you."),
        ({"way": "pigeon", "reach": "1"}, "Choose how we should call you."),
        ({"way": "phone", "reach": " "}, "Enter a phone number"),
        ({"way": "phone", "reach": "1" * 300}, "254 letters or fewer"),
        ({"way": "phone", "reach": "1", "when": "x" * 501}, "It has 501."),
    ],
)
def test_a_call_that_we_cannot_make_is_asked_for_again(visit, typed, words):
    url = url_of(a_story())

    answer = visit.send(f"{url}/call", typed)

    assert answer.status == 422
    assert words in answer.text
    assert answer.value("reach") == typed["reach"].strip()


def test_the_number_that_we_know_is_there_already(visit):
    url = url_of(a_story(phone="0161 496 0000"))

    assert visit(f"{url}/call").value("reach") == "0161 496 0000"


def test_the_yearly_question_is_answered_by_one_button(visit):
    story = published()
    url = url_of(story)
    assert not visit(url).has("form[action$=still]")
    story.checks, story.checked_at = 1, now()
    db.session.commit()
    assert "Are you still happy for your story to be on this site?" in turn(visit(url))

    answer = visit.send(url, button="Yes, leave it up")

    assert "Thank you. Your story stays up." in answer.text
    assert not answer.has("form[action$=still]")
    story = fresh(story)
    assert (story.checks, story.checked_at) == (0, None)
    assert story.confirmed_at > now() - timedelta(minutes=1)


def test_a_story_that_left_the_list_can_come_back(visit):
    story = published()
    story.checks, story.unlisted_at = 2, now()
    db.session.commit()
    url = url_of(story)
    assert "we took it out of our list" in turn(visit(url))

    visit.send(url, button="Yes, put it back in the list")

    assert fresh(story).unlisted_at is None


def test_you_said_we_did(visit):
    story = published()
    url = url_of(story)
    assert not visit(url).has("#uses")
    shaping.add_use(story, an_editor(), "The council read it. There is a ramp now.")

    answer = visit(url)

    assert answer.has("nav a[href='#uses']")
    assert "The council read it. There is a ramp now." in answer.text


def test_the_list_of_contents_leads_to_what_is_there(visit):
    for make, _ in STATES.values():
        answer = visit(url_of(make()))
        links_ = [link.attrs["href"] for link in answer.page.query(".contents a")]
        assert len(links_) >= 3
        assert all(answer.has(link) for link in links_)


def an_easy_read(story, **changes):
    values = {"text": "I swim.\n\nI am **happy**."} | changes
    kind = VersionKind.EASY_READ if "text" in changes or not changes else VersionKind.BSL
    version = formats.add_version(story, an_editor(), kind, "Water, easy", "en", **values)
    return version.id


def test_another_form_is_shown_whole_and_said_yes_to_by_itself(visit):
    story = handed_over()
    version_id = an_easy_read(story)
    url = url_of(story)
    page = visit(url)
    section = page.page.query("#versions .entry")[0]
    assert "Easy Read: Water, easy" in " ".join(section.to_text().split())
    assert section.query("strong")[0].to_text() == "happy"

    answer = visit.send(url, button="Yes, publish this form")

    assert "You said yes to it." in answer.text
    version = fresh(story).versions[0]
    assert (version.id, version.approved_digest) == (version_id, version.digest)
    assert fresh(story).state is StoryState.WITH_STORYTELLER


@pytest.mark.parametrize("yes_first", [False, True])
def test_another_form_can_be_taken_away(visit, yes_first):
    story = handed_over()
    an_easy_read(story)
    url = url_of(story)
    if yes_first:
        visit.send(url, button="Yes, publish this form")

    button = "Take it away again" if yes_first else "No, take it away"
    answer = visit.send(url, button=button)

    assert "We took it away. Nobody can see it." in answer.text
    assert not answer.has("#versions")
    assert fresh(story).versions[0].removed_at


def test_another_form_of_an_older_text_says_so(visit):
    story = handed_over()
    an_easy_read(story)
    url = url_of(story)
    assert "The text has changed since this was made." not in visit(url).text

    edited(story, text="I swim.")

    assert "The text has changed since this was made." in visit(url).text


def test_a_yes_to_another_version_than_was_shown_is_none(visit):
    story, other = handed_over(), handed_over()
    mine, theirs = an_easy_read(story), an_easy_read(other)
    url = url_of(story)

    for version_id, digest in ((mine, "x"), (theirs, "x"), (theirs + 1, "")):
        answer = visit.post(f"{url}/versions/{version_id}", {"answer": "yes", "digest": digest})
        assert answer.status == 409
    assert visit.post(f"{url}/versions/{theirs}", {"answer": "no"}).status == 409
    assert visit.post(f"{url}/versions/{10**20}", {"answer": "yes"}).status == 404
    assert all(not one.versions[0].approved_at for one in (fresh(story), fresh(other)))
    assert not fresh(other).versions[0].removed_at


def test_search_engines_are_kept_from_private_links(client):
    assert "Disallow: /stories/mine/" in client.get("/robots.txt").text


def test_a_guardians_word_is_on_the_list(visit):
    answers = {"under_18": "yes", "guardian": "Bo", "guardian_consent": "yes", "consents": {}}
    story = a_story(answers=answers | {"name_shown": "none"})

    listed = visit(url_of(story)).page.query("#allowed")[0].to_text()

    assert "My parent or guardian, Bo, agrees that I tell this." in listed
    assert "Readers see no name." in listed
