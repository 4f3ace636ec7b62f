"""What readers see of issues that went out, and for how long."""

import pytest
from justhtml import JustHTML
from sqlalchemy import update

from portal.extensions import db, write_rows
from portal.issues.models import Issue, IssueState, Part, PartKind
from portal.stories import consents, withdrawal
from portal.stories.models import Story
from tests.issues import a_sent_issue, an_issue, sent
from tests.stories import published
from tests.stories.readers import put_up

pytestmark = pytest.mark.usefixtures("app")
ARCHIVE = "/newsletter/issues/"
TITLE = "How I found the water"
TAKEN = "no longer wants it in our newsletter"


def say(story, purpose, *, given):
    consents.record(story, purpose, given=given, channel="web")
    db.session.commit()


def test_issue_is_listed_and_read_once_it_has_left(client):
    issue = a_sent_issue(published(), preview="Three ways to swim")

    assert "Three ways to swim" in client.get(ARCHIVE).text
    page = client.get(f"{ARCHIVE}{issue.slug}/").text
    assert TITLE in page
    assert "News of May" in client.get(f"{ARCHIVE}feed.xml").text
    assert issue.slug in client.get("/sitemap.xml").text
    assert "News of May" in client.get("/").text
    assert ARCHIVE in client.get("/newsletter/").text


def test_archive_with_nothing_in_it_says_so_and_nobody_is_led_there(client):
    assert "first one will be here" in client.get(ARCHIVE).text
    for page in ("/", "/newsletter/"):
        assert ARCHIVE not in client.get(page).text


@pytest.mark.parametrize("state", [IssueState.DRAFT, IssueState.STOPPED, IssueState.FAILED])
def test_what_did_not_leave_is_seen_by_nobody(client, state):
    issue = a_sent_issue(published()) if state is not IssueState.DRAFT else an_issue(published())
    slug = issue.slug or "news-of-may"
    write_rows(update(Issue).values(state=state, slug=slug))
    db.session.commit()

    assert client.get(f"{ARCHIVE}{slug}/").status_code == 404
    for page in (ARCHIVE, f"{ARCHIVE}feed.xml", "/sitemap.xml", "/"):
        assert slug not in client.get(page).text


def test_team_takes_one_out_at_once_and_puts_it_back(ada, visit_plain, client):
    issue = a_sent_issue(published())
    address, page = f"{ARCHIVE}{issue.slug}/", f"{ARCHIVE}desk/{issue.id}"
    for words, status in (("Take it off the site", 404), ("Put it back on the site", 200)):
        visit_plain.send(page, button=words)
        assert client.get(address).status_code == status


ENDS = {
    "consent": lambda story: say(story, "newsletter", given=False),
    "taken back": lambda story: withdrawal.withdraw(story, keep_files=False),
    "erased": withdrawal.erase,
}


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("end", ENDS)
def test_story_that_leaves_is_out_at_once_and_a_line_stays(client, end):
    story, other = published(), published(title="On wheels")
    address = f"{ARCHIVE}{a_sent_issue(story, other).slug}/"
    assert TITLE in client.get(address).text
    ENDS[end](db.session.get_one(Story, story.id))

    page = client.get(address).text
    assert TITLE not in page
    assert page.count(TAKEN) == 1
    assert "On wheels" in page


def test_words_before_a_story_leave_with_it(client):
    story = published()
    issue = an_issue(story)
    issue.parts[0].text = "Ada tells how it began."
    issue.parts.append(Part(position=1, kind=PartKind.WORDS, text="See you **soon**."))
    db.session.commit()
    address = f"{ARCHIVE}{sent(issue).slug}/"
    whole = JustHTML(client.get(address).text, sanitize=False)
    assert "Ada tells how" in whole.query("section.piece")[0].to_text()
    say(story, "newsletter", given=False)

    page = client.get(address).text
    assert "Ada tells how" not in page
    assert "<strong>soon</strong>" in page


PICTURE_ENDS = ENDS | {"photo": lambda story: say(story, "photo", given=False)}


@pytest.mark.parametrize("end", PICTURE_ENDS)
def test_picture_in_sent_mails_is_gone_with_its_consent(client, end):
    story = put_up(pictures=["The pool"])
    issue = a_sent_issue(story)
    key = story.published.pictures[0]["file"]
    address = f"{ARCHIVE}pictures/{issue.id}/{key}.jpg"
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers
    PICTURE_ENDS[end](db.session.get_one(Story, story.id))
    assert client.get(address).status_code == 410


def test_picture_of_a_story_that_is_not_in_it_is_not_given_out(client):
    story, issue = put_up(pictures=["The pool"]), a_sent_issue(published())
    key = story.published.pictures[0]["file"]
    assert client.get(f"{ARCHIVE}pictures/{issue.id}/{key}.jpg").status_code == 410
    assert client.get(f"{ARCHIVE}pictures/999/{key}.jpg").status_code == 404


@pytest.mark.usefixtures("each_database")
def test_address_of_a_picture_that_no_database_takes_leads_nowhere(client):
    assert client.get(f"{ARCHIVE}pictures/{an_issue().id}/%00.jpg").status_code == 404


def test_many_issues_come_in_pages_without_one_twice(client, clock):
    for number in range(14):
        a_sent_issue(subject=f"News {number:02}", slug=f"news-{number:02}")
        clock.shift(60)
    first = client.get(ARCHIVE).text
    rest = client.get(f"{ARCHIVE}?after={first.split('?after=')[1].split(chr(34))[0]}").text
    assert [f"news-{n:02}/" in first for n in range(14)] == [False] * 2 + [True] * 12
    assert [f"news-{n:02}/" in rest for n in range(14)] == [True] * 2 + [False] * 12


@pytest.mark.parametrize("after", ["x", "-1", "999999999999", "\u0663", "999"])
def test_address_that_makes_no_sense_shows_a_page(client, after):
    assert client.get(ARCHIVE, query_string={"after": after}).status_code == 200
    assert client.get(f"{ARCHIVE}no-such/").status_code == 404
