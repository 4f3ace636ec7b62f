"""The page of an issue: written and put in order, kept while it is written, by several at once."""

import pytest

from portal.extensions import db
from portal.issues import drafts
from portal.issues.models import Issue
from portal.team.models import Role
from tests.issues import an_issue
from tests.issues.desk import DESK, a_draft_of, path, titled, words
from tests.stories import a_story, an_editor
from tests.team import sign_in


@pytest.fixture
def desk(visit, app):
    """A visitor, signed in as an editor; with and without htmx."""
    sign_in(visit, app)
    return visit


def form(visit, issue):
    return visit(path(issue)).form("#issue-form")


def reload(issue) -> Issue:
    db.session.commit()
    db.session.expire_all()
    return db.session.get(Issue, issue.id)


def pressed(visit, issue, do, **typed):
    return visit.post(path(issue), form(visit, issue) | typed | {"do": do})


def test_issue_is_begun_written_and_found_in_the_list(desk):
    page = desk.send(DESK, button="Begin an issue")
    assert page.heading == "An issue without a subject"
    (issue,) = db.session.scalars(db.select(Issue))
    saved = pressed(desk, issue, "save", subject="  News of May ", opening="Hello **you**")

    assert "It is saved." in saved.text
    assert saved.heading == "News of May"
    assert reload(issue).opening == "Hello **you**"
    listed = desk(DESK).text
    assert "News of May" in listed
    assert "Being written" in listed


def test_stories_are_offered_and_the_others_are_shown_with_the_reason(desk):
    issue, story = a_draft_of("Here"), titled("The water")
    a_story(title="In work")
    page = desk(f"{path(issue)}/stories")
    assert "The water" in page.text
    assert "In work: It is not published now." in page.text
    assert "Here" not in page.page.query("ul.texts")[0].to_text()
    assert "has these words" in desk(f"{path(issue)}/stories?q=mountains").text

    button = "Put it in : The water"
    added = desk.send(f"{path(issue)}/stories?q=wáter", button=button)
    assert "The story is in the issue, at its end." in added.text
    again = desk.post(f"{path(issue)}/stories", form(desk, issue) | {"story": story.id})
    assert "That story is in the issue already." in again.text
    assert words(reload(issue)) == ["Here", "The water"]


def test_what_was_typed_is_kept_by_each_button_and_the_focus_stays_on_it(desk):
    issue = a_draft_of("A", "B", "C")
    one, _, three = issue.parts
    moved = pressed(desk, issue, f"down-{one.id}", subject="Typed")
    assert [*moved.page.query(f"#down-{one.id}[autofocus]")]
    assert words(reload(issue)) == ["B", "A", "C"]
    assert issue.subject == "Typed"
    moved = pressed(desk, issue, f"up-{three.id}")
    moved = pressed(desk, issue, f"up-{three.id}")
    assert [*moved.page.query(f"#down-{three.id}[autofocus]")], "it is the first: no way up"
    gone = pressed(desk, issue, f"remove-{one.id}", opening="More")
    assert "It is taken out." in gone.text
    own = pressed(desk, issue, "words")
    name = f"{drafts.TEXT}{reload(issue).parts[-1].id}"
    assert [*own.page.query(f"[name={name}][autofocus]")]
    sent = form(desk, issue) | {name: "Mine", "do": "stories"}
    address = path(issue)
    db.session.commit()  # SQLite's lock
    assert desk.client.post(address, data=sent).location == f"{address}/stories"

    assert words(reload(issue)) == ["C", "B", "Mine"]


def test_words_are_kept_while_they_are_written(desk):
    issue = a_draft_of("A")
    sent = form(desk, issue) | {"opening": "Hello there, all of you."}
    kept = desk.post(f"{path(issue)}/keep", sent)
    assert "Saved at" in kept.text
    assert "Reading level (LIX) of your own words: " in kept.text
    sent |= {"opening": "Hello there.", "was": kept.value("was"), "subject": "x" * 41}
    kept = desk.post(f"{path(issue)}/keep", sent)
    assert "The subject has 41 letters." in kept.text

    assert reload(issue).opening == "Hello there."


def test_too_long_a_subject_comes_back_as_it_was_typed_and_changes_nothing(desk):
    issue = a_draft_of("A")
    refused = pressed(desk, issue, "save", subject="x" * 151, opening="Stays")

    assert (refused.status, refused.value("subject")) == (422, "x" * 151)
    assert refused.value("opening") == "Stays"
    assert reload(issue).subject == "News of May"


def change(issue, **changed):
    was = {name: drafts.words_of(issue)[name] for name in drafts.WORDS}
    drafts.change(issue, an_editor("Ben"), was, was | changed)


