"""The mails to storytellers: readable by everybody, true, and safe to send to a stranger."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from justhtml import JustHTML

from portal.delivery.models import Outgoing
from portal.extensions import db, now
from portal.providers.local.adapter import message
from portal.stories import emails, links, withdrawal
from portal.words import lix
from tests.contact import mails_to, text_of
from tests.contact.test_mails import STRANGE, words
from tests.stories import ADA, a_draft, a_story, fresh, published
from tests.visit import Visit

LONGEST = 24  # words in a sentence
EASY = 36  # LIX: under 30 is very easy, under 40 easy
OUR_WORDS = "It names a person.\n\nWe can talk about it."
SOON = {"again": False, "left": 1}
LATE = {"again": True, "left": 0}
SENT = [
    *("receipt", "ready", "version", "reminder", "resting", "declined"),
    *("withdrawn", "erased"),
]
PUBLISHED = ["published", "resting", "withdrawn", "erased", "still_happy", "unlisted"]
CASES = {
    **{name: (a_draft, name, SOON) for name in ("link", "draft_reminder", "links")},
    **{name: (a_story, name, SOON) for name in SENT},
    **{f"{name}, published": (published, name, SOON) for name in PUBLISHED},
    "the last reminder": (a_story, "reminder", LATE),
    "still_happy, again": (published, "still_happy", LATE),
}


def made(story, name, **context):
    """The mail as the value that is handed over, whatever it is about."""
    if name == "links":
        return emails.lost_links(ADA, [story, a_draft()])
    days = dict.fromkeys(("delete_at", "rests_at", "answer_by"), now() + timedelta(days=30))
    url = links.story_url(story) if story.slug else ""
    return emails.about(story, name, words=OUR_WORDS, story_url=url, **days, **context)


@pytest.fixture(params=CASES)
def mail(request, app):
    """Each mail, in each of its forms."""
    make, name, context = CASES[request.param]
    story = make()
    if name == "withdrawn":
        withdrawal.withdraw(story, keep_files=True)
    mail = made(fresh(story), name, **context)
    db.session.commit()
    return mail


@pytest.fixture
def page(mail):
    """The HTML part, parsed strictly."""
    return JustHTML(mail.html, strict=True, sanitize=False)


def paragraphs(mail):
    """What the text part says, without the addresses and the foot."""
    told = re.sub(r"https?://\S+", "", mail.text.partition("\n-- \n")[0])
    return [" ".join(part.split()).removeprefix("* ") for part in told.split("\n\n")]


def test_every_mail_is_tested():
    folders = Path(__file__).parents[2].glob("templates/email/story_*")

    assert {folder.name for folder in folders} == {f"story_{name}" for _, name, _ in CASES.values()}


def test_a_mail_has_a_text_and_an_html_part_that_say_the_same(mail, page):
    shown = words(page.query("body")[0])

    for line in mail.text.replace("-- \n", "\n").split("\n"):
        plain = re.sub(r"\s*https?://\S+", "", line).strip().removeprefix("* ").removesuffix(":")
        assert " ".join(plain.split()) in shown
    # Each paragraph of the HTML is one of the text: nothing is left out there.
    told = " ".join(mail.text.replace("* ", "").split())
    for part in page.query("main p, main li"):
        if not part.query("a") and "reply to this email: a person" not in words(part):
            assert words(part) in told


def test_both_parts_have_the_same_links(mail, page):
    in_html = [link.attrs["href"] for link in page.query("a")]

    assert in_html == re.findall(r"https?://\S+", mail.text)


def test_no_empty_part_or_lost_blank_line_is_left_and_all_fits_the_wire(mail, page):
    assert "\n\n\n" not in mail.text
    assert all(words(part) for part in page.query("main p, main li"))
    assert len(paragraphs(mail)) > 3
    assert "{" not in mail.text
    assert all(len(line) <= 998 for line in message(mail, "a-key").split(b"\r\n"))


def test_the_html_can_be_read_by_anybody(page):
    assert page.query("html")[0].attrs["lang"] == "en-GB"
    assert len(page.query("h1")) == 1
    assert not page.query("table, script, img, link, iframe, object, form, video, audio, svg")
    assert not page.query("[src], [background], [srcset], [poster]")


def test_the_words_are_easy(mail):
    for part in paragraphs(mail):
        for sentence in re.split(r"(?<=[.?!:])\s", part):
            assert len(sentence.split()) <= LONGEST, sentence
    assert lix("\n".join(paragraphs(mail))) <= EASY


def test_the_subject_is_one_short_line_and_a_mail_can_be_answered(mail):
    assert 10 < len(mail.subject) <= 60
    assert "noreply" not in mail.reply_to.email
    assert "You can reply to this email: a person reads it." in mail.text


def test_an_answer_comes_into_the_conversation(app):
    app.config["INBOUND_EMAIL"] = "reply@portal.test"
    story = a_story()

    assert made(story, "ready").reply_to.email.startswith(f"reply+{story.conversation_id}-")
    assert made(a_draft(), "link").reply_to.email == app.config["TEAM_EMAIL"]


def test_links_say_where_they_lead_and_work(mail, page, app):
    visit = Visit(app, htmx=False)
    for link in page.query("a"):
        assert link.attrs["href"].startswith("http://portal.test/stories/")
        assert len(words(link).split()) > 1
        assert words(link).lower() not in {"click here", "read more"}
        answer = visit.client.get(Visit._path(link.attrs["href"]), follow_redirects=True)
        assert answer.status_code == 200


@given(title=STRANGE, text=STRANGE, name=STRANGE, helper=STRANGE)
def test_no_word_that_was_typed_is_in_a_mail(app, title, text, name, helper):
    answers = {"reply_by": "helper", "helper": helper, "link": text}
    typed = {"title": title, "text": text, "name": name, "phone": "07700 900000"}
    story = a_draft(**typed, answers=answers)

    for one in {name for _, name, _ in CASES.values()}:
        everything = str(made(story, one).to_json())
        for word in (title, text, name, helper, "07700"):
            assert word not in everything
    db.session.commit()


def test_what_the_team_says_is_told_as_they_wrote_it(app):
    told = "We can talk about it,\nif you like."
    mail = emails.about(a_story(), "declined", words=told)

    assert told in mail.text
    assert "<p>We can talk about it,<br>if you like.</p>" in mail.html
    assert "&lt;b&gt;" in emails.about(a_story(), "declined", words="<b>").html


def test_the_receipt_of_a_withdrawal_is_honest(app):
    told = []
    for story in (published(), a_story()):
        withdrawal.withdraw(story, keep_files=True)
        told.append(made(fresh(story), "withdrawn").text)

    for words_ in ("a newsletter that we mailed", "printed", "Search engines", "still keep your"):
        assert words_ in told[0]
    # What was never public needs no such list.
    assert "It was not on our site" in told[1]
    assert "newsletter" not in told[1]


def test_a_receipt_leads_to_the_story(app, mailbox):
    story = a_story()
    (mail,) = mails_to(mailbox, ADA)

    assert mail["Subject"] == "We have your story"
    assert story.conversation.reference in text_of(mail)
    assert "answers within 3 working days" in text_of(mail)
    (url,) = re.findall(r"http\S+/stories/mine/(\S+)", text_of(mail))
    assert links.read(url).id == story.id


def test_a_stranger_cannot_fill_a_mailbox(app, mailbox):
    for number in range(4):
        a_story(email=ADA.upper() if number % 2 else ADA)

    assert len(mailbox()) == 1 + 4  # and a note to the team for each
    reasons = db.session.query(Outgoing.reason).filter_by(name="story_receipt", state="cancelled")
    assert {reason for (reason,) in reasons} == {"One such mail a day"}


def test_the_last_mail_forgets_its_address(app, mailbox):
    story = published()
    withdrawal.erase(story)
    assert mails_to(mailbox, ADA)[-1]["Subject"] == "Your story is erased"

    (row,) = db.session.query(Outgoing).filter_by(name="story_erased")
    assert (row.state, row.address, row.address_key, row.payload) == ("accepted", "", "", {})
    assert not db.session.query(Outgoing).filter(Outgoing.address_key == ADA).count()
