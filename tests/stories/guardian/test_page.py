"""The guardian's page: the exact text, their yes to it, and nothing else of the story."""

from datetime import timedelta

import pytest

from portal.delivery.models import Outgoing
from portal.extensions import db, now
from portal.stories import formats, links, publication, shaping, texts, withdrawal
from portal.stories.guardian import services as guardians
from portal.stories.guardian import status
from portal.stories.states import Giver, StoryState, VersionKind
from tests import stories
from tests.stories import (
    ALL_YES,
    a_young_story,
    an_editor,
    approved,
    deeds,
    edited,
    fresh,
    handed_over,
    notes,
    with_guardian,
)
from tests.stories.days import mailed, mails
from tests.stories.desk import path, with_file, words_of
from tests.stories.media import a_film
from tests.stories.readers import add_version
from tests.stories.storyteller import url_of as storyteller_url
from tests.team import sign_in

MAYA = "maya@example.org"
YES = "Yes, publish exactly this"
YOUNG = {"under_18": "yes", "guardian_consent": "yes"}


def asked(**changes):
    """A story whose guardian was asked."""
    return approved(handed_over(a_young_story(**changes)))


def url_of(story):
    url = links.guardian_url(story)
    db.session.commit()
    return url


def yes_of(story):
    return texts.valid_approval(fresh(story), Giver.GUARDIAN)


def test_guardian_is_asked_by_mail_after_the_storyteller_and_in_our_words_alone(app):
    told = {"title": "Zzyzx", "name": "Ada Qwertz", "guardian_name": "Mxyzptlk"}
    story = handed_over(a_young_story(**told))
    assert mailed(MAYA) == []
    approved(story)

    (mail,) = db.session.query(Outgoing).filter_by(address_key=MAYA)
    said = f"{mail.payload['subject']} {mail.payload['text']} {mail.payload['html']}"
    assert links.guardian_url(story) in said
    assert links.token(story) not in said
    for word in (*told.values(), "Ada", "Qwertz", stories.TEXT[:6], stories.ADA):
        assert word not in said


def test_guardian_gets_one_mail_a_day_and_then_the_team_reaches_them(app):
    story = asked(guardian_phone="0161 496 0000")
    shaping.take_back_approval(story)
    approved(story)

    assert mailed(MAYA) == ["guardian_ask"]
    assert "Maya\n0161 496 0000\nmaya@example.org" in notes(story)[-1]


def test_a_guardian_without_an_address_is_reached_by_the_team(app):
    story = asked(guardian_email="", guardian_phone="0161 496 0000")
    assert "Maya\n0161 496 0000" in notes(story)[-1]
    assert "asked the guardian" in deeds(story)


def test_of_a_story_that_is_held_the_team_alone_asks_the_guardian(app):
    story = a_young_story(answers=YOUNG | {"doubts": ["Sent in a second"]})
    approved(story)
    assert mailed(MAYA) == []
    assert "Nobody has asked Maya about this text." in status.known(story)

    guardians.ask_again(story, an_editor())
    assert mailed(MAYA) == ["guardian_ask"]


def test_no_link_goes_to_an_address_that_the_storyteller_has_too(app):
    story = asked(guardian_email=stories.ADA.upper(), guardian_phone="0161 496 0000")
    assert "guardian_ask" not in mailed(stories.ADA)
    assert "Maya\n0161 496 0000" in notes(story)[-1]
    assert "The storyteller has the same address" in status.known(story)


def test_team_reads_when_the_mail_did_not_reach_the_guardian(app):
    story = asked()
    assert "We asked Maya on" in status.known(story)
    (mail,) = db.session.query(Outgoing).filter_by(address_key=MAYA)
    mail.state = "bounced"
    db.session.commit()

    assert "Our mail to Maya did not arrive. maya@example.org" in status.known(story)


def not_yet():
    story = a_young_story()
    story.guardian_key = "a key"
    return handed_over(story)


def edited_since():
    return edited(asked(), text="A newer draft.").story


NOTHING = {
    "before the storyteller": (not_yet, "The text is not ready."),
    "edited since": (edited_since, "The text is not ready."),
    "withdrawn": (lambda: stories.withdrawn(asked()), "We do not publish this story."),
    "declined": (lambda: stories.declined(asked()), "We do not publish this story."),
}


@pytest.mark.parametrize(("make", "words"), NOTHING.values(), ids=NOTHING)
def test_a_text_that_is_not_to_be_decided_is_not_shown(visit_plain, make, words):
    page = visit_plain(url_of(make()))

    assert words in page.text
    assert not page.has("#text")
    assert not page.has("#answer")


def test_guardian_sees_the_text_as_readers_would_and_nothing_else(visit_plain):
    story = stories.a_draft(email=stories.ADA, title="How I swim")
    with_file(story, "pool.png", alt="A blue pool")
    young = {"guardian_name": "Maya", "guardian_email": MAYA}
    answers = ALL_YES | YOUNG | {"needs": "Large print"}
    stories.telling_services.save(story, story.version, answers=answers, **young)
    stories.telling_services.submit(story)
    shaping.comment(story, "Do not tell Maya that I am scared.")
    edited(story, text="An older draft.")
    edited(story, text="The words to read.")
    page = visit_plain(url_of(approved(stories.ask(story))))

    for words in ("How I swim", "The words to read.", "A blue pool"):
        assert words in page.text
    assert "Ada" in words_of(page, ".facts")
    for words in ("older draft", "scared", "Lovelace", stories.ADA, "Large print", "Shorter"):
        assert words not in page.text
    (picture,) = page.page.query(".sheet img")
    assert visit_plain(picture.attrs["src"]).status == 200
    edited(story, pictures=())
    assert visit_plain(picture.attrs["src"]).status == 404