def test_colleague_was_quicker_and_both_texts_are_there_and_mine_goes_over_it_by_a_button(desk):
    issue = a_draft_of("A")
    sent = form(desk, issue) | {"opening": "Mine", "preview": "Mine too"}
    change(issue, opening="Theirs", subject="June")
    for where in (f"{path(issue)}/keep", path(issue)):
        refused = desk.post(where, sent | {"do": "save"})
        assert refused.status == 409
        assert "A colleague has changed this too" in refused.text
        assert "Theirs" in refused.text
        assert reload(issue).opening == "Theirs"
    assert refused.value("opening") == "Mine"
    over = refused.value("over")
    saved = desk.post(path(issue), refused.form("#issue-form") | {"over": over})

    assert saved.status == 200
    issue = reload(issue)
    assert (issue.opening, issue.preview, issue.subject) == ("Mine", "Mine too", "June")


def test_third_change_is_a_conflict_again(desk):
    issue = a_draft_of("A")
    sent = form(desk, issue) | {"opening": "Mine"}
    change(issue, opening="Theirs")
    refused = desk.post(path(issue), sent)
    change(issue, opening="Newest")
    again = desk.post(path(issue), refused.form("#issue-form") | {"over": refused.value("over")})

    assert (again.status, reload(issue).opening) == (409, "Newest")
    assert "Newest" in again.text


def test_words_for_a_part_that_a_colleague_took_out_are_shown_and_the_rest_can_be_saved(desk):
    issue = a_draft_of("A", "B")
    part = issue.parts[0]
    sent = form(desk, issue) | {f"{drafts.TEXT}{part.id}": "Read this", "subject": "June"}
    drafts.remove(issue, an_editor("Ben"), part.id)
    refused = desk.post(path(issue), sent)
    assert refused.status == 409
    assert "It was taken out." in refused.text
    assert "Read this" in refused.text
    desk.post(path(issue), refused.form("#issue-form") | {"over": refused.value("over")})

    assert reload(issue).subject == "June"
    assert words(issue) == ["B"]


def test_what_is_asked_for_meanwhile_stays_and_what_was_typed_is_shown(desk):
    issue = a_draft_of("A")
    sent = form(desk, issue) | {"opening": "Typed"}
    issue.asked_by_id, issue.asked_at = an_editor("Ben").id, issue.created_at
    db.session.commit()
    kept = desk.post(f"{path(issue)}/keep", sent)
    assert kept.status == 409
    assert "Take that back first" in kept.text
    refused = desk.post(path(issue), sent)
    assert refused.status == 409
    assert "You typed this. It was not saved:" in refused.text
    assert "Typed" in refused.text

    assert reload(issue).opening == ""


def test_who_else_has_it_open_and_what_they_changed_is_said(visit_plain, ada, cleo):
    issue = a_draft_of("A")

    def here(visitor):
        sent = {"state": "draft", "was": form(visitor, issue)["was"]}
        return sent | {"csrf_token": form(visitor, issue)["csrf_token"]}

    asked = here(visit_plain)
    cleo.post(f"{path(issue)}/presence", here(cleo))
    answer = visit_plain.post(f"{path(issue)}/presence", asked)
    assert "Cleo has this open too." in answer.text
    assert "changed something" not in answer.text
    cleo.post(f"{path(issue)}/keep", form(cleo, issue) | {"opening": "Hello"})
    answer = visit_plain.post(f"{path(issue)}/presence", asked)
    assert "Cleo is writing." in answer.text
    assert "A colleague has changed something." in answer.text


def test_issue_is_copied_and_deleted_in_two_steps(desk):
    issue = a_draft_of("A")
    assert "This is the copy." in desk.send(path(issue), button="Copy it into a new issue").text
    answer = desk.send(f"{path(issue)}/delete", button="Delete it")

    assert "The issue is deleted." in answer.text
    assert len(db.session.scalars(db.select(Issue)).all()) == 1


def test_reader_sees_the_issue_and_no_button_that_changes_it(app, visit_plain):
    issue = an_issue(titled("The water"), opening="Hello")
    sign_in(visit_plain, app, role=Role.READER)
    page = visit_plain(path(issue))

    assert "Hello" in page.text
    assert "The water" in page.text
    assert not page.has("main button")
    assert not visit_plain(DESK).has("main button")


def test_list_goes_on_where_it_ended(app, visit_plain, ada, monkeypatch):
    monkeypatch.setattr("portal.issues.desk.list_routes.PAGE", 1)
    for _ in range(2):
        issue = an_issue()
        db.session.execute(db.text("UPDATE issue SET state = 'stopped'"))
        db.session.commit()
    first = visit_plain(DESK)
    more = first.page.query("main a.quiet")[0].attrs["href"]

    assert path(issue) in first.page.to_html()
    assert "Back to the start of the list" in visit_plain(more).text
