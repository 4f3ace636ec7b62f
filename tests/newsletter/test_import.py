"""Adding people who agreed elsewhere, from a file that may hold anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import db
from portal.newsletter import import_export, services
from portal.newsletter.models import Consent, Subscriber, SubscriberState
from tests.newsletter import ADA, AGREED, anything_kept_about, state_of, tables

HEADER = "email,name,topics,format\n"
# Lines that cannot be taken, and why.
REFUSED = {
    "no address,,,": "The column email:",
    "topic@example.org,,ideas secrets,": "TOPICS has no secrets.",
    "format@example.org,,,gold": "FORMATS has no gold.",
    "left@example.org,,,": "left@example.org has left. Only they can come back.",
    "BOUNCED@example.org,,,": "BOUNCED@example.org is bounced: no mail may go there.",
    "erased@example.org,,,": "erased@example.org was erased at their own wish.",
    "here@example.org,Another,,": "here@example.org is subscribed already.",
    "first@example.org,,,": "first@example.org is subscribed already.",
    "mark@example.org,A\x1bda,,": "hidden marks",
    "nul@example.org,A\0da,,": "hidden marks",
    f"long@example.org,{'A' * 101},,": "too long",
    ",,,": "The column email:",
}


def test_import_adds_people_mails_nobody_and_tells_the_provider(take, mailbox, contacts):
    said = take(HEADER + "ada@example.org,Ada,ideas stories,large\nbob@EXAMPLE.org,,,\n")

    assert "2 added, 0 refused." in said
    assert mailbox() == []
    assert contacts()[ADA]["state"] == "subscribed"
    assert contacts()[ADA]["attributes"]["topics"] == ["ideas", "stories"]
    assert contacts()["bob@example.org"]["attributes"]["format"] == "standard"
    (ada, _) = db.session.scalars(db.select(Consent).order_by(Consent.id)).all()
    assert (ada.given, ada.wording, ada.channel) == (True, AGREED, "import")


def test_each_line_that_cannot_be_taken_is_reported_and_the_others_are_taken(take, add):
    add("left@example.org", SubscriberState.UNSUBSCRIBED)
    add("bounced@example.org", SubscriberState.BOUNCED)
    services.erase(add("erased@example.org"))
    here = add("here@example.org", name="Own name", topics=["ideas"])
    lines = ["first@example.org,,,", *REFUSED, "last@example.org"]
    said = take(HEADER + "".join(f"{line}\n" for line in lines))

    refused = [line for line in said.splitlines() if line.startswith("line ")]
    for number, (line, words) in enumerate(zip(refused, REFUSED.values(), strict=True), 3):
        assert line.startswith(f"line {number}: ")
        assert words in line
    assert "2 added, 12 refused." in said
    assert (here.name, here.topics) == ("Own name", ["ideas"])
    assert state_of("last@example.org") is SubscriberState.SUBSCRIBED


def test_a_strangers_signup_does_not_open_the_way_for_who_was_erased(take, add):
    services.erase(add())
    services.sign_up(ADA, [], "standard")

    assert "was erased at their own wish" in take(HEADER + "ada@example.org,,,\n")
    assert state_of() is SubscriberState.PENDING


def test_who_waits_for_confirmation_can_be_added(take, add, contacts):
    add(state=SubscriberState.PENDING)
    take(HEADER + "ada@example.org,Ada,,\n")

    assert contacts()[ADA]["attributes"]["name"] == "Ada"


@pytest.mark.parametrize(
    "content",
    [
        *("", "a;b;c\n", "ada@example.org,Ada\n", "\n", b"\x89PNG\r\n\x1a\n\0\0"),
        b"\xff\xfe" + (HEADER + "ada@example.org,,,\n").encode("utf-16-le"),
    ],
)
def test_a_file_without_the_columns_is_refused_as_a_whole(take, content):
    said = take(content, ends=1)

    assert "The first line must name the columns: email, name, topics, format." in said
    assert tables()["subscriber"] == []


def test_columns_may_be_missing_more_or_in_another_order(take):
    take("Phone, E-Mail , Email \n0123,,ada@example.org\n")

    assert state_of()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_from_a_spreadsheet_is_read(take, encoding):
    take((HEADER + "ada@example.org,Zoë,,\n").replace("\n", "\r\n").encode(encoding))

    assert Subscriber.with_email(ADA).name == "Zoë"


def test_a_line_in_another_encoding_is_refused_and_not_garbled(take):
    said = take((HEADER + "ada@example.org,Zoë,,\nbob@example.org,Bob,,\n").encode("latin-1"))

    assert "line 2: This line is not in UTF-8." in said
    assert not anything_kept_about(ADA)
    assert state_of("bob@example.org")


def test_a_cell_without_an_end_is_refused_in_words(take):
    said = take(HEADER + 'ada@example.org,"' + "A" * 200_000, ends=1)

    assert "cannot be read" in said
    assert tables()["subscriber"] == []


def test_a_long_file_is_taken_whole(take, monkeypatch):
    monkeypatch.setattr(import_export, "STEP", 5)
    people = "".join(f"p{number}@example.org,,,\n" for number in range(12))

    assert "12 added, 0 refused." in take(HEADER + people)
    assert len(tables()["outgoing"]) == 12


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["nowhere.csv", "--wording", AGREED], "No such file"), (["-"], "--wording")],
    ids=["no file", "no word of what was agreed to"],
)
def test_an_import_that_cannot_begin_says_why(run, arguments, words):
    assert words in run("import", *arguments, ends=2).output


def test_what_was_exported_can_be_imported_elsewhere(
    run, take, add, *, exported, make_app, tmp_path
):
    add(name="'t Hooft, =1", topics=["ideas", "stories"], format="large")
    add("=bob+x@example.org", name="@bob 👩🏽‍🦽")
    add("left@example.org", SubscriberState.UNSUBSCRIBED)
    add("never@example.org", SubscriberState.PENDING)
    before, content = exported(), run("export").stdout

    with make_app(VAR_DIR=str(tmp_path / "elsewhere")).app_context():
        said, after = take(content), exported()

    assert "line 4: The column state says unsubscribed. Only they can change that." in said
    assert "line 5: The column state says pending. Only they can change that." in said
    assert [{**row, "since": ""} for row in after] == [{**row, "since": ""} for row in before[:2]]


@given(st.binary(max_size=300))
def test_no_file_breaks_the_import(app, tmp_path, content):
    (tmp_path / "people.csv").write_bytes(b"email,name\n" + content)
    result = app.test_cli_runner().invoke(
        args=["newsletter", "import", str(tmp_path / "people.csv"), "--wording", AGREED]
    )

    assert result.exit_code in {0, 1}, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
