"""Adding people who agreed elsewhere, from a file that may hold anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import db
from portal.newsletter import services
from portal.newsletter.models import Consent, Subscriber, SubscriberState
from tests.newsletter import AGREED, anything_kept_about, tables

HEADER = "email,name,topics,format\n"


def test_import_adds_people_mails_nobody_and_tells_the_provider(take, mailbox, contacts):
    said = take(HEADER + "ada@example.org,Ada,ideas stories,large\nbob@EXAMPLE.org,,,\n")

    assert "2 added, 0 refused." in said
    assert mailbox() == []
    assert contacts()["ada@example.org"]["state"] == "subscribed"
    assert contacts()["ada@example.org"]["attributes"]["topics"] == ["ideas", "stories"]
    assert contacts()["bob@example.org"]["attributes"]["format"] == "standard"
    (ada, _) = db.session.scalars(db.select(Consent).order_by(Consent.id)).all()
    assert (ada.given, ada.wording, ada.channel) == (True, AGREED, "import")


def test_each_line_that_cannot_be_taken_is_reported_and_the_others_are_taken(take, add):
    add("left@example.org", SubscriberState.UNSUBSCRIBED)
    add("bounced@example.org", SubscriberState.BOUNCED)
    services.erase(add("erased@example.org"))
    here = add("here@example.org", name="Own name", topics=["ideas"])

    said = take(
        HEADER
        + "first@example.org,,,\n"
        + "no address,,,\n"
        + "topic@example.org,,ideas secrets,\n"
        + "format@example.org,,,gold\n"
        + "left@example.org,,,\n"
        + "BOUNCED@example.org,,,\n"
        + "erased@example.org,,,\n"
        + "here@example.org,Another,,\n"
        + "first@example.org,,,\n"
        + "mark@example.org,A\x1bda,,\n"
        + "nul@example.org,A\0da,,\n"
        + f"long@example.org,{'A' * 101},,\n"
        + ",,,\n"
        + "last@example.org\n"
    )

    refused = dict(line.split(": ", 1) for line in said.splitlines() if line.startswith("line "))
    assert list(refused) == [f"line {number}" for number in range(3, 15)]
    assert refused["line 3"].startswith("The column email:")
    assert refused["line 4"] == "TOPICS has no secrets."
    assert refused["line 5"] == "FORMATS has no gold."
    assert refused["line 6"] == "left@example.org has left. Only they can come back."
    assert refused["line 7"] == "BOUNCED@example.org is bounced: no mail may go there."
    assert refused["line 8"].startswith("erased@example.org was erased at their own wish.")
    assert refused["line 9"].startswith("here@example.org is subscribed already.")
    assert refused["line 10"].startswith("first@example.org is subscribed already.")
    assert "hidden marks" in refused["line 11"]
    assert "hidden marks" in refused["line 12"]
    assert "too long" in refused["line 13"]
    assert "2 added, 12 refused." in said
    assert (here.name, here.topics) == ("Own name", ["ideas"])
    assert Subscriber.with_email("last@example.org").state is SubscriberState.SUBSCRIBED


def test_a_strangers_signup_does_not_open_the_way_for_who_was_erased(take, add):
    services.erase(add("ada@example.org"))
    services.sign_up("ada@example.org", [], "standard")

    assert "was erased at their own wish" in take(HEADER + "ada@example.org,,,\n")
    assert Subscriber.with_email("ada@example.org").state is SubscriberState.PENDING


def test_who_waits_for_confirmation_can_be_added(take, add, contacts):
    add(state=SubscriberState.PENDING)

    take(HEADER + "ada@example.org,Ada,,\n")

    assert contacts()["ada@example.org"]["attributes"]["name"] == "Ada"


@pytest.mark.parametrize("content", ["", "a;b;c\n", "ada@example.org,Ada\n", "\n"])
def test_a_file_without_the_columns_is_refused_as_a_whole(take, content):
    said = take(content, ends=1)

    assert "The first line must name the columns: email, name, topics, format." in said
    assert tables()["subscriber"] == []


def test_columns_may_be_missing_more_or_in_another_order(take):
    take("Phone, E-Mail , Email \n0123,,ada@example.org\n")

    assert Subscriber.with_email("ada@example.org")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_from_a_spreadsheet_is_read(take, encoding):
    take((HEADER + "ada@example.org,Zoë,,\n").replace("\n", "\r\n").encode(encoding))

    assert Subscriber.with_email("ada@example.org").name == "Zoë"


def test_a_line_in_another_encoding_is_refused_and_not_garbled(take):
    said = take((HEADER + "ada@example.org,Zoë,,\nbob@example.org,Bob,,\n").encode("latin-1"))

    assert "line 2: This line is not in UTF-8." in said
    assert not anything_kept_about("ada@example.org")
    assert Subscriber.with_email("bob@example.org")


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe" + (HEADER + "ada@example.org,,,\n").encode("utf-16-le"), b"\x89PNG\r\n\x1a\n\0\0"],
)
def test_a_file_that_is_no_csv_is_refused_in_words(take, content):
    assert "The first line must name the columns" in take(content, ends=1)


def test_a_cell_without_an_end_is_refused_in_words(take):
    said = take(HEADER + 'ada@example.org,"' + "A" * 200_000, ends=1)

    assert "cannot be read" in said
    assert tables()["subscriber"] == []


def test_a_long_file_is_taken_whole(take, contacts):
    people = "".join(f"p{number}@example.org,,,\n" for number in range(1200))

    assert "1200 added, 0 refused." in take(HEADER + people)
    assert len(tables()["outgoing"]) == 1200


def test_a_file_that_is_not_there_is_an_error_in_words(run):
    assert "No such file" in run("import", "nowhere.csv", "--wording", AGREED, ends=2).output


def test_what_people_agreed_to_must_be_given(run):
    assert "--wording" in run("import", "-", ends=2).output


def test_what_was_exported_can_be_imported_elsewhere(
    run, take, add, *, exported, make_app, tmp_path
):
    add("ada@example.org", name="'t Hooft, =1", topics=["ideas", "stories"], format="large")
    add("=bob+x@example.org", name="@bob 👩🏽‍🦽")
    add("left@example.org", SubscriberState.UNSUBSCRIBED)
    add("never@example.org", SubscriberState.PENDING)
    before, content = exported(), run("export").stdout

    with make_app(VAR_DIR=str(tmp_path / "elsewhere")).app_context():
        said, after = take(content), exported()

    assert "line 4: The column state says unsubscribed. Only they can change that." in said
    assert "line 5: The column state says pending. Only they can change that." in said
    columns = ("email", "name", "topics", "format", "state")
    assert [[row[c] for c in columns] for row in after] == [
        [row[c] for c in columns] for row in before[:2]
    ]


@given(st.binary(max_size=300))
def test_no_file_breaks_the_import(app, tmp_path, content):
    (tmp_path / "people.csv").write_bytes(b"email,name\n" + content)
    result = app.test_cli_runner().invoke(
        args=["newsletter", "import", str(tmp_path / "people.csv"), "--wording", AGREED]
    )

    assert result.exit_code in {0, 1}, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
