"""A yes that was said to the team: noted, told, shown and undone; and who the guardian is."""

from datetime import timedelta

import pytest

from portal.extensions import now
from portal.stories import publication, texts
from portal.stories.states import Giver, StoryState
from portal.words import local
from tests import stories
from tests.stories import (
    a_story,
    a_young_story,
    approved,
    edited,
    fresh,
    handed_over,
    notes,
    published,
)
from tests.stories.days import mailed, mails
from tests.stories.desk import path, press, words_of
from tests.stories.storyteller import url_of

NOTE = "Note their yes"
PHONE = {"email": "", "phone": "0161 496 0000"}
BY_PHONE = {"answers": stories.ALL_YES | {"reply_by": "phone"}} | PHONE


def note(visit, story, giver="storyteller", **changes):
    """Note a yes with these answers."""
    said = {"way": "in_person", "is_read_out": "y"} | changes
    return visit.send(path(story, "yes", giver), said, button=NOTE)


def yes_of(story, giver=Giver.STORYTELLER):
    return texts.valid_approval(fresh(story), giver)


def test_yes_that_was_read_out_is_noted_shown_and_undone_like_any_other(visit):
    story = handed_over(a_story(**BY_PHONE))
    page = visit(path(story, "yes", "storyteller"))
    for words in (texts.latest(story).text[:20], "0161 496 0000", "I have heard my story"):
        assert words in page.text
    answer = note(visit, story, way="phone", note="Gladly")
    assert "Their yes is noted" in answer.text
    yes = yes_of(story)
    assert (yes.note, yes.digest) == ("Gladly", texts.latest(fresh(story)).digest)
    assert f"by phone, noted by {yes.noted_by.who}" in answer.text

    page = visit(url_of(story))
    assert f"by phone, noted by {yes.noted_by.who}" in words_of(page, "#yes")
    assert "Gladly" not in page.text
    assert "Is that wrong, or do you no longer want it?" in words_of(page, "#talk")
    visit.send(url_of(story), button="Take my yes back")
    assert yes_of(story) is None


TOLD = {
    "by mail": ({}, ["yes_noted"], ""),
    "in their way": (BY_PHONE, [], "Their yes was noted."),
    "on their page": ({"email": "", "answers": stories.ALL_YES | {"reply_by": "web"}}, [], ""),
}


@pytest.mark.parametrize(("changes", "by_mail", "noted"), TOLD.values(), ids=TOLD)
def test_storyteller_is_told_of_it_in_their_way(visit_plain, changes, by_mail, noted):
    story = handed_over(a_story(**changes))
    note(visit_plain, story)

    assert mails()[-1:] == by_mail
    assert noted in "".join(notes(story))
    assert "noted that" in words_of(visit_plain(url_of(story)), "#talk")


def test_what_cannot_have_been_said_yes_to_is_not_noted(visit_plain):
    unasked, no_number = edited(a_story()).story, handed_over(a_story())
    page = visit_plain(path(unasked, "yes", "storyteller"))
    assert "Ask about this text first." in page.text
    assert not page.has("form")
    assert "note it" not in visit_plain(path(unasked)).text
    ways = visit_plain(path(no_number, "yes", "storyteller")).page.query("[name=way]")
    assert [one.attrs["value"] for one in ways] == ["video", "in_person"]
    early = local(now() - timedelta(days=2))
    for changes in (
        {"way": "phone"},
        {"is_read_out": ""},
        {"said": "1/1/2099 3pm"},
        {"said": f"{early:%Y-%m-%dT%H:%M}"},
    ):
        assert note(visit_plain, no_number, **changes).status in {409, 422}
    sent = visit_plain(path(no_number, "yes", "storyteller")).form()
    edited(no_number, text="Newer.")
    stories.ask(no_number)
    sent |= {"way": "in_person", "is_read_out": "y"}
    assert visit_plain.post(path(no_number, "yes", "storyteller"), sent).status == 409
    assert yes_of(no_number) is None
    assert visit_plain(path(no_number, "yes", "somebody")).status == 404


def test_guardians_yes_is_noted_after_the_storytellers(visit_plain):
    story = handed_over(a_young_story(guardian_phone="0161 496 0000"))
    assert "A guardian is asked once" in visit_plain(path(story, "yes", "guardian")).text
    approved(story)
    assert "It waits for their guardian, whom we asked" in visit_plain(path(story)).text
    note(visit_plain, story, "guardian", way="relay")

    assert yes_of(story, Giver.GUARDIAN).noted_by
    assert "your parent or guardian said yes" in visit_plain(url_of(story)).text
    assert "Maya said yes to the newest text" in words_of(visit_plain(path(story)), ".cautions")
    assert publication.why_not(fresh(story)) == ""


def test_team_says_who_the_guardian_is_and_they_are_asked_in_another_place(visit_plain):
    story = approved(handed_over(a_young_story()))
    typed = {"name": "Bo", "email": "bo@example.org", "phone": ""}
    visit_plain.send(path(story, "guardian"), typed, button="Save")
    assert mailed("bo@example.org") == ["guardian_ask"]

    grown_up = published(a_story(email="bob@example.org"))
    typed["email"] = "cy@example.org"
    visit_plain.send(path(grown_up, "guardian"), typed, button="They are under 18: save")
    assert fresh(grown_up).state is StoryState.APPROVED
    assert mails("bob@example.org")[-1] == "guardian_waits"
    assert mailed("cy@example.org") == ["guardian_ask"]
    press(visit_plain, grown_up, "Ask the guardian again")
    assert mailed("cy@example.org") == ["guardian_ask"]


def test_somebody_else_as_guardian_does_not_inherit_the_yes_of_the_one_before(visit_plain):
    story = published(stories.with_guardian())
    same = {"name": "MAYA", "email": "maya@example.net", "phone": ""}
    visit_plain.send(path(story, "guardian"), same, button="Save")
    assert fresh(story).state is StoryState.PUBLISHED

    assert "a yes of MAYA ends. The story leaves" in visit_plain(path(story, "guardian")).text
    other = {"name": "Bo", "email": "bo@example.org", "phone": ""}
    answer = visit_plain.send(path(story, "guardian"), other, button="Save")
    assert "We asked Bo on" in words_of(answer, ".cautions")
    assert fresh(story).state is StoryState.APPROVED
    assert yes_of(story, Giver.GUARDIAN) is None
    assert mailed("bo@example.org") == ["guardian_ask"]
    assert mails(stories.ADA)[-1] == "guardian_waits"


@pytest.mark.parametrize("giver", Giver)
def test_who_tells_the_team_to_take_the_yes_back_is_off_the_site_at_once(visit, giver):
    story = published(stories.with_guardian())
    page = visit(path(story, "yes", giver))
    assert "The story leaves the site at once." in page.text
    answer = visit.send(path(story, "yes", giver), button="They told me: take their yes back")

    assert "Their yes is taken back, and the storyteller is told." in answer.text
    assert yes_of(story, giver) is None
    assert fresh(story).published is None
    assert mails()[-1] == ("yes_ended" if giver is Giver.STORYTELLER else "guardian_waits")
    assert publication.why_not(fresh(story))
