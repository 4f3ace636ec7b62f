"""Adding people who agreed elsewhere, from a file that may hold anything."""

from datetime import UTC, datetime

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import db
from portal.newsletter import bounces, links, services
from portal.newsletter.models import Consent, Subscriber, SubscriberState
from portal.newsletter.transfer import entries, import_work, jobs
from portal.spreadsheets import unquote
from tests.newsletter import ADA, AGREED, a_subscriber, state_of, tables
from tests.stored import stored_files

HEADER = "email,name,topics,format\n"
HERE, LEFT = SubscriberState.SUBSCRIBED, SubscriberState.UNSUBSCRIBED
BOUNCED, COMPLAINED = SubscriberState.BOUNCED, SubscriberState.COMPLAINED
PENDING = SubscriberState.PENDING
# Lines that cannot be taken, and why.
REFUSED = {
    "no address,,,": "“no address” is no email address.",
    "format@example.org,,,gold": "We have no format “gold”.",
    "left@example.org,,,": "Left here: only they can come back",
    "BOUNCED@example.org,,,": "Mail came back here",
    "erased@example.org,,,": "Erased here, as they asked",
    "here@example.org,Another,,": "On the list already: what they chose here stays",
    "first@example.org,,,": "On the list already",
    "mark@example.org,A\x1bda,,": "hidden marks",
    "nul@example.org,A\0da,,": "letters that cannot be read",
    f"long@example.org,{'A' * 101},,": "more than 100 letters",
    ",Ada,,": "It has no email address.",
    'quote@example.org,"Ada,,': "A quotation mark is opened in this line and never closed.",
    "more@example.org,Byron, Ada,ideas,large": "It has more cells than the first line.",
}


def consents(email=ADA):
    """What somebody agreed to or not, in its order."""
    found = Subscriber.with_email(email).consents
    said = [(one.given, one.wording, one.at.date().isoformat(), one.evidence) for one in found]
    db.session.commit()
    return said


def test_import_adds_people_mails_nobody_and_tells_the_provider(take, mailbox, contacts):
    said = take(HEADER + "ada@example.org,Ada,ideas stories,large\nbob@EXAMPLE.org,,,\n")

    assert "2: Put on the list." in said
    assert mailbox() == []
    assert contacts()[ADA]["state"] == "subscribed"
    assert contacts()[ADA]["attributes"]["topics"] == ["ideas", "stories"]
    assert contacts()["bob@example.org"]["attributes"]["format"] == "standard"
    (ada, _) = db.session.scalars(db.select(Consent).order_by(Consent.id)).all()
    assert (ada.given, ada.wording, ada.channel) == (True, AGREED, "import")
    assert ada.evidence == "people.csv"


@pytest.mark.usefixtures("each_database")
def test_each_line_that_cannot_be_taken_is_reported_and_the_others_are_taken(take, add):
    add("left@example.org", LEFT)
    add("bounced@example.org", BOUNCED)
    services.erase(add("erased@example.org"))
    here = add("here@example.org", name="Own name", topics=["ideas"])
    lines = ["first@example.org,,,", *REFUSED, "last@example.org"]
    content = HEADER + "".join(f"{line}\n" for line in lines)
    before = tables()
    trial, after = take(content, "--dry-run"), tables()
    said = take(content)

    assert [after[name] for name in ("subscriber", "outgoing", "consent")] == [
        before[name] for name in ("subscriber", "outgoing", "consent")
    ]
    refused = [line for line in said.splitlines() if line.startswith("line ")]
    for number, (line, words) in enumerate(zip(refused, REFUSED.values(), strict=True), 3):
        assert line.startswith(f"line {number}: ")
        assert words in line
    assert "2: Put on the list." in said
    assert trial.replace("Looking", "Importing") == said
    assert "erased@example.org" not in str(tables()["job_line"])
    assert (here.name, here.topics) == ("Own name", ["ideas"])
    assert state_of("last@example.org") is HERE


