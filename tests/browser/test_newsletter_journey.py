"""The newsletter's whole way: from another program's list to an issue that a story leaves again."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from portal.extensions import db, now, write_rows
from portal.issues.models import Issue
from portal.issues.sending import tasks
from portal.newsletter import services
from portal.stories import links
from portal.team.models import Member, Role
from tests.browser.deeds import done, follow, heading, press
from tests.services import until
from tests.site import DONE_WITHIN
from tests.stories.readers import put_up

TITLES = ("Round the hill", "How I found the water", "My first dance")
GONE = 410
MAILCHIMP = (
    '"Email Address","First Name","Last Name","MEMBER_RATING","OPTIN_TIME","LEID","TAGS"\n'
    '"{}","Ada","Byron","2","2020-01-01 10:00:00","1","""Stories"""\n'
)


@pytest.fixture
def stories(app, address):
    """Three published stories of this test's own, by their titles; the first has a picture."""
    mine = {f"{title} {address[4:8]}": title for title in TITLES}
    made = {}
    for number, title in enumerate(mine):
        story = put_up(title, pictures=["A pool"] if number == 0 else [])
        made[title] = links.storyteller_url(story)
    db.session.remove()
    return made


def bring_in(page, address):
    """Bring in a list, as another program wrote it."""
    follow(page, "Lists in and out")
    content = MAILCHIMP.format(address).encode()
    file = {"name": "members.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("The list, as a file").set_input_files(file)
    press(page, "Look at this file")
    page.get_by_label("What did these people agree to?").fill("Yes, send me the newsletter")
    press(page, "See what would come of it")
    come_to(page, "What would come of it")
    press(page, "Bring them onto the list")
    come_to(page, "The list is brought in")


def come_to(page, words):
    """The page comes further by itself, or when it is loaded again."""
    title = page.get_by_role("heading", name=words, exact=True)
    until(lambda: title.is_visible() or (page.reload() and title.is_visible()), DONE_WITHIN)


def agree(page, ben, titles):
    """Make an issue of these stories, and let a second person say yes to it and send it."""
    page.get_by_label("Subject").fill(f"News with {titles[0]}")
    page.get_by_label("Preview line").fill("Three stories")
    page.get_by_label("Opening").fill("Hello. **Come out** with us.")
    for title in titles:
        press(page, "Add a story")
        page.get_by_label("Words in the story").fill(title)
        press(page, "Search")
        page.get_by_role("button", name=re.compile(f"Put it in.*{title}")).click()
        done(page, "The story is in the issue")
    press(page, "Ask for the second yes")
    done(page, "You asked.")
    ben.goto(page.url.partition("?")[0])
    follow(ben, "Read it, and decide")
    ben.get_by_label("I have read this issue in each format").check()
    press(ben, "Say yes to this")
    ben.get_by_label("In 15 minutes").check()
    press(ben, "Send it")
    done(ben, "It is to go.")
    return int(re.search(r"desk/(\d+)", page.url)[1])


def let_time_pass(issue_id):
    """The minutes in which it can be stopped are over."""
    write_rows(update(Issue).where(Issue.id == issue_id).values(send_at=now()))
    db.session.commit()
    tasks.keep_going.call_local()
    db.session.remove()


def test_from_another_programs_list_to_a_story_that_leaves_again(
    app, open_desk, open_page, address, stories, mail, check, js
):
    imported, held = f"mc.{address}", f"held.{address}"
    services.hold(held, ["stories"], "large", ["It was sent within a second"])
    db.session.remove()
    page = open_desk("/newsletter/list/", role=Role.MANAGER, js=js)
    ben = open_desk("/newsletter/issues/desk/", name="Ben", js=js)
    bring_in(page, imported)

    write_rows(update(Member).values(undo_seconds=0))  # what can be undone leaves that much later
    db.session.commit()
    page.goto("/newsletter/list/held")
    page.get_by_role("button", name=re.compile(f"Let it through.*{held}")).click()
    done(page, "It goes its usual way.")
    visitor = open_page(mail(held).link("/confirm/"), js=js)
    press(visitor, "Yes, sign me up")
    expect(visitor.get_by_text("Welcome. You will get our next newsletter.")).to_be_visible()

    page.goto("/newsletter/issues/desk/")
    press(page, "Begin an issue")
    titles = list(stories)
    issue_id = agree(page, ben, titles)
    let_time_pass(issue_id)
    subject = f"News with {titles[0]}"
    standard, large = mail(imported, subject), mail(held, subject)
    for title in titles:
        assert title in standard.text
        assert title in large.text
    sheet = open_page("/")
    picture = re.search(r'src="([^"]+/pictures/[^"]+)"', standard.html)[1]
    assert sheet.request.get(picture).status == 200
    until(lambda: _is_over(issue_id))
    page.goto(f"/newsletter/issues/desk/{issue_id}")
    check(page, subject)

    follow(page, "Read it as everybody can")
    heading(page, subject)
    check(page)
    teller = open_page(f"{stories[titles[0]]}/withdraw", js=js)
    press(teller, "Take my story back")
    expect(teller.get_by_role("main")).to_contain_text("stay in the mailboxes")
    page.reload()
    expect(page.get_by_role("main")).not_to_contain_text("A pool")
    expect(page.get_by_text("A story was here.")).to_be_visible()
    check(page, subject)
    assert sheet.request.get(picture).status == GONE


def _is_over(issue_id):
    tasks.keep_going.call_local()
    db.session.remove()
    finished = db.session.get_one(Issue, issue_id).finished_at
    db.session.remove()
    return finished
