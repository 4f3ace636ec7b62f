"""What the team does by command: look, export, and decide about the held."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal import spreadsheets
from portal.extensions import db
from portal.newsletter import import_export, retention, services
from portal.newsletter.models import HeldSignup, Subscriber, SubscriberState
from tests.newsletter import anything_kept_about, owner_of, tables
from tests.visit import Visit

# show


def test_show_tells_all_that_is_kept(run, joined):
    joined()
    data = retention.own_data(Subscriber.with_email("ada@example.org"))

    assert json.loads(run("show", "ADA@example.org").output) == data


def test_show_tells_that_nothing_is_kept(run):
    assert run("show", "ada@example.org").output == "Nothing is kept about ada@example.org.\n"


def test_show_tells_of_an_erasure(run, joined, work):
    services.erase(joined())
    work()

    lines = run("show", "ada@example.org").output.splitlines()
    assert lines[0].startswith("ada@example.org was erased on ")
    assert lines[1] == "Nothing else is kept about ada@example.org."


def test_show_tells_of_a_held_signup(run):
    services.hold("ada@example.org", ["ideas"], "plain", ["Too quick"])

    assert "Too quick" in run("show", "ada@example.org").output


# export


def test_export_has_a_line_for_everybody(exported, add):
    add("ada@example.org", name="Ada, Countess", topics=["ideas", "stories"], format="large")
    add("адам@пример.рф", SubscriberState.UNSUBSCRIBED, name='"Адам"')

    ada, adam = exported()

    assert list(ada) == ["email", "name", "topics", "format", "state", "since"]
    assert ada["name"] == "Ada, Countess"
    assert (ada["topics"], ada["format"], ada["state"]) == ("ideas stories", "large", "subscribed")
    assert (adam["email"], adam["name"]) == ("адам@пример.рф", '"Адам"')
    assert adam["state"] == "unsubscribed"


def test_export_writes_to_a_file(run, add, tmp_path):
    add()
    run("export", "--output", str(tmp_path / "list.csv"))

    assert "ada@example.org" in (tmp_path / "list.csv").read_text(encoding="utf-8")


def test_export_holds_a_few_at_a_time(app, add, monkeypatch):
    monkeypatch.setattr(import_export, "AT_ONCE", 5)
    for number in range(50):
        add(f"{number}@example.org")
    db.session.remove()
    held = []

    class Out:
        def writerow(self, cells):
            held.append(len(db.session.identity_map))

    import_export.write(Out())

    assert len(held) == 51
    assert max(held) <= 2 * import_export.AT_ONCE


@pytest.mark.parametrize("name", ["=1+1", "+44", "-2", "@SUM(A1)", "\t=1", "'=1", "''@x"])
def test_a_spreadsheet_runs_nothing_of_what_people_typed(exported, add, name):
    add("=cmd@example.org", name=name)

    (row,) = exported()
    assert row["email"] == "'=cmd@example.org"
    assert row["name"] == f"'{name}"


@given(st.text(max_size=20))
@example("'t Hooft")
def test_quoting_is_undone_exactly(cell):
    assert spreadsheets.unquote(spreadsheets.quote(cell)) == cell
    assert not spreadsheets.quote(cell).startswith(spreadsheets.FORMULA_STARTS)


# held


@pytest.fixture
def held(app):
    services.hold("ada@example.org", ["ideas"], "plain", ["Too quick", "A field was filled in"])
    services.hold("eve@example.org", [], "standard", ["Too quick"])
    return [row.id for row in db.session.scalars(db.select(HeldSignup).order_by(HeldSignup.id))]


def test_held_lists_who_and_why(run, held):
    first, second = run("held").output.splitlines()

    assert first.startswith(f"#{held[0]} ")
    assert first.endswith("ada@example.org: Too quick; A field was filled in")
    assert "eve@example.org" in second


def test_a_released_signup_goes_its_usual_way(run, held, mailbox):
    said = run("held", "--release", str(held[0])).output

    assert "ada@example.org goes its usual way" in said
    assert [owner_of(mail) for mail in mailbox()] == ["ada@example.org"]
    assert [row.email for row in tables()["held_signup"]] == ["eve@example.org"]


def test_a_discarded_signup_is_gone(run, held, mailbox):
    assert "eve@example.org is discarded." in run("held", "--discard", str(held[1])).output

    assert mailbox() == []
    assert not anything_kept_about("eve@example.org")


def test_a_number_that_is_not_there_is_an_error_in_words(run, held):
    said = run("held", "--release", "99", ends=1).output

    assert "There is no held sign-up with the number 99." in said


def test_one_decision_at_a_time(run, held):
    before = tables()
    run("held", "--release", str(held[0]), "--discard", str(held[0]), ends=2)

    assert tables() == before


def test_an_export_that_is_read_slowly_keeps_nobody_from_writing(add, app):
    add()
    written = []

    class Slow:
        def writerow(self, row):
            written.append(row)
            answer = Visit(app, htmx=False).send("/newsletter/", {"email": "new@example.org"})
            assert answer.status == 200

    with app.app_context():
        import_export.write(Slow())

    assert [row[0] for row in written[:2]] == ["email", "ada@example.org"]
