"""Lists in and out, in the browser."""

import io

import pytest

from portal import storage
from portal.extensions import db
from portal.newsletter.models import Subscriber, SubscriberState
from portal.newsletter.transfer import jobs, seeing, working
from portal.newsletter.transfer.entries import ReadAs
from portal.newsletter.transfer.models import JobKind, ListJob
from portal.spreadsheets import BOM
from portal.team.models import Role
from tests.delivery import provide
from tests.newsletter import ADA, AGREED, a_subscriber, imported, state_of, tables
from tests.newsletter.audiences import Audience, known, person
from tests.newsletter.transfer.test_reading import CASES
from tests.stored import stored_files
from tests.team import sign_in

BRING, LIST = "/newsletter/list/import/", "/newsletter/list/"
MAILCHIMP = (CASES / "mailchimp-export.csv").read_bytes()
WORDS = (
    "email,name,state,topics,format,joined\n"
    "ada@example.org,Ada,gold,News;ideas,braille,02/03/2020\n"
    "bob@example.org,Bob,subscribed,,,\n"
    "eve@example.org,Eve,unsubscribed,,,\n"
)
SEE, DO = "See what would come of it", "Bring them onto the list"


@pytest.fixture
def editor(app, visit_plain):
    return sign_in(visit_plain, app)


@pytest.fixture
def bring(visit_plain, editor):
    """Chooses a file with that content; gives the page after it."""

    def choose(content, name="people.csv"):
        content = content if isinstance(content, bytes) else content.encode()
        file = (io.BytesIO(content), name)
        return visit_plain.send(BRING, {"file": file}, button="Look at this file")

    return choose


def path(answer):
    return answer.response.request.path


def chosen(answer, **changes):
    """What a browser sends of the page with the columns and the words."""
    page = answer.page.query("form[action^='/newsletter/list/import/']")[0]
    return (
        answer.form()
        | {
            one.attrs["name"]: next(
                (o.attrs["value"] for o in one.query("option") if "selected" in o.attrs), ""
            )
            for one in page.query("select")
        }
        | {"wording": AGREED}
        | changes
    )


def tried(visit, answer, work, **changes):
    """The page of the job once the worker has tried it."""
    page = visit.post(path(answer), chosen(answer, **changes))
    work()
    return visit(path(page))


@pytest.mark.usefixtures("each_database")
def test_a_mailchimp_export_comes_in_and_each_step_is_seen_first(
    app, visit_plain, bring, editor, work, mailbox, contacts
):
    page = bring(MAILCHIMP, "subscribed_members_export_1.csv")
    assert "has 1 row, in UTF-8, with a comma between the cells" in page.text
    assert page.has("#column-0 option[value=email][selected]")
    assert "7 columns that we leave out" in page.text

    looking = visit_plain.post(path(page), chosen(page, **{"word topic newsletter": "ideas"}))
    assert "Looking what would come of it" in looking.text
    assert looking.has("#job[data-hx-trigger='every 3s']")
    work()
    found = visit_plain(path(looking))
    assert "1: Put on the list" in found.text
    assert state_of("mc1@example.org") is None

    assert "It has begun." in visit_plain.send(path(looking), button=DO).text
    work()
    done = visit_plain(path(looking))
    assert "The list is brought in" in done.text
    (yes,) = Subscriber.with_email("mc1@example.org").consents
    said = (yes.wording, yes.at.date().isoformat(), yes.member_id, yes.evidence)
    assert said == (AGREED, "2020-01-01", editor.id, "subscribed_members_export_1.csv")
    db.session.commit()
    assert contacts()["mc1@example.org"]["attributes"]["topics"] == ["stories", "ideas"]
    assert mailbox() == []
    assert stored_files(app) == []


def test_words_that_we_do_not_know_are_asked_about(visit_plain, bring, work):
    page = bring(WORDS)
    for words in ("gold", "News", "braille", "1 date can be read both ways"):
        assert words in page.text
    left_open = tried(visit_plain, page, work)
    assert "We do not know what “gold” means" in left_open.text
    said = {"word state gold": "left", "word topic news": "stories", "word format braille": "large"}
    again = visit_plain(path(page))
    found = tried(visit_plain, again, work, order="month", **said)

    assert "1: Put on the list" in found.text
    assert "2: Left there: they stay so here" in found.text


