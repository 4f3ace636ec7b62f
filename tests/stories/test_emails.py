"""The mails to storytellers: readable by everybody, true, and safe to send to a stranger."""

import re

import pytest
from hypothesis import given
from sqlalchemy import select

from portal.delivery.models import Outgoing
from portal.extensions import db, now
from portal.inbox.models import Conversation
from portal.stories import emails, links, withdrawal
from portal.words import day, lix
from tests.contact import mails_to, text_of
from tests.contact.test_mails import STRANGE
from tests.stories import ADA, a_draft, a_story, fresh, published, withdrawn
from tests.stories.mails import MAILS, SOON, a_mail

LONGEST = 24  # words in a sentence
EASY = 36  # LIX: under 30 is very easy, under 40 easy


@pytest.mark.parametrize("name", MAILS)
def test_the_words_are_easy_and_a_mail_can_be_answered(app, name):
    mail = MAILS[name]()
    db.session.commit()
    told = re.sub(r"https?://\S+", "", mail.text.partition("\n-- \n")[0])
    paragraphs = [" ".join(part.split()).removeprefix("* ") for part in told.split("\n\n")]

    for part in paragraphs:
        for sentence in re.split(r"(?<=[.?!:])\s", part):
            assert len(sentence.split()) <= LONGEST, sentence
    assert lix("\n".join(paragraphs)) <= EASY
    assert len(paragraphs) > 3
    assert not re.search(r"\n\n\n|\{", mail.text)  # no part is empty
    assert 10 < len(mail.subject) <= 60
    assert "You can reply to this email: a person reads it." in mail.text
    told = [f"reference {talk.reference}" for talk in db.session.scalars(select(Conversation))]
    began = f"begun on {day(now())}"
    for body in (mail.text, mail.html):
        found = re.findall(rf"reference \S{{4}}-\S{{4}}|{began}", body)
        assert found == (told or [began]) + ([began] if name == "story_links" else [])


def test_an_answer_comes_into_the_conversation(app):
    app.config["INBOUND_EMAIL"] = "reply@portal.test"
    story = a_story()

    reply_to = a_mail(story, "ready").reply_to.email
    assert reply_to.startswith(f"reply+{story.conversation_id}-")
    assert a_mail(a_draft(), "link").reply_to.email == app.config["TEAM_EMAIL"]


@given(title=STRANGE, text=STRANGE, name=STRANGE, helper=STRANGE)
def test_no_word_that_was_typed_is_in_a_mail(app, title, text, name, helper):
    answers = {"reply_by": "helper", "helper": helper, "link": text}
    typed = {"title": title, "text": text, "name": name, "phone": "07700 900000"}
    story = a_draft(**typed, answers=answers)

    names = {key.partition(",")[0].removeprefix("story_") for key in MAILS} - {"guardian_ask"}
    for mail in (emails.to_guardian(story), *(a_mail(story, one, **SOON) for one in names)):
        everything = str(mail.to_json())
        for word in (title, text, name, helper, "07700"):
            assert word not in everything
    db.session.commit()


def test_what_the_team_says_is_told_as_they_wrote_it(app):
    mail = emails.about(a_story(), "declined", words="We can talk about it,\nif <b>you</b> like.")

    assert "We can talk about it,\nif <b>you</b> like." in mail.text
    assert "<p>We can talk about it,<br>if &lt;b&gt;you&lt;/b&gt; like.</p>" in mail.html


def test_the_receipt_of_a_withdrawal_is_honest(app):
    told = [a_mail(fresh(withdrawn(make())), "withdrawn").text for make in (published, a_story)]

    for words in ("a newsletter that we mailed", "printed", "Search engines", "still keep your"):
        assert words in told[0]
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
