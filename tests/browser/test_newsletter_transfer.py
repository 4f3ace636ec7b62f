"""Lists in and out, as the team has them before them: each page and state."""

from datetime import timedelta

from playwright.sync_api import expect

from portal.extensions import db, now
from portal.newsletter.models import Subscriber
from portal.newsletter.transfer.models import ListJob
from portal.team.models import Role
from tests.browser.deeds import done, follow, heading, is_told, press
from tests.services import until
from tests.site import DONE_WITHIN

BRING = "/newsletter/list/import/"
CSV = "text/csv"


def choose(page, content, name="subscribed_members_export.csv"):
    file = {"name": name, "mimeType": CSV, "buffer": content.encode()}
    page.get_by_label("The list, as a file").set_input_files(file)
    press(page, "Look at this file")


def wait_until(page, words, js):
    """The page comes further by itself, or when it is loaded again."""
    title = page.get_by_role("heading", level=2, name=words, exact=True)
    if js:
        expect(title).to_be_visible()
        return
    until(lambda: title.is_visible() or (page.reload() and title.is_visible()), DONE_WITHIN)


def test_from_another_programs_file_to_people_on_the_list(
    app, open_desk, address, js, check, tmp_path
):
    page = open_desk("/newsletter/list/", role=Role.MANAGER, js=js)
    follow(page, "Lists in and out")
    check(page, "Lists in and out")
    choose(page, "a,b\n1,2\n")
    is_told(page, "There is no email address in this file")
    check(page)
    choose(
        page,
        "Email Address,First Name,State,Joined,TAGS,LEID\n"
        f'{address},Zoë,active,01/02/2020,"""News"",""Stories""",17\n'
        f"left.{address},Bo,unsubscribed,01/02/2020,,18\n"
        f"gold.{address},Eve,gold,01/02/2020,,19\n"
        f'quote.{address},"Kit,active,01/02/2020,,20\n',
    )
    check(page, "What we understood")
    page.get_by_text("1 column that we leave out").click()
    check(page)
    press(page, "See what would come of it")
    is_told(page, "Write down the words that these people agreed to.")
    check(page)
    page.get_by_label("What did these people agree to?").fill("Yes, send me the newsletter")
    page.get_by_label("News", exact=True).select_option("Ideas for moving at home")
    page.get_by_label("gold", exact=True).select_option("They get it")
    press(page, "See what would come of it")

    wait_until(page, "What would come of it", js)
    page.get_by_text("Look at them").first.click()
    expect(page.get_by_role("main")).to_contain_text("2: Put on the list")
    expect(page.get_by_role("main")).to_contain_text("A quotation mark is opened in this line")
    check(page, "Bring a list in")
    with page.expect_download() as report:
        press(page, "Save all these lines as a file")
    report.value.save_as(tmp_path / "report.csv")
    assert f"quote.{address}" in (tmp_path / "report.csv").read_text()
    press(page, "Bring them onto the list")
    done(page, "It has begun.")
    wait_until(page, "The list is brought in", js)
    check(page, "Bring a list in")
    zoe = Subscriber.with_email(address)
    assert (zoe.name, zoe.topics) == ("Zoë", ["stories", "ideas"])
    db.session.remove()

    follow(page, "All lists in and out")
    check(page, "Lists in and out")
    follow(page, "Get everybody, with what they agreed to")
    check(page, "Get the list as a file")
    with page.expect_download() as export:
        press(page, "Get the file")
    export.value.save_as(tmp_path / "list.csv")
    assert address in (tmp_path / "list.csv").read_text("utf-8-sig")


def test_both_lists_are_compared_on_a_page_that_comes_further_by_itself(open_desk, check, js):
    page = open_desk(BRING, js=js)
    press(page, "Compare both lists")
    wait_until(page, "What differs", js)
    check(page)
    follow(page, "All lists in and out")
    heading(page, "Lists in and out")


def test_a_job_that_is_being_done_shows_how_far_it_is(app, open_desk, check, js):
    held = {"state": "going", "total": 2000, "done": 500, "held_until": now() + timedelta(hours=1)}
    job = ListJob(kind="import", name="people.csv", **held)
    db.session.add(job)
    db.session.commit()
    number = job.id
    page = open_desk(f"/newsletter/list/jobs/{number}", js=js)
    bar = page.get_by_role("progressbar", name="500 of 2,000 are done.")
    expect(bar).to_have_attribute("value", "25")
    check(page, "Bring a list in")
    db.session.get_one(ListJob, number).done = 1000
    db.session.commit()
    if not js:
        follow(page, "Load this page again to see how far it is")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "50")
    db.session.delete(db.session.get_one(ListJob, number))  # or no other job would go on
    db.session.commit()
