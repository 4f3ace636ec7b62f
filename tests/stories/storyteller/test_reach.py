"""How we reach a storyteller is changed by its old or new owner, and never by the link alone."""

import re

import pytest

from portal.extensions import db
from portal.inbox.desk import details
from portal.stories import links, reach
from portal.stories.finding import services as finding
from portal.stories.telling.services import new_phrase
from tests.contact import mails_to, text_of
from tests.inbox.desk import history
from tests.newsletter import settings
from tests.stories import ADA, a_story, a_young_story, an_editor, deeds, fresh, handed_over
from tests.stories import desk as desks
from tests.team import sign_in

NEW, PHONE, OTHER = "new@example.org", "07700 900123", "0161 496 0000"
WITHOUT = {"email": "", "phone": PHONE, "answers": {"reply_by": "phone"}}


def page_of(story, part=""):
    token = links.token(story)
    db.session.commit()
    return f"/stories/mine/{token}{part}"


def change(visit, story, **said):
    said = reach.current(fresh(story))._asdict() | said
    return visit.send(page_of(story, "/reach"), said)


def url_in(mailbox, to):
    """The address path in the newest mail to somebody."""
    return re.findall(r"http://portal.test(/stories/mine/\S+)", text_of(mails_to(mailbox, to)[-1]))[
        0
    ]


def reached(story):
    """All by which the team, the mails and the ways back reach them."""
    one = fresh(story)
    talk = one.conversation
    assert (talk.email, talk.email_key, talk.phone) == (one.email, one.email_key, one.phone)
    found = str(talk.reply_by), one.email, one.phone
    db.session.commit()
    return found


def test_a_new_address_counts_once_its_owner_pressed_the_button(visit, mailbox):
    story = handed_over(a_story())
    page = change(visit, story, email=NEW)

    assert "Open the link in it" in page.text
    assert reached(story) == ("email", ADA, "")
    mail = mails_to(mailbox, NEW)[-1]
    assert links.token(fresh(story)) not in mail.as_string()
    url = url_in(mailbox, NEW)
    visit(url)
    assert reached(story)[1] == ADA, "looking changes nothing"
    done = visit.send(url, button="Yes, use this address")
    assert done.heading == "We use this address now"
    assert reached(story) == ("email", NEW, "")
    assert visit(url, follow_redirects=True).status == 404
    finding.send_links(NEW)
    assert "private links" in mails_to(mailbox, NEW)[-1]["Subject"]
    assert "asked for another way" in deeds(story)


def test_the_old_address_hears_of_it_and_can_undo_it_which_ends_every_other_way_in(visit, mailbox):
    story = a_story()
    words, old = new_phrase(story), page_of(story)
    change(visit, story, reply_by="phone", phone="+44 7700 900123", email="")
    assert reached(story) == ("phone", "", PHONE)
    # Who took over changes it once more: the first address still has the last word.
    reach.ask(fresh(story), reach.Reach("email", "eve@example.org", "", "", ""))
    reach.confirm(fresh(story), reach.wanted(fresh(story)).code)
    url = url_in(mailbox, ADA)
    done = visit.send(url, button="It was not me. Undo it")

    assert done.heading == "It is as it was"
    assert reached(story) == ("email", ADA, "")
    assert visit(old, follow_redirects=True).status == 404
    assert finding.by_words(words) is None
    assert visit(url_in(mailbox, ADA)).heading == "Your story"
    assert visit(url, follow_redirects=True).status == 404


def test_without_an_address_the_team_asks_first_and_history_has_who(visit_plain, app, mailbox):
    story = a_story(**WITHOUT)
    page = change(visit_plain, story, phone=OTHER)
    assert "asks you first" in page.text
    assert reached(story) == ("phone", "", PHONE)
    sign_in(visit_plain, app)
    desk = visit_plain(desks.path(story))
    assert OTHER in desks.words_of(desk, ".standing")
    done = visit_plain.send(desks.path(story), {"answer": "yes"}, button="They confirmed it")

    assert "It is saved how we reach them." in done.text
    assert reached(story) == ("phone", "", OTHER)
    assert deeds(story)[-1] == "confirmed another way"
    assert [one.id for one in finding.stories_of(f"+44{OTHER[1:]}")] == [story.id]