def test_a_strangers_signup_does_not_open_the_way_for_who_was_erased(take, add):
    services.erase(add())
    services.sign_up(ADA, [], "standard")

    assert "Erased here, as they asked" in take(HEADER + "ada@example.org,,,\n")
    assert state_of() is PENDING


def test_who_waits_for_confirmation_can_be_added(take, add, contacts):
    add(state=PENDING)
    take(HEADER + "ada@example.org,Ada,,\n")

    assert contacts()[ADA]["attributes"]["name"] == "Ada"


# What the list says, how somebody stands here, what becomes of them, and whether the provider is
# told. `own` is when they said yes here themselves.
OLD, NEW = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
THERE = {
    ("unsubscribed", None, None): (LEFT, 0),
    ("unsubscribed", PENDING, None): (LEFT, 0),
    ("unsubscribed", HERE, None): (LEFT, 1),
    ("unsubscribed", HERE, OLD): (LEFT, 1),
    ("unsubscribed", HERE, NEW): (HERE, 0),
    ("unsubscribed", LEFT, OLD): (LEFT, 0),
    ("unsubscribed", COMPLAINED, None): (COMPLAINED, 0),
    ("cleaned", None, None): (BOUNCED, 0),
    ("cleaned", HERE, None): (BOUNCED, 1),
    ("cleaned", HERE, NEW): (HERE, 0),
    ("cleaned", LEFT, OLD): (LEFT, 0),
    ("spam", None, None): (COMPLAINED, 0),
    ("spam", HERE, OLD): (COMPLAINED, 1),
    ("non-subscribed", None, None): (None, 0),
    ("non-subscribed", HERE, None): (HERE, 0),
    ("subscribed", BOUNCED, OLD): (BOUNCED, 0),
}


@pytest.mark.parametrize(("case", "expected"), THERE.items(), ids=map(str, THERE))
def test_who_left_or_bounced_there_stays_so_and_a_later_yes_here_counts(app, take, case, expected):
    word, state, own = case
    if state:
        one = a_subscriber(ADA, state)
        if own:
            services.record(one, given=True, wording="I agree", channel="web", at=own)
        if state is LEFT:
            services.record(one, given=False, wording="Leave", channel="web")
        db.session.commit()
    take(f"email,status,since\nada@example.org,{word},{'2023-05-05' * (word != 'subscribed')}")
    actions = [row.action for row in tables()["outgoing"]]
    take("email\nada@example.org\n")

    state, stopped = expected
    assert state_of() is (state or HERE)  # who was only left out can be added
    assert actions == ["unsubscribe"] * stopped


def test_the_date_and_the_words_of_each_yes_are_kept(take, run):
    content = "Email,OPTIN_TIME,CONFIRM_TIME,Agreed to,Source\n"
    content += "ada@example.org,2020-01-05 10:00:00,2020-01-06 10:00:00,I agree,At the pool\n"
    content += "bob@example.org,5/1/2020,,,\neve@example.org,soon,,,\n"
    said = take(content, "--agreed", "2019-03-01", "--source", "The old list")

    assert consents() == [(True, "I agree", "2020-01-06", "At the pool")]
    assert consents("bob@example.org") == [(True, AGREED, "2020-01-05", "The old list")]
    assert consents("eve@example.org") == [(True, AGREED, "2019-03-01", "The old list")]
    assert "line 4: eve@example.org: The date “soon” was not taken." in said


def test_who_bounced_there_is_back_when_they_say_that_the_mailbox_works(take):
    take("Email,CLEAN_TIME\nada@example.org,2026-01-05\n")
    bounces.allow(Subscriber.with_email(ADA, to_change=True))

    assert state_of() is HERE


