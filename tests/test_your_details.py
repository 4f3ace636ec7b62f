"""All that we keep about somebody, for them alone: to read, to save, and to have erased."""

import json
import re

import pytest

from portal.extensions import db
from portal.inbox import links
from portal.inbox.models import Conversation, ConversationState
from portal.newsletter import retention
from portal.newsletter import services as newsletter
from portal.newsletter.models import Subscriber
from portal.stories.links import storyteller_url
from portal.stories.models import Story
from portal.stories.states import StoryState
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.desk import history
from tests.newsletter import AGREED, put_on, tables
from tests.stories import (
    a_draft,
    a_story,
    a_young_story,
    approved,
    count,
    fresh,
    handed_over,
    published,
)

ADA, EVE, MAYA = "ada@example.org", "eve@example.org", "maya@example.org"
ASK = "/your-details/"


def link_in(mail):
    return re.search(rf"http\S+{ASK}\S+", mail.get_body(("plain",)).get_content()).group()


@pytest.fixture
def reader(app):
    """Ada gets the newsletter."""
    put_on(ADA, "Ada", ["stories"])


@pytest.fixture
def link_of(visit_plain, mailbox):
    """The link that is mailed to who asks for it."""

    def ask(address):
        visit_plain.send(ASK, {"email": address})
        (mail,) = [one for one in mailbox() if "erase" in one["Subject"] and one["To"] == address]
        return link_in(mail)

    return ask


@pytest.mark.parametrize("keep", [a_conversation, a_draft, a_story])
def test_who_we_know_is_mailed_a_link_once_a_day_and_others_see_the_same(
    visit_plain, mailbox, keep
):
    keep(email=ADA)
    before = len(mailbox())
    answers = [
        visit_plain.send(ASK, {"email": one}).text for one in (EVE, EVE, ADA, "ADA@example.org")
    ]

    assert len({*answers}) == 1
    assert "If we keep anything about your address" in answers[0]
    assert [mail["To"] for mail in mailbox()[before:]] == [ADA]
    assert EVE not in str(tables())


@pytest.mark.usefixtures("reader")
def test_everything_is_on_the_page_and_in_the_file_and_nothing_of_others(visit_plain, link_of):
    newsletter.hold(ADA, ["ideas"], "plain", ["Too quick"])
    a_conversation(email=ADA, text="Is it <b>warm</b>?", needs="Large print", phone="07700 900123")
    a_conversation(email=EVE, text="Of somebody else", phone="07700 900123")
    handed_over(a_story(email=ADA, title="The pool"))
    a_draft(email=ADA, title="Not sent yet")
    link = link_of(ADA)
    page, saved = visit_plain(link), visit_plain(f"{link}/all.json")

    assert saved.headers["Content-Disposition"].endswith("all-that-you-keep-about-me.json")
    told = saved.response.text
    assert list(json.loads(told))[2:] == ["Messages", "Stories", "Newsletter", "Emails"]
    kept = ("Large print", "The pool", "Not sent yet", "Too quick", AGREED)
    for words in (*kept, "Is it <b>warm</b>?", "Your choices, to the list"):
        assert words in page.text, words
        assert words in told, words
    assert "Of somebody else" not in page.text + told
    assert "example.org" not in link


@pytest.mark.usefixtures("reader")
def test_erasing_says_what_goes_and_stays_and_then_erases_everywhere(
    visit_plain, contacts, link_of, work
):
    newsletter.hold(ADA, [], "plain", ["Too quick"])
    talk, other = a_conversation(email=ADA), a_conversation(email=EVE, text="Of somebody else")
    slug = published(a_story(email=ADA)).slug
    a_draft(email=ADA)
    link = link_of(ADA)
    page = visit_plain(f"{link}/erase")
    for words in ("A published story leaves this site at once.", "You get no more of it."):
        assert words in page.text
    answer = visit_plain.send(f"{link}/erase")
    work()

    assert answer.heading == "Everything about you is erased"
    assert "nobody adds you to our newsletter again" in page.text
    assert "nobody adds you to our newsletter again" in answer.text
    assert ADA not in str(tables())
    assert contacts() == {}
    assert retention.erased(ADA)
    assert count(Story) == 0
    assert visit_plain(f"/stories/{slug}/").status == 404
    assert history(talk)[-1] == ("erased", None, None)
    assert db.session.get_one(Conversation, other.id).email == EVE
    assert visit_plain(link).status == 404


def test_what_is_kept_of_a_guardian_is_shown_and_stays_and_the_page_says_why(visit_plain, link_of):
    story = approved(handed_over(a_young_story()))
    link = link_of(MAYA)
    page = visit_plain(link)
    assert "You are the parent or guardian" in page.text
    assert story.title not in page.text
    assert "it shows that you agreed" in visit_plain(f"{link}/erase").text
    visit_plain.send(f"{link}/erase")

    assert fresh(story).guardian_email == MAYA
    assert story.state is StoryState.APPROVED


@pytest.mark.usefixtures("reader")
def test_erasing_twice_is_erasing_once(visit_plain, link_of):
    link = link_of(ADA)
    visit_plain.send(f"{link}/erase")
    again = visit_plain.post(f"{link}/erase")

    assert again.status == 404
    assert count(Subscriber) == 0


@pytest.mark.parametrize("make", [a_conversation, a_story])
def test_who_has_a_private_link_asks_by_one_button_and_proves_it_by_mail(
    visit_plain, mailbox, make
):
    made = make(email=ADA)
    url = own_page(made)
    before = len(mailbox())
    answer = visit_plain.send(url, button="Send me the link")

    assert answer.heading == "Check your email"
    (mail,) = mailbox()[before:]
    assert mail["To"] == ADA
    assert visit_plain(link_in(mail)).heading == "All that we keep about you"


def own_page(made):
    return links.own_url(made) if isinstance(made, Conversation) else storyteller_url(made)


def test_who_gave_a_number_alone_is_reached_by_a_person_once(visit_plain, mailbox):
    talk = a_conversation(email="", phone="07700 900123", reply_by=Way.PHONE)
    url = links.own_url(talk)
    for _ in range(2):
        answer = visit_plain.send(url, button="Ask for it")

    assert answer.heading == "We have your request"
    asked = [one for one in talk_of(talk).messages if "what you keep about me" in one.text]
    assert len(asked) == 1
    assert talk_of(talk).state is ConversationState.NEW
    assert not [mail for mail in mailbox() if "erase" in mail["Subject"]]


def talk_of(talk):
    return db.session.get(Conversation, talk.id, populate_existing=True)