def test_who_had_no_address_is_told_by_the_team_that_a_new_one_counts(app):
    story = a_story(**WITHOUT)
    reach.ask(story, reach.current(story)._replace(reply_by="email", email=NEW))
    reach.confirm(fresh(story), reach.wanted(fresh(story)).code)

    assert ("told of another way", None, f"By phone: {PHONE}") in history(story.conversation)
    assert reached(story) == ("email", NEW, PHONE)


def test_what_the_storyteller_did_not_ask_for_is_dropped_and_what_nobody_saw_is_not_confirmed(app):
    story = a_story(**WITHOUT)
    reach.ask(story, reach.current(story)._replace(phone=OTHER))
    seen = reach.wanted(story).code
    reach.ask(story, reach.current(story)._replace(phone="0161 496 0001"))
    with pytest.raises(reach.Stale):
        reach.confirm(story, seen, an_editor())
    reach.refuse(story, reach.wanted(story).code, an_editor())

    assert reach.wanted(fresh(story)) is None
    assert reached(story) == ("phone", "", PHONE)


@settings(RATELIMIT_ENABLED="1")
def test_an_address_gets_one_such_mail_a_day_and_a_link_asks_five_times_an_hour(
    visit_plain, mailbox
):
    story = a_story()
    for _ in range(3):
        change(visit_plain, story, email=NEW)
    assert len(mails_to(mailbox, NEW)) == 1
    for number in range(2):
        change(visit_plain, story, email=f"{number}@example.org")
    late = change(visit_plain, story, email="last@example.org")
    assert late.status == 429
    assert late.value("email") == "last@example.org"
    assert mails_to(mailbox, "last@example.org") == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"reply_by": "email", "email": ""}, "Enter your email address."),
        ({"reply_by": "phone", "phone": "x"}, "Enter a phone number"),
        ({"reply_by": "post", "postal": ""}, "Enter your postal address."),
        ({"reply_by": "helper", "helper": ""}, "Enter the name of the person who helps you."),
    ],
)
def test_a_way_that_cannot_be_used_is_shown_again_with_what_was_typed(visit, said, words):
    page = change(visit, a_story(), **said)

    assert page.status == 422
    assert words in page.text


def test_another_guardian_is_asked_about_by_the_team_before_they_can_say_yes(visit_plain, app):
    story = a_young_story()
    before = guardian_of(story)
    said = {"name": "Bo", "email": "", "phone": "+44 161 496 0000"}
    page = visit_plain.send(page_of(story, "/guardian"), said)
    assert "Our team talks to the parent or guardian whom we know" in page.text
    assert guardian_of(story) == before
    sign_in(visit_plain, app)
    assert "They named another parent or guardian" in visit_plain(desks.path(story)).text
    form = visit_plain(desks.path(story, "guardian"))
    assert (form.value("name"), form.value("phone")) == ("Bo", OTHER)
    visit_plain.send(desks.path(story, "guardian"), said, button="Save")

    assert guardian_of(story) == ("Bo", "", OTHER)
    assert "They named another" not in visit_plain(desks.path(story)).text


def guardian_of(story):
    one = fresh(story)
    found = one.guardian_name, one.guardian_email, one.guardian_phone
    db.session.commit()
    return found


@pytest.mark.parametrize("how", ["details", "a mail asks"])
def test_an_editors_correction_is_the_storys_too_and_the_old_address_can_undo_it(
    visit, mailbox, how
):
    story = handed_over(a_story())
    talk, ada = story.conversation, an_editor()
    if how == "details":
        details.change_details(talk, ada, {}, email=NEW, phone=PHONE)
    else:
        details.reach(talk, ada, {"email": NEW, "phone": PHONE})
        db.session.commit()

    assert reached(story) == ("email", NEW, PHONE)
    assert ("changed the way", "email", "email") in history(fresh(story).conversation)
    visit.send(url_in(mailbox, ADA))
    assert reached(story)[1] == ADA