def test_who_left_there_can_still_confirm_what_they_asked_for_here(take, add):
    one = add(state=PENDING)
    token = links.confirm_url(one, ["ideas"], "plain").rpartition("/")[2]
    take("email,state\nada@example.org,unsubscribed\n")
    services.confirm(links.read_confirm(token))

    assert state_of() is HERE


def test_what_a_list_says_twice_is_taken_once_and_a_no_counts_more(take, contacts):
    content = (
        "email,state\nada@example.org,yes\nADA@example.org,yes\nada@example.org,unsubscribed\n"
    )
    trial, said = take(content, "--dry-run"), take(content)

    assert "1: Put on the list." in said
    assert "1: Left there: they stay so here." in said
    assert trial.replace("Looking", "Importing") == said
    assert state_of() is LEFT
    assert contacts()[ADA]["state"] == "unsubscribed"


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("unsubscribed_members_export_1.csv", LEFT),
        ("cleaned_members_export_1.csv", BOUNCED),
        ("nonsubscribed_members_export_1.csv", None),
    ],
)
def test_what_mailchimp_says_in_the_name_of_its_file_counts(take, name, state):
    take("Email Address,First Name\nada@example.org,Ada\n", name=name)

    assert state_of() is state


# What a list has, and how somebody stands after it.
STANDS = {
    "Email,IsUnsubscribed,IsExcludedFromCampaigns\nada@example.org,false,true": LEFT,
    "EMAIL;EMAIL_BLOCKLISTED;ADDED_TIME\nada@example.org;Yes;04-03-2021": LEFT,
    "EMAIL;EMAIL_BLOCKLISTED;ADDED_TIME\nada@example.org;No;04-03-2021": HERE,
    "Subscriber,Status,Subscribed,Unsubscribed\nada@example.org,Junk,2021-03-04,": COMPLAINED,
    "Subscriber,Status,Subscribed,Unsubscribed\nada@example.org,,2021-03-04,2022-01-01": LEFT,
    "Email,CLEAN_TIME,UNSUB_TIME\nada@example.org,2020-01-01,2021-01-01": LEFT,
    "Name,E-mail 1 - Value\nAda,ada@example.org ::: eve@example.org": HERE,
    "Name,E-mail\nAda,Ada Byron <ada@example.org>": HERE,
    "email\n\uff41\uff44\uff41\uff20example.org": HERE,
    "email\n\xa0mailto:ada@example.org;": HERE,
    "ada@example.org": HERE,
    "ada@example.org; eve@example.org": None,  # it is named, and not one of them is swallowed
}


@pytest.mark.parametrize(("content", "state"), STANDS.items(), ids=list(STANDS))
def test_each_program_says_in_its_own_way_who_gets_it(take, content, state):
    said = take(f"{content}\n", name="list.csv")

    assert state_of() is state
    assert state or "line 1: ada@example.org: It has several email addresses." in said


def test_a_line_that_may_lack_its_state_is_not_taken_for_a_yes(take):
    said = take("email,name,state\nada@example.org,Ada\nbob@example.org,Bob,\n")

    assert "line 2: ada@example.org: It is cut short" in said
    assert state_of() is None
    assert state_of("bob@example.org") is HERE


def test_a_word_that_is_not_known_as_a_state_is_not_taken_for_a_yes(take):
    assert "We do not know what “gold” means" in take("email,state\nada@example.org,gold\n")
    assert state_of() is None


def test_a_topic_that_there_is_not_is_left_out_and_said(take):
    said = take('Email,TAGS\nada@example.org,"""Newsletter"",""Ideas"""\n')

    assert "line 2: ada@example.org: Not among our topics: Newsletter." in said
    assert Subscriber.with_email(ADA).topics == ["ideas"]


@pytest.mark.parametrize("what", ["seeing.see", "storage.keep_stream", "antivirus.scan"])
def test_nobody_has_to_wait_while_a_list_is_looked_at(take, monkeypatch, what):
    module, name = what.split(".")
    module = getattr(jobs, module)
    usual = getattr(module, name)

    def look(*values):
        assert not db.session().in_transaction()
        return usual(*values)

    monkeypatch.setattr(module, name, look)
    assert "1: Put on the list." in take("email\nada@example.org\n")