def test_guardian_sees_a_film_with_its_words_and_captions_as_readers_would(visit_plain):
    story = asked()
    film = with_file(story, "film.mp4", a_film(), transcript="I sign & swim.", seconds=3.0)
    add_version(story, VersionKind.BSL, "Signed", "bfi", file=film)
    page = visit_plain(url_of(story))

    (player,), (track,) = page.page.query("video"), page.page.query("video track")
    assert page.text.count("I sign & swim.") == 1
    assert "I sign &amp; swim." in page.text  # what the captions hold, as it is
    assert visit_plain(player.attrs["src"]).response.data == b"a clean copy"
    assert "I sign &amp; swim." in visit_plain(track.attrs["src"]).response.text
    assert visit_plain(track.attrs["src"].replace("/versions/", "/versions/9")).status == 404


def test_a_form_that_comes_after_their_yes_is_asked_about_and_waits_for_them(app, visit):
    sign_in(visit, app)
    story = with_guardian()
    db.session.query(Outgoing).update({"created_at": now() - timedelta(days=2)})
    db.session.commit()
    add_version(story, VersionKind.LANGUAGE, "Nofio", "cy", text="Rwy'n nofio.")
    assert mailed(MAYA) == ["guardian_ask", "guardian_ask"]
    add_version(story, VersionKind.EASY_READ, text="I swim.")
    assert mailed(MAYA) == ["guardian_ask", "guardian_ask"]
    assert "another form of this story too" in notes(story)[-1]
    waits = "has not said yes to it yet. Readers do not get it."
    assert visit(path(story)).text.count(waits) == 2
    assert visit(storyteller_url(story)).text.count("Maya must say yes to it too.") == 2

    for _ in range(2):
        assert "It needs your yes too" in words_of(visit(url_of(story)), ".turn")
        visit.send(url_of(story), button="Yes, publish this form")
    assert "Our team can publish it." in words_of(visit(url_of(story)), ".turn")
    assert waits not in visit(path(story)).text


def test_other_words_of_a_film_take_the_place_of_those_that_waited(visit_plain):
    story = with_guardian()
    film = with_file(story, "film.mp4", a_film(), transcript="I sign.", seconds=3.0)
    old = add_version(story, VersionKind.BSL, "Signed", "bfi", file=film)
    formats.set_words(story, old.id, an_editor(), old.digest, "I sign it.", old.captions)
    new = fresh(story).versions[-1]
    formats.approve_version(story, new.id, new.digest)
    guardians.approve_version(story, new.id, new.digest)

    assert publication.versions_for_readers(fresh(story)) == [new]
    assert "do not have to do anything" in words_of(visit_plain(url_of(story)), ".turn")


def test_yes_is_to_exactly_what_the_page_showed(visit):
    story = asked()
    page = visit(url_of(story))
    shaping.revise(story, None, stories.content(story, text="Newer."), texts.number(story))
    approved(story)
    old = visit.post(url_of(story) + "/approve", page.form("#answer form"))
    assert old.status == 409
    assert "The text changed" in old.text
    assert yes_of(story) is None

    answer = visit.send(url_of(story), button=YES)
    assert "You said yes to exactly this text." in answer.text
    assert publication.why_not(fresh(story)) == ""
    said = words_of(visit(storyteller_url(story)), "[aria-labelledby=guardian]")
    assert "Maya said yes to this text on" in said


def test_yes_taken_back_takes_the_story_off_the_site_at_once(visit):
    story = with_guardian()
    shaping.publish(story, an_editor())
    address = links.story_url(story)
    answer = visit.send(url_of(story), button="Take my yes back, and the story off the site")

    assert "We took your yes back." in answer.text
    assert visit(address).status == 404
    assert mails()[-1] == "guardian_waits"
    assert fresh(story).state is StoryState.APPROVED
    assert visit.send(url_of(story), button=YES).status == 200
    assert publication.why_not(fresh(story)) == ""


def test_a_newer_text_is_still_the_storytellers_turn_when_the_older_one_leaves(app, visit_plain):
    sign_in(visit_plain, app)
    story = with_guardian()
    shaping.publish(story, an_editor())
    handed_over(story, text="A newer text.")
    guardians.take_back(story)

    assert fresh(story).state is StoryState.WITH_STORYTELLER
    assert "It is your turn" in visit_plain(storyteller_url(story)).text
    assert "We asked the storyteller on" in words_of(visit_plain(path(story)), ".standing")


def test_what_the_guardian_wants_to_talk_about_is_for_the_team_alone(visit):
    story = asked()
    typed = {"words": "Is her school named? Call me."}
    for _ in range(2):
        answer = visit.send(url_of(story), typed, button="Send")
    assert "We have what you wrote." in answer.text
    assert notes(story).count("Is her school named? Call me.") == 1
    assert "who wants to talk to us first" in status.waiting(fresh(story))[0]

    page = visit(storyteller_url(story))
    assert "Maya wants to talk to us before they say yes." in page.text
    assert "school" not in page.text
    visit.send(url_of(story), button=YES)
    assert status.waiting(fresh(story)) is None


def test_nothing_of_a_guardian_is_left_of_an_erased_story(visit_plain):
    story = with_guardian()
    url = url_of(story)
    withdrawal.erase(story)

    assert visit_plain(url).status == 404
    assert mailed(MAYA) == []
