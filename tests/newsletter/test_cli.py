"""What the team does by command: look, export, and decide about the held."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal import spreadsheets
from portal.extensions import db, now
from portal.newsletter import services
from portal.newsletter.desk import services as desk
from portal.newsletter.desk.services import Choices, Yes
from portal.newsletter.models import HeldSignup, Subscriber, SubscriberState
from portal.newsletter.transfer import export
from tests.newsletter import ADA, JOIN, anything_kept_about, owner_of, tables
from tests.team import a_member
from tests.visit import Visit

# show


def test_show_tells_all_that_is_kept(run, joined):
    joined()
    subscription, emails = json.loads(run("show", "ADA@example.org").output)

    assert (subscription["Email address"], subscription["State"]) == (ADA, "Gets the newsletter")
    assert [one["What"] for one in emails["What was sent"]] == [
        "Email: welcome",
        "Your choices, to the list at our email company",
    ]


def test_show_tells_that_nothing_is_kept_or_only_an_erasure_or_a_held_signup(run, joined, work):
    nothing = run("show", ADA).output
    services.hold("eve@example.org", ["ideas"], "plain", ["Too quick"])
    services.erase(joined())
    work()
    lines = run("show", ADA).output.splitlines()

    assert nothing == "Nothing is kept about ada@example.org.\n"
    assert lines[0].startswith("ada@example.org was erased on ")
    assert lines[1] == "Nothing else is kept about ada@example.org."
    assert "Too quick" in run("show", "eve@example.org").output


def test_show_tells_what_proves_a_yes_and_what_the_team_did(run, app):
    bo = a_member(name="Bo")
    yes = Yes("I agree", bo.id, now(), "The sheet of the open day")
    one = desk.put_on(ADA, Choices("Ada", [], "plain"), "paper", yes)
    desk.change(one, Choices("Ada", [], "large"), Choices.of(one), "phone", bo)
    told = run("show", ADA).output

    for words in ("on paper", "The sheet of the open day", "Large print", "by phone"):
        assert words in told


# export


def test_export_has_a_line_for_everybody(exported, add):
    add(name="Ada, Countess", topics=["ideas", "stories"], format="large")
    add("адам@пример.рф", SubscriberState.UNSUBSCRIBED, name='"Адам"')

    ada, adam = exported()
    assert list(ada) == list(export.COLUMNS)
    assert [*ada.values()][:5] == [ADA, "Ada, Countess", "ideas stories", "large", "subscribed"]
    assert (adam["email"], adam["name"]) == ("адам@пример.рф", '"Адам"')
    assert adam["state"] == "unsubscribed"


def test_export_writes_to_a_file(run, add, tmp_path):
    add()
    run("export", "--output", str(tmp_path / "list.csv"))

    assert ADA in (tmp_path / "list.csv").read_text(encoding="utf-8")


def test_export_holds_a_few_at_a_time_and_keeps_nobody_from_writing(app, add, monkeypatch):
    monkeypatch.setattr(export, "AT_ONCE", 5)
    for number in range(12):
        add(f"{number}@example.org")
    file, answers = export.lines(), []
    with app.app_context():
        for some in file:
            signed_up = Visit(app, htmx=False).send(JOIN, {"email": "new@example.org"})
            answers.append((some.count("\r\n"), signed_up.status))

    assert {status for _, status in answers} == {200}
    assert [number for number, _ in answers][:3] == [1, 5, 5]
    assert max(number for number, _ in answers) == 5


SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b"
UNSEEN = "\u200b\u200e\u202e\u2060\ufeff\xad\u034f\ufe0f\u115f\u2800\u3164\xa0\u2003\u3000\t\r\n "
CELL = st.tuples(
    st.text(UNSEEN + "'", max_size=4), st.sampled_from([*SIGNS, ""]), st.text(max_size=9)
)


@given(CELL.map("".join))
@example("'t Hooft")
@example("\ta")
def test_a_spreadsheet_runs_nothing_and_quoting_is_undone_exactly(cell):
    quoted = spreadsheets.quote(cell)

    assert not quoted.lstrip(UNSEEN).startswith(tuple(SIGNS))
    assert not quoted.startswith(("\t", "\r", "\n"))
    assert spreadsheets.unquote(quoted) == cell


@pytest.mark.parametrize("name", ["=1+1", "\u200b+44", "'=1", "\uff1dSUM(A1)", 'a"b,c;d', "O'Hare"])
def test_what_is_exported_is_imported_again_without_loss(app, run, exported, add, name, tmp_path):
    add("=cmd@example.org", name=name, topics=["ideas"], format="plain")
    (row,) = exported()
    run("export", "--output", str(tmp_path / "list.csv"))
    db.session.commit()
    db.session.delete(Subscriber.with_email("=cmd@example.org"))
    run("import", str(tmp_path / "list.csv"), "--wording", "I agree")
    (back,) = exported()

    assert row["email"] == "'=cmd@example.org"
    assert [*back.values()][:5] == [*row.values()][:5]
    assert Subscriber.with_email("=cmd@example.org").name == name


# held


@pytest.fixture
def held(app):
    services.hold(ADA, ["ideas"], "plain", ["Too quick", "A field was filled in"])
    services.hold("eve@example.org", [], "standard", ["Too quick"])
    return [str(one) for one in db.session.scalars(db.select(HeldSignup.id).order_by("id"))]


def test_held_lists_who_and_why(run, held):
    first, second = run("held").output.splitlines()

    assert first.startswith(f"#{held[0]} ")
    assert first.endswith("ada@example.org: Too quick; A field was filled in")
    assert "eve@example.org" in second


def test_a_released_signup_goes_its_usual_way_and_a_discarded_one_is_gone(run, held, mailbox):
    released = run("held", "--release", held[0]).output
    left = [row.email for row in tables()["held_signup"]]
    discarded = run("held", "--discard", held[1]).output

    assert "ada@example.org goes its usual way" in released
    assert left == ["eve@example.org"]
    assert "eve@example.org is discarded." in discarded
    assert [owner_of(mail) for mail in mailbox()] == [ADA]
    assert not anything_kept_about("eve@example.org")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ("--release 99", 1, "There is no held sign-up with the number 99."),
        ("--release 1 --discard 1", 2, ""),
    ],
)
@pytest.mark.usefixtures("held")
def test_no_decision_is_taken_about_nobody_or_two_at_a_time(run, options, code, words):
    before = tables()
    said = run("held", *options.split(), ends=code).output

    assert words in said
    assert tables() == before
