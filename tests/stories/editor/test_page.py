"""The team's page of a story: what they see before they do anything."""

import pytest

from portal.extensions import db, now
from portal.inbox.desk import services as desk_services
from portal.stories import formats, shaping
from portal.stories.consents import PURPOSES
from portal.stories.states import Telling, VersionKind
from portal.stories.telling import services as telling_services
from portal.team.models import Role
from tests import stories
from tests.inbox import a_conversation
from tests.stories import ALL_YES, TEXT, a_story, approved, edited, handed_over, published
from tests.stories.desk import WHY, path, with_file, words_of
from tests.stories.media import a_sound
from tests.team import sign_in


def answering(**answers):
    return {"answers": ALL_YES | {"reply_by": "email"} | answers}


@pytest.mark.parametrize("purpose", PURPOSES, ids=lambda purpose: purpose.key)
def test_what_they_withhold_is_said_first_in_plain_words(visit_plain, purpose):
    consents = ALL_YES["consents"] | {purpose.key: "no"}
    shown = "none" if purpose.key == "name" else "first"
    page = visit_plain(path(a_story(**answering(consents=consents, name_shown=shown))))
    withheld = words_of(page, ".withheld")

    assert withheld.startswith(f"✕ {purpose.withheld}")
    assert withheld.count("✕") == 1
    assert len(page.page.query(".rules li")) == len(PURPOSES) - 1
    assert ("Show this name: Ada" in page.text) is (purpose.key != "name")


def test_what_to_know_first_stands_on_top(visit_plain):
    young = {"under_18": "yes", "guardian_consent": "yes"}
    about = answering(**young, helper="Sam", others_note="My sister Mia")
    about |= {"guardian_name": "Maya", "guardian_phone": "0161 496 0000"}
    story = a_story(text="He hits me at home. I am afraid.", others=True, **about)
    first = words_of(visit_plain(path(story)), ".cautions")

    told = "The storyteller told us that their guardian agrees. Nobody has asked Maya about this"
    assert f"under 18. {told} text. 0161 496 0000" in first
    assert "Other people are in this story" in first
    assert "My sister Mia" in first
    assert "Sam helps them. Only the storyteller says yes." in first
    assert "Somebody may be in danger" in first


def test_story_of_a_call_says_how_and_when(visit_plain):
    call = answering(call_by="relay", call="Mornings", link="https://films.example/x")
    page = visit_plain(path(a_story(telling=Telling.CALL, title="", text="", **call)))

    assert page.heading == "A story without a title"
    assert "By text relay (Relay UK). Mornings" in page.text
    assert page.has("a[href='https://films.example/x'][rel~=noopener]")
    assert "There is no text yet. Write down what" in words_of(page, ".standing")
    assert not page.has("form[action$='/ask']")


def test_all_that_readers_would_get_is_shown_how_it_reads_and_what_its_teller_needs(visit_plain):
    story = stories.a_draft(**answering(needs="Large print"))
    sound = with_file(story, "me.mp3", a_sound(), transcript="Hello there")
    picture = with_file(story, "pool.png", alt="A pool")
    telling_services.submit(story)
    edited(story, topics=("water", "dance"), language="cy", summary="In short")
    page = visit_plain(path(story))

    assert page.heading == "How I found the water"
    assert "Large print" in words_of(page, ".person")
    assert "Beginner, LIX" in page.text
    assert "1 minute to read" in page.text
    shown = words_of(page, ".read")
    for words in ("In short", "A pool", "Ada", "Topics: In the water, Dance.", "Language: Welsh"):
        assert words in shown
    address = path(story, "files", sound.key)
    assert page.has(f"audio[controls][src='{address}']")
    assert page.has(f"form[action='{address}']")
    assert "Hello there" in page.text
    assert page.has(f"img[alt='A pool'][src='{path(story, 'pictures', picture.key, 480)}.webp']")
    assert "media-src 'self'" in page.headers["Content-Security-Policy"]


def test_conversation_without_a_story_has_no_desk(visit_plain):
    talk = a_conversation()

    assert visit_plain(f"/inbox/{talk.id}/story").status == 404
    assert "Shape the story" not in visit_plain(f"/inbox/{talk.id}").text


def but(story, **values):
    for name, value in values.items():
        setattr(story, name, value)
    db.session.commit()
    return story


def newer_than_published(step):
    story = published(handed_over())
    edited(story, text=TEXT + "\n\nMore.")
    if step > 1:
        shaping.hand_over(story, stories.an_editor(), 3)
    if step > 2:
        approved(story)
    return story