def test_a_file_that_is_no_list_is_refused_as_a_whole(take):
    assert "CSV UTF-8" in take(b"PK\3\4", ends=1)
    assert tables()["list_job"] == []


def test_a_long_file_is_taken_whole_and_gone_then(app, take, monkeypatch):
    monkeypatch.setattr(import_work, "STEP", 5)
    people = "".join(f"p{number}@example.org,,,\n" for number in range(12))

    assert "12: Put on the list." in take(HEADER + people)
    assert len(tables()["outgoing"]) == 12
    assert stored_files(app) == []


@pytest.mark.usefixtures("each_database")
def test_very_many_people_take_hardly_more_questions_than_a_few(app, take, statements):
    for number in range(100):
        a_subscriber(f"h{number}@example.org")
    asked = []
    for number in (2, 100):
        statements.clear()
        kinds = ("{0}@new.example,", "left{0}@new.example,left", "h{0}@example.org,", "?,")
        rows = [kind.format(one) for kind in kinds for one in range(number)]
        take("email,state\n" + "\n".join(rows))
        asked.append(len(statements))
        db.session.rollback()

    assert asked[1] <= 2 * asked[0]
    assert import_work.STEP >= 200


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["nowhere.csv", "--wording", AGREED], "No such file"), (["-"], "--wording")],
    ids=["no file", "no word of what was agreed to"],
)
def test_an_import_that_cannot_begin_says_why(run, arguments, words):
    assert words in run("import", *arguments, ends=2).output


def test_what_was_exported_can_be_imported_elsewhere(
    run, take, add, joined, *, exported, make_app, tmp_path
):
    joined(topics=("ideas", "stories"))
    add("=bob+x@example.org", name="@bob 👩🏽‍🦽")
    add("left@example.org", LEFT)
    add("bounced@example.org", BOUNCED)
    add("never@example.org", PENDING)
    before, content = exported(), run("export").stdout

    with make_app(VAR_DIR=str(tmp_path / "elsewhere")).app_context():
        said, after = take(content), exported()
        agreed = consents()

    assert "line 6: never@example.org: Never said yes there" in said
    assert [[*row.values()][:5] for row in after] == [[*row.values()][:5] for row in before[:4]]
    assert agreed == [(True, services.wording(), before[0]["agreed at"][:10], "web")]
    assert [row["since"] for row in after[2:]] == [row["since"] for row in before[2:4]]


def test_nothing_of_somebody_who_is_erased_stays_in_a_report(take, app):
    take("email,name\nada@example.org,A\x1bda\n")
    assert [row.email for row in tables()["job_line"]] == [ADA]
    services.erase(a_subscriber(ADA))

    assert tables()["job_line"] == []


@given(
    st.emails()
    | st.from_regex(r"\A[a-z0-9._+-]{0,70}@([a-z0-9-]{1,70}\.){0,4}[a-z]{2,9}\Z")
    | st.sampled_from([f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * n}" for n in range(9)])
)
def test_an_address_is_read_as_the_library_reads_it(email):
    try:
        plain = unquote(email)  # what our own export has put before it
        expected = validate_email(plain, check_deliverability=False).normalized
    except EmailNotValidError:
        expected = None
    try:
        found = entries.address(email)
    except entries.NotTaken:
        found = None

    assert found == expected


@given(st.binary(max_size=300))
def test_no_file_breaks_the_import(app, tmp_path, content):
    (tmp_path / "people.csv").write_bytes(b"email,name\n" + content)
    result = app.test_cli_runner().invoke(
        args=["newsletter", "import", str(tmp_path / "people.csv"), "--wording", AGREED]
    )

    assert result.exit_code in {0, 1}, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
