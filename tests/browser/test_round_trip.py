"""A message and its answer, all the way there and back, with the provider down in the middle."""

import re

from playwright.sync_api import expect
from sqlalchemy import select, update

from portal.extensions import db
from portal.inbox.models import Conversation, Direction
from portal.team.models import Member
from tests.browser.deeds import done, press
from tests.services import until
from tests.site import DONE_WITHIN

UNDO_FOR = 10  # seconds
NEEDS = "Please write in short sentences."


def test_message_and_answers_go_round_and_nothing_is_lost_or_doubled(
    open_page, open_desk, app, site, address, mail, check
):
    person = open_page("/contact/", js=False)
    person.get_by_label("A question").check()
    person.get_by_label("Your message").fill("Is the pool warm?")
    person.get_by_label("By email").check()
    person.get_by_label("Email address").fill(address)
    person.get_by_label("What else do you need").fill(NEEDS)
    press(person, "Check my answers")
    press(person, "Send my message")
    own = mail(address).link("/contact/")

    ada = open_desk("/inbox/?sort=newest")
    db.session.execute(update(Member).values(undo_seconds=UNDO_FOR))
    db.session.commit()
    ada.get_by_role("link", name=re.compile("Is the pool warm")).first.click()
    expect(ada.get_by_text(NEEDS)).to_be_visible()
    ada.get_by_label("Your answer").fill("No, it")
    expect(ada.get_by_text("Draft kept")).to_be_visible()
    press(ada, "Answer")
    done(ada, "It leaves in")
    press(ada, "Undo: take it back")
    expect(ada.get_by_text("The answer was stopped. It is a draft again.")).to_be_visible()
    expect(ada.get_by_label("Your answer")).to_have_value("No, it")
    with site.mail_down():
        ada.get_by_label("Your answer").fill("Yes, it is.")
        press(ada, "Answer")
        done(ada, "Your answer is saved.")
        until(lambda: waits(address), UNDO_FOR + DONE_WITHIN)
        ada.goto(ada.url.partition("?")[0])
        expect(ada.get_by_text("Waits for the mail provider")).to_be_visible()
        check(ada)
    until(lambda: len(answers(site, address)) == 1, 2 * DONE_WITHIN)

    person.goto(own)
    expect(person.get_by_text("Yes, it is.")).to_be_visible()
    person.get_by_label("Write to us again").fill("Thank you!")
    press(person, "Send")
    expect(person.get_by_text("Thank you!")).to_be_visible()

    ada.goto(ada.url)
    expect(ada.get_by_text("Thank you!")).to_be_visible()
    ada.get_by_label("Your answer").fill("We talked about the hoist.")
    ada.get_by_text("Answer another way").click()
    ada.get_by_label("Phone call").check()
    ada.get_by_label("Why another way").fill("She called us")
    press(ada, "Answer")
    expect(ada.get_by_text("Your answer is saved.")).to_be_visible()
    press(ada, "Close")
    done(ada, "Closed: “Is the pool warm?”")

    assert len(answers(site, address)) == 1
    assert [one.text for one in conversation(address).messages] == [
        "Is the pool warm?",
        "No, it",  # was stopped, which the team still sees
        "Yes, it is.",
        "Thank you!",
        "We talked about the hoist.",
    ]


def answers(site, address):
    return [one for one in site.mails(address) if one.subject.startswith("Re:")]


def conversation(address):
    return db.session.scalar(select(Conversation).filter_by(email=address))


def waits(address):
    """Whether the answer was tried, and waits for the provider."""
    told = conversation(address).messages
    sent = [one.sending.outgoing for one in told if one.direction is Direction.OUTGOING]
    tried = bool(sent and sent[-1].attempts and sent[-1].state == "waiting")
    db.session.remove()
    return tried
