"""The team's page of a story: what they see before they do anything."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db, now
from portal.inbox.desk import services as desk_services
from portal.stories import formats, shaping, withdrawal
from portal.stories.consents import PURPOSES
from portal.stories.states import StoryState, Telling, VersionKind
from portal.stories.telling import services as telling_services
from portal.team.models import Role
from tests.inbox import a_conversation
from tests.stories import (
    ALL_YES,
    TEXT,
    a_draft,
    a_story,
    an_editor,
    approved,
    content,
    edited,
    fresh,
    handed_over,
    published,
)
from tests.stories.desk import path, with_file
from tests.stories.media import a_sound
from tests.team import sign_in


@pytest.fixture(autouse=True)
def eda(app, visit):
    """The visitor, signed in as an editor."""
    return sign_in(visit, app, name="Eda")


def words_of(answer, selector):
    return " ".join(answer.page.query(selector)[0].to_text(separator=" ").split())


def answering(**answers):
    return {"answers": ALL_YES | {"reply_by": "email"} | answers}


def test_what_they_need_and_how_it_reads_is_there(visit):
    page = visit(path(a_story(**answering(needs="Large print"))))

    assert page.heading == "How I found the water"
    assert "Large print" in words_of(page, ".person")
    assert "Beginner, LIX" in page.text
    assert "1 minute to read" in page.text
    assert "The water holds me." in words_of(page, ".read")


@pytest.mark.parametrize("purpose", [one.key for one in PURPOSES if one.key != "name"])
def test_what_they_withhold_is_said_first(visit, purpose):
    consents = ALL_YES["consents"] | {purpose: "no"}
    page = visit(path(a_story(**answering(consents=consents))))
    withheld = words_of(page, ".withheld")

    assert withheld.startswith("✕ Do not ")
    assert withheld.count("✕") == 1
    assert page.page.query(".rules li").__len__() == len(PURPOSES) - 1


def test_where_they_live_is_said_in_plain_words(visit):
    consents = ALL_YES["consents"] | {"place": "no", "condition": "no"}
    withheld = words_of(visit(path(a_story(**answering(consents=consents)))), ".withheld")

    assert "Do not say where they live" in withheld
    assert "Do not say what condition or impairment they have" in withheld


def test_name_that_readers_see_is_said(visit):
    assert "Show this name: Ada" in visit(path(a_story())).text
    nameless = a_story(**answering(name_shown="none"))
    assert "Show no name" in words_of(visit(path(nameless)), ".withheld")


def test_what_to_know_first_stands_on_top(visit):
    story = a_story(
        text="He hits me at home. I am afraid.",
        others=True,
        **answering(
            under_18="yes",
            guardian="Maya",
            guardian_consent="yes",
            helper="Sam",
            others_note="My sister Mia",
        ),
    )
    first = words_of(visit(path(story)), ".cautions")

    assert "under 18. Maya looks after them, and agrees." in first
    assert "Other people are in this story" in first
    assert "My sister Mia" in first
    assert "Sam helps them. Only the storyteller says yes." in first
    if fresh(story).urgent:
        assert "Somebody may be in danger" in first


def test_story_of_a_call_says_how_and_when(visit):
    story = a_story(
        telling=Telling.CALL,
        title="",
        text="",
        **answering(call_by="relay", call="Mornings", link="https://films.example/x"),
    )
    page = visit(path(story))

    assert page.heading == "A story without a title"
    assert "By text relay (Relay UK). Mornings" in page.text
    assert page.has("a[href='https://films.example/x'][rel~=noopener]")
    assert "There is no text yet. Write down what" in words_of(page, ".standing")
    assert not page.has("form[action$='/ask']")


def test_all_that_readers_would_get_is_shown(app, visit):
    draft = a_draft()
    with_file(draft, "pool.png", alt="A pool")
    telling_services.submit(draft)
    edited(draft, topics=("water", "dance"), language="cy", summary="In short")
    shown = words_of(visit(path(draft)), ".read")

    for words in ("In short", "A pool", "Ada", "Topics: In the water, Dance.", "Language: Welsh"):
        assert words in shown


def test_files_can_be_played_and_saved_and_pictures_seen(app, visit):
    draft = a_draft()
    sound = with_file(draft, "me.mp3", a_sound(), transcript="Hello there")
    picture = with_file(draft, "pool.png", alt="A pool")
    telling_services.submit(draft)
    page = visit(path(draft))

    address = path(draft, "files", sound.key)
    assert page.has(f"audio[controls][src='{address}']")
    assert page.has(f"a[href='{address}'][download]")
    assert "Hello there" in page.text
    assert page.has(f"img[alt='A pool'][src='{path(draft, 'pictures', picture.key, 480)}.webp']")
    assert "media-src 'self'" in page.headers["Content-Security-Policy"]


def test_file_is_given_to_be_saved_and_never_opened(app, visit):
    draft = a_draft()
    sound, picture = with_file(draft, "me.mp3", a_sound()), with_file(draft, "pool.png")
    telling_services.submit(draft)
    answer = visit.client.get(path(draft, "files", sound.key))

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.data) == sound.size
    part = visit.client.get(path(draft, "files", sound.key), headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"ID3\x03")
    shown = visit.client.get(path(draft, "pictures", picture.key, "480.webp"))
    assert shown.mimetype == "image/webp"


def test_files_of_another_story_and_unknown_ones_are_not_found(app, visit):
    draft, other = a_draft(), a_story()
    file = with_file(draft, "pool.png")
    telling_services.submit(draft)

    for story, key, width in [(other, file.key, 480), (draft, "x", 480), (draft, file.key, 481)]:
        address = path(story, "pictures", key, f"{width}.webp")
        assert visit.client.get(address).status_code == 404
    assert visit.client.get(path(other, "files", file.key)).status_code == 404


def test_conversation_without_a_story_has_no_desk(visit):
    talk = a_conversation()

    assert visit(f"/inbox/{talk.id}/story").status == 404
    assert "Shape the story" not in visit(f"/inbox/{talk.id}").text


def resting():
    story = handed_over()
    story.rested_at = now()
    db.session.commit()
    return story


def reminded():
    story = handed_over()
    story.reminders = 2
    db.session.commit()
    return story


def declined():
    story = a_story()
    shaping.decline(story, an_editor(), "It is an advertisement.")
    return story


def withdrawn():
    story = published()
    withdrawal.withdraw(story, keep_files=True)
    return story


def unlisted():
    story = published()
    story.unlisted_at = now()
    db.session.commit()
    return story


def newer_than_published(step):
    story = published(handed_over())
    edited(story, text=TEXT + "\n\nMore.")
    if step > 1:
        shaping.hand_over(story, an_editor(), 3)
    if step > 2:
        approved(story)
    return story


def by_editor():
    story = a_story()
    edited(story)
    return story


@pytest.mark.parametrize(
    ("make", "badge", "says", "may"),
    [
        (a_story, "New", "The storyteller wrote text 1", {"ask"}),
        (by_editor, "Being shaped", "Eda wrote text 2", {"ask"}),
        (handed_over, "With the storyteller", "Silence is not a yes", {"ask"}),
        (reminded, "With the storyteller", "reminded 2 times", {"ask"}),
        (resting, "With the storyteller", "It rests, unpublished", {"ask"}),
        (approved, "They said yes", "Publish it.", {"publish"}),
        (published, "Published", "Everybody can read text 1", set()),
        (unlisted, "Published", "It left the library", set()),
        (lambda: newer_than_published(1), "Published", "text 3, which is not public", {"ask"}),
        (lambda: newer_than_published(2), "Published", "We asked the storyteller", {"ask"}),
        (lambda: newer_than_published(3), "Published", "Publish it.", {"publish"}),
        (withdrawn, "Taken back", "The storyteller took it back", set()),
        (declined, "Declined", "We declined this story", set()),
    ],
)
def test_page_and_conversation_say_where_it_is_and_only_offer_what_can_be_done(
    visit, make, badge, says, may
):
    story = make()
    page, talk = visit(path(story)), visit(f"/inbox/{story.conversation_id}")

    for one in (page, talk):
        assert badge in words_of(one, ".badge ~ .badge") + words_of(one, ".standing")
        assert says in words_of(one, ".standing")
    offered = {do for do in ("ask", "publish") if page.has(f"form[action$='/story/{do}']")}
    assert offered == may
    assert talk.has(f"a[href='{path(story)}']")


@pytest.mark.parametrize("make", [withdrawn, declined])
def test_what_is_over_can_be_looked_at_and_not_changed(visit, make):
    page = visit(path(make()))

    assert not page.has("main form")
    assert "What they allow" in page.text


def test_why_it_cannot_be_published_is_said_where_the_button_would_be(visit):
    story = approved()
    shaping.set_consents(story, {"publish": (False, "")})

    assert "It cannot be published now: The storyteller does not allow" in visit(path(story)).text
    assert "has not said yes to exactly this text" in visit(path(a_story())).text


def test_readers_see_it_all_and_can_change_nothing(app, visit):
    sign_in(visit, app, Role.READER, "Rita")
    page = visit(path(published()))

    assert not page.has("main form")
    assert "Everybody can read text 1" in page.text
    assert "The water holds me." in words_of(page, ".read")


def test_story_of_a_conversation_that_was_put_into_another_is_on_both_pages(visit):
    story, other = a_story(), a_conversation()
    talk = story.conversation
    desk_services.merge(talk, other.reference, an_editor(), talk.version)

    assert visit(f"/inbox/{other.id}").has(f"a[href='{path(story)}']")
    assert visit(f"/inbox/{story.conversation_id}").has(f"a[href='{path(story)}']")


def test_every_text_is_listed_with_who_wrote_it_why_and_what_was_said_to_it(visit):
    story = published(handed_over())
    listed = words_of(visit(path(story)), ".texts")

    assert "Text 2 by Eda" in listed
    assert "Shorter is easier to read." in listed
    assert "The storyteller said yes on" in listed
    assert "Public" in listed
    assert "Text 1 by the storyteller" in listed


def test_yes_that_was_taken_back_is_told(visit):
    story = approved()
    shaping.take_back_approval(story)

    assert "said yes, and took it back on" in words_of(visit(path(story)), ".texts")


def test_old_text_is_shown_with_what_it_changed_and_why(visit):
    story = a_story()
    free = content(story, text=TEXT.replace("light", "free"))
    shaping.revise(story, an_editor(), free, 1, "Stronger", {"p1": "It says more."})
    edited(story, text=TEXT)
    page = visit(path(story, "texts", 2))

    assert page.heading == "Text 2"
    assert "What is different from text 1" in page.text
    assert "We changed “light” to “free”." in page.text
    assert "Why: It says more." in words_of(page, ".changes")
    assert page.has(f"a[href='{path(story, 'texts', 1)}']")
    assert page.has(f"a[href='{path(story, 'texts', 3)}']")
    first = visit(path(story, "texts", 1))
    assert "What is different" not in first.text
    assert "By the storyteller" in first.text


@pytest.mark.parametrize("number", [0, 2, 2**31, 2**63, "9" * 40])
def test_text_that_is_not_there_is_not_found(visit, number):
    assert visit(path(a_story(), "texts", number)).status == 404


def test_other_forms_are_listed_with_their_yes_and_if_they_are_fresh(visit):
    story = published()
    film = formats.add_version(
        story, an_editor(), VersionKind.BSL, "Signed", "bfi", link="https://films.example/1"
    )
    formats.approve_version(story, film.id, film.digest)
    formats.add_version(story, an_editor(), VersionKind.EASY_READ, "Easy", "en", text="I swim.")
    listed = words_of(visit(path(story)), "section[aria-labelledby=versions]")
    assert "Signed (bfi) The storyteller said yes" in listed
    assert "Easy (en) It waits for the storyteller\u2019s yes." in listed
    assert "make it anew" not in listed
    edited(story, text=TEXT + "\n\nMore.")
    shaping.publish(approved(story), an_editor())

    assert "The text has changed since: make it anew." in visit(path(story)).text


def test_news_are_told_without_taking_what_is_typed(visit):
    story = a_story()
    seen = f"?seen=1&version={story.version}"
    quiet = visit(path(story, f"news{seen}"))
    assert "wrote" not in quiet.text
    shaping.revise(story, None, content(story, title="Another"), 1)

    news = visit(path(story, f"news{seen}"))
    assert "The storyteller wrote text 2." in news.text
    assert "you will see both texts" in news.text


def test_list_of_the_inbox_shows_it_as_a_story_and_search_finds_its_words(visit):
    story = a_story()
    page = visit("/inbox/?q=roll+pool")

    assert "How I found the water" in page.text
    assert words_of(page, ".badge.story") == "Story"
    assert story.state is StoryState.SUBMITTED


def test_held_and_later_days_do_no_harm(visit):
    story = a_story(answers=ALL_YES | {"doubts": ["Too quick"], "reply_by": "email"})
    story.changed_at = now() - timedelta(days=400)
    db.session.commit()

    assert visit(path(story)).status == 200