def test_a_word_that_comes_up_with_another_column_is_asked_about_before_it_is_tried(
    visit_plain, bring, work
):
    page = bring("email,Kind\nada@example.org,gold\n")
    again = visit_plain.post(path(page), chosen(page, **{"column 1": "state"}))

    assert "There are words now that we had not seen before." in again.text
    assert again.has("[name='word state gold']")
    found = tried(visit_plain, again, work, **{"word state gold": "subscribed"})
    assert "1: Put on the list" in found.text


@pytest.mark.usefixtures("each_database")
def test_a_large_file_is_seen_by_the_worker_and_nobody_waits_for_it(
    visit_plain, bring, work, monkeypatch
):
    monkeypatch.setattr(jobs, "SEEN_AT_ONCE", 0)
    monkeypatch.setattr(seeing, "OFTEN", 1)
    with monkeypatch.context() as waiting:
        waiting.setattr(seeing, "see", pytest.fail)
        page = bring("email,Kind,name\nada@example.org,gold,Ada\nbob@example.org,gold,Bob\n")
        assert "about 3 rows" in page.text
        assert page.has("#job[data-hx-trigger='every 3s']")
    first = _worked(visit_plain, page, work)
    assert "What did these people agree to?" in first.text

    again = visit_plain.post(path(first), chosen(first, **{"column 1": "state"}))
    asked = _worked(visit_plain, again, work)
    assert asked.has("[name='word state gold']"), "words that nobody had been asked about"
    found = tried(visit_plain, asked, work, **{"word state gold": "subscribed"})
    assert "2: Put on the list" in found.text