@pytest.mark.parametrize(
    ("make", "badge", "says", "may"),
    [
        (a_story, "New", "The storyteller wrote text 1", {"ask"}),
        (lambda: edited(a_story()).story, "Being shaped", "Eda wrote text 2", {"ask"}),
        (handed_over, "With the storyteller", "If they do not answer", set()),
        (lambda: but(handed_over(), reminders=2), "With the", "reminded 2 times", set()),
        (lambda: but(handed_over(), rested_at=now()), "With the", "We paused it", {"ask"}),
        (approved, "They said yes", "Publish it.", {"publish"}),
        (published, "Published", "Everybody can read text 1", set()),
        (lambda: but(published(), unlisted_at=now()), "Published", "It left our list", set()),
        (lambda: newer_than_published(1), "Published", "text 3, which is not public", {"ask"}),
        (lambda: newer_than_published(2), "Published", "We asked the storyteller", set()),
        (lambda: newer_than_published(3), "Published", "Publish it.", {"publish"}),
        (lambda: stories.withdrawn(published()), "Taken back", "storyteller took it back", set()),
        (stories.declined, "Declined", "We declined this story", set()),
    ],
)
def test_both_pages_say_where_it_is_and_offer_what_can_be_done(visit_plain, make, badge, says, may):
    story = make()
    page, talk = visit_plain(path(story)), visit_plain(f"/inbox/{story.conversation_id}")

    for one in (page, talk):
        assert badge in words_of(one, ".badge ~ .badge") + words_of(one, ".standing")
        assert says in words_of(one, ".standing")
    offered = {do for do in ("ask", "publish") if page.has(f"form[action$='/story/{do}']")}
    assert offered == may
    assert page.has("main form") is (badge not in {"Taken back", "Declined"})
    assert talk.has(f"a[href='{path(story)}']")


def test_readers_see_it_all_and_can_change_nothing(app, visit_plain):
    sign_in(visit_plain, app, Role.READER, "Rita")
    page = visit_plain(path(published()))

    assert not page.has("main form")
    assert "Everybody can read text 1" in page.text
    assert "The water holds me." in words_of(page, ".read")


def test_why_it_cannot_be_published_is_said_where_the_button_would_be(visit_plain):
    story = approved()
    shaping.set_consents(story, {"publish": (False, "")})

    refused = "It cannot be published now: The storyteller does not allow"
    assert refused in visit_plain(path(story)).text
    assert "has not said yes to exactly this text" in visit_plain(path(a_story())).text


def test_story_of_a_conversation_that_was_put_into_another_is_on_both_pages(visit_plain):
    story, other = a_story(), a_conversation()
    talk = story.conversation
    desk_services.merge(talk.id, other.reference, stories.an_editor(), {})

    for number in (other.id, talk.id):
        assert visit_plain(f"/inbox/{number}").has(f"a[href='{path(story)}']")


def test_every_text_is_listed_with_who_wrote_it_why_and_what_was_said_to_it(visit_plain):
    listed = words_of(visit_plain(path(published(handed_over()))), ".texts")
    for words in ("Text 2 by Eda", WHY, "The storyteller said yes on", "Public", "Text 1 by the"):
        assert words in listed

    story = approved()
    shaping.take_back_approval(story)
    assert "said yes, and took it back on" in words_of(visit_plain(path(story)), ".texts")


def test_old_text_is_shown_with_what_it_changed_and_why(visit_plain):
    story = a_story()
    free = stories.content(story, text=TEXT.replace("light", "free"))
    shaping.revise(story, stories.an_editor(), free, 1, "Stronger", {"p1": "It says more."})
    edited(story, text=TEXT)
    page = visit_plain(path(story, "texts", 2))

    assert page.heading == "Text 2"
    assert "What is different from text 1" in page.text
    assert "We changed “light” to “free”." in page.text
    assert "Why: It says more." in words_of(page, ".changes")
    for number in (1, 3):
        assert page.has(f"a[href='{path(story, 'texts', number)}']")
    first = visit_plain(path(story, "texts", 1))
    assert "What is different" not in first.text
    assert "By the storyteller" in first.text
    for number in (0, 4, 2**31, 2**63, "9" * 40):
        assert visit_plain(path(story, "texts", number)).status == 404


def test_other_forms_are_listed_with_their_yes_and_if_they_are_fresh(visit_plain):
    story, eda = published(), stories.an_editor()
    link = "https://films.example/1"
    film = formats.add_version(story, eda, VersionKind.BSL, "Signed", "bfi", link=link)
    formats.approve_version(story, film.id, film.digest)
    formats.add_version(story, eda, VersionKind.EASY_READ, "Easy", "en", text="I swim.")
    listed = words_of(visit_plain(path(story)), "section[aria-labelledby=versions]")
    assert "Signed (British Sign Language) The storyteller said yes" in listed
    assert "Easy (English) The storyteller has not said yes to it yet." in listed
    assert "Make a new one." not in listed
    edited(story, text=TEXT + "\n\nMore.")
    shaping.publish(approved(story), eda)

    assert "The text has changed since. Make a new one." in visit_plain(path(story)).text


def test_news_are_told_without_taking_what_is_typed(visit):
    story = a_story()
    address = path(story, f"news?seen=1&version={story.version}")
    assert "wrote" not in visit(address).text
    shaping.revise(story, None, stories.content(story, title="Another"), 1)

    news = visit(address)
    assert "The storyteller wrote text 2." in news.text
    assert "you will see both texts" in news.text


def test_list_of_the_inbox_shows_it_as_a_story_and_search_finds_its_words(visit_plain):
    a_story()
    page = visit_plain("/inbox/?q=roll+pool")

    assert "How I found the water" in page.text
    assert words_of(page, ".badge.story") == "Story"
