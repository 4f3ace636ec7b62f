"""Adding people who agreed elsewhere, from a file that may hold anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import db
from portal.newsletter import services
from portal.newsletter.models import Consent, SubscriberState
from portal.newsletter.transfer import importing
from tests.newsletter import ADA, AGREED, state_of, tables

HEADER = "email,name,topics,format\n"
# Lines that cannot be taken, and why.
REFUSED = {
    "no address,,,": "“no address” is no email address.",
    "format@example.org,,,gold": "We have no format “gold”.",
    "left@example.org,,,": "left@example.org has left. Only they can come back.",
    "BOUNCED@example.org,,,": "BOUNCED@example.org is bounced: no mail may go there.",
    "erased@example.org,,,": "erased@example.org was erased at their own wish.",
    "here@example.org,Another,,": "here@example.org is subscribed already.",
    "first@example.org,,,": "first@example.org is subscribed already.",
    "mark@example.org,A\x1bda,,": "hidden marks",
    "nul@example.org,A\0da,,": "letters that cannot be read",
    f"long@example.org,{'A' * 101},,": "more than 100 letters",
    ",Ada,,": "It has no email address.",
    'quote@example.org,"Ada,,': "A quotation mark is opened in this line and never closed.",
    "more@example.org,Byron, Ada,ideas,large": "It has more cells than the first line.",
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
    assert "2 added, 13 refused." in said
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


def test_a_long_file_is_taken_whole(take, monkeypatch):
    monkeypatch.setattr(importing, "STEP", 5)
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

    assert "line 4: They left: never write to them. Only they can change that." in said
    assert "line 5: They never said yes: leave them out. Only they can change that." in said
    assert [[*row.values()][:5] for row in after] == [[*row.values()][:5] for row in before[:2]]


@given(st.binary(max_size=300))
def test_no_file_breaks_the_import(app, tmp_path, content):
    (tmp_path / "people.csv").write_bytes(b"email,name\n" + content)
    result = app.test_cli_runner().invoke(
        args=["newsletter", "import", str(tmp_path / "people.csv"), "--wording", AGREED]
    )

    assert result.exit_code in {0, 1}, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