def _worked(visit, page, work):
    """The page that a job leads to once the worker has seen its file."""
    work()
    return visit(visit(path(page)).page.query("a.go[href*='/import/']")[0].attrs["href"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"column 0": ""}, "Choose the column that has the email addresses."),
        ({"wording": ""}, "Write down the words that these people agreed to."),
        ({"agreed": "soon"}, "Enter a day, like 27 November 2026."),
    ],
)
def test_what_cannot_be_used_comes_back_with_what_was_chosen(visit_plain, bring, changes, words):
    page = bring("email,name\nada@example.org,Ada\n")
    changes = {"column 1": "last", "source": "The old list"} | changes
    answer = visit_plain.post(path(page), chosen(page, **changes))

    assert answer.status == 422
    assert words in answer.text
    assert answer.value("source") == "The old list"
    assert answer.has("#column-1 option[value=last][selected]")


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "", "Choose a file first."),
        (b"", "empty.csv", "The file is empty."),
        (b"PK\3\4", "people.xlsx", "choose File, “Save a copy”, and the type “CSV UTF-8”"),
        (b"a,b\nc,d\n", "people.csv", "There is no email address in this file"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(bring, content, name, words):
    page = bring(content, name)

    assert page.status == 422
    assert words in page.text
    assert tables()["list_job"] == []


def test_lines_that_are_not_taken_are_read_on_the_page_and_in_a_file(visit_plain, bring, work, add):
    page = bring((CASES / "quote-broken.csv").read_bytes())
    assert "In 1 line a quotation mark is opened and never closed." in page.text
    found = tried(visit_plain, page, work)
    assert "3: Put on the list" in found.text
    assert "qb3@example.org" in found.text
    assert "A quotation mark is opened in this line and never closed." in found.text

    token = {"csrf_token": found.value("csrf_token")}
    report = visit_plain.client.post(f"{path(found)}/report.csv", data=token).text
    head, line, *rest = report.splitlines()
    assert head == f"{BOM}line,email,what,why"
    assert line.startswith("4,qb3@example.org,refused,A quotation mark")
    assert rest == []


def test_an_open_page_gets_its_part_alone_and_says_once_that_it_came_further(
    app, visit_plain, bring, work
):
    page = bring(MAILCHIMP)
    job = path(visit_plain.post(path(page), chosen(page)))
    poll = {"headers": {"HX-Request": "true"}}
    going = visit_plain.client.get(f"{job}?was=trying", **poll).text
    work()
    over = visit_plain.client.get(f"{job}?was=trying", **poll).text

    assert "<title>" not in going + over
    assert "#status" not in going
    assert "#status" in over
    assert "every 3s" not in over


def test_what_is_being_done_cannot_be_changed_begun_twice_or_deleted(visit_plain, bring, work):
    page = bring(MAILCHIMP)
    found = tried(visit_plain, page, work)
    job = path(found)
    visit_plain.send(job, button=DO)
    token = {"csrf_token": visit_plain(BRING).value("csrf_token")}
    for end in ("start", "again", "delete"):
        answer = visit_plain.post(f"{job}/{end}", token)
        assert "This was begun, changed or deleted meanwhile." in answer.text
    assert visit_plain.client.get(path(page)).location == job
    work()

    assert len(tables()["subscriber"]) == 1


def test_a_file_that_nobody_goes_on_with_is_deleted_and_later_the_reports(app, clock):
    jobs.take_in("people.csv", io.BytesIO(MAILCHIMP), None)
    clock.shift(jobs.FILE_LASTS * 0.9)
    assert (jobs.tidy(), len(stored_files(app))) == (0, 1)
    clock.shift(jobs.FILE_LASTS * 0.2)
    assert (jobs.tidy(), stored_files(app)) == (1, [])

    imported("email\nno address\nada@example.org\n")
    clock.shift(jobs.REPORT_LASTS * 0.9)
    assert (jobs.tidy(), len(tables()["job_line"])) == (0, 1)
    clock.shift(jobs.REPORT_LASTS * 0.2)
    assert (jobs.tidy(), tables()["job_line"]) == (1, [])


def test_a_deleted_file_is_gone(app, visit_plain, bring):
    page = bring(MAILCHIMP)
    answer = visit_plain.send(path(page), button="Delete this file")

    assert "It is deleted, with its file." in answer.text
    assert tables()["list_job"] == []
    assert stored_files(app) == []


def test_a_job_whose_file_is_lost_says_so_and_goes_no_further(visit_plain, bring):
    bring(MAILCHIMP)
    job = db.session.scalar(db.select(ListJob))
    storage.discard(job.place)
    jobs.command(job, ReadAs.from_json(job.read_as), is_trial=True)
    working.work()

    found = visit_plain(f"/newsletter/list/jobs/{job.id}")
    assert "Its file is not there any more. Choose it again." in found.text


# Compared


@pytest.fixture
def audience(app):
    return provide(app, audience=Audience())


def test_both_lists_are_compared_and_mended_after_a_look(visit_plain, editor, audience, work):
    audience.kept["ada@example.org"] = known("ada@example.org", subscribed=False, stopped=True)
    for name in ("ada", *"bcdefg"):
        person(f"{name}@example.org")
    visit_plain.send(BRING, button="Compare both lists")
    work()
    job = f"/newsletter/list/jobs/{tables()['list_job'][0].id}"
    found = visit_plain(job)

    assert "What differs" in found.text
    assert "1: Left at" in found.text
    assert "6: Missing at" in found.text
    assert state_of() is SubscriberState.SUBSCRIBED
    visit_plain.send(job, button="Mend what differs")
    work()
    assert "Both lists agree again" in visit_plain(job).text
    assert state_of() is SubscriberState.UNSUBSCRIBED


def test_that_very_many_left_is_believed_by_a_second_yes_alone(visit_plain, editor, audience, work):
    audience.kept[ADA] = known(ADA, subscribed=False, stopped=True)
    person(ADA)
    visit_plain.send(BRING, button="Compare both lists")
    work()
    job = f"/newsletter/list/jobs/{tables()['list_job'][0].id}"
    refused = visit_plain.send(job, button="Mend what differs")
    assert refused.status == 422
    assert "Say first that so many have left." in refused.text
    work()
    assert state_of() is SubscriberState.SUBSCRIBED

    visit_plain.send(job, {"believe": "yes"}, button="Mend what differs")
    work()
    assert state_of() is SubscriberState.UNSUBSCRIBED


# Out


def test_a_manager_gets_the_list_and_it_is_noted_who_took_it(app, visit_plain):
    boss = sign_in(visit_plain, app, role=Role.MANAGER)
    a_subscriber(ADA, name="=Zoë")
    answer = visit_plain.send("/newsletter/list/export", button="Get the file")
    text = answer.response.get_data(as_text=True)

    assert text.startswith(f"{BOM}email,name,topics")
    assert "ada@example.org,'=Zoë" in text
    assert "attachment" in answer.headers["Content-Disposition"]
    (job,) = tables()["list_job"]
    assert (job.kind, job.member_id) == (JobKind.EXPORT, boss.id)
    assert f"{boss.who}, " in visit_plain("/newsletter/list/export").text
    assert visit_plain(f"/newsletter/list/jobs/{job.id}").status == 404
    jobs.tidy()
    assert len(tables()["list_job"]) == 1
