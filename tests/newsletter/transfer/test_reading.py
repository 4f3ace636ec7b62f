"""Lists as other programs write them: every row is read, or named with its line."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.file_kinds import Unwelcome
from portal.newsletter.transfer import reading
from portal.newsletter.transfer.columns import Column
from portal.newsletter.transfer.entries import address_in

CASES = Path("/work/shared/cases/csv")
HEADER = "email,name,topics,format\n"
ZOE = "Email,Name\r\nzoe@example.org,Zoë\r\n"
ROW = {Column.EMAIL: "zoe@example.org", Column.NAME: "Zoë"}


def read(content):
    """The rows of a list: each one's line, and its cells by what the columns hold."""
    file = BytesIO(content if isinstance(content, bytes) else content.encode())
    shape = reading.look(file)
    return [
        (one.line, "broken" if one.is_broken else shape.cells(one))
        for one in reading.rows(file, shape)
    ]


def people(content):
    """The addresses of a list, by line; of a row that is broken, with a mark."""
    file = BytesIO(content if isinstance(content, bytes) else content.encode())
    shape = reading.look(file)
    rows = list(reading.rows(file, shape))
    return {one.line: address_in(one.cells) + "!" * one.is_broken for one in rows}


@pytest.mark.parametrize(
    "letters",
    [
        *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("said", [False, True], ids=["", "sep="])
def test_a_list_is_read_in_whatever_letters_separators_and_line_ends(letters, separator, end, said):
    text = ZOE.replace(",", separator).replace("\r\n", end)
    text = f"sep={separator}{end}" * said + text

    assert read(text.encode(letters)) == [(2 + said, ROW)]


def test_a_list_of_two_sources_is_read_line_by_line():
    content = ZOE.encode() + "adé@example.org,Adé\r\n".encode("cp1252")

    assert [cells[Column.NAME] for _, cells in read(content)] == ["Zoë", "Adé"]


HEADINGS = {
    "Email Address,First Name,Last Name,OPTIN_TIME,TAGS": "email first last agreed topics",
    "\ufeffE-mail;Name": "email name",
    "E-mail": "email",
    "CONTACT ID;EMAIL;FIRSTNAME;LASTNAME;SMS;ADDED_TIME": "- email first last - agreed",
    "Subscriber,Status,Subscribed,Unsubscribed": "email state state left",
    "Name,Given Name,E-mail 1 - Type,E-mail 1 - Value": "name first - email",
    "First Name\tLabels\tE-mail 1 - Value": "first topics email",
    "\uff25\uff2d\uff21\uff29\uff2c,\uff2e\uff41\uff4d\uff45": "email name",
    '"EMAIL\xa0address ", "Full\xa0 name"': "email name",
    "email,Email,E-MAIL": "email email email",
    "Email,IsUnsubscribed,CreatedAt": "email left agreed",
    "Email,IsUnsubscribed,UnsubscribedAt": "email left left",
    "EMAIL,Email_Blacklisted": "email left",
    "Email Address,UNSUB_TIME,UNSUB_REASON": "email left -",
    "Email Address,CLEAN_TIME": "email bounced",
    "name,email,,": "name email - -",
}


@pytest.mark.parametrize(("headings", "columns"), HEADINGS.items(), ids=list(HEADINGS))
def test_headings_of_other_programs_are_known(headings, columns):
    shape = reading.look(BytesIO(f"{headings}\n".encode()))
    found = {place: str(column) for column, places in shape.columns.items() for place in places}

    assert [found.get(place, "-") for place in range(len(shape.headings))] == columns.split()


# What stands in the file, and who is found in which line. "!" marks a row that is named as broken.
QUOTES = {
    'a@x.org,"Ada ""The"" Byron",,\nb@x.org,,,\n': {2: "a@x.org", 3: "b@x.org"},
    'a@x.org,O"Neil,,\nb@x.org,,,\n': {2: "a@x.org", 3: "b@x.org"},
    'a@x.org,"Ada "The" B",,\nb@x.org,,,\n': {2: "a@x.org", 3: "b@x.org"},
    'a@x.org,"unclosed,,\nb@x.org,,,\n': {2: "a@x.org!", 3: "b@x.org"},
    'a@x.org,"unclosed,,\nb@x.org,"Bo",,\n': {2: "a@x.org!", 3: "b@x.org"},
    'a@x.org,"unclosed,,\nb@x.org,Bo",,\n': {2: "a@x.org!", 3: "b@x.org"},
    '"a@x.org,unclosed,,\n"b@x.org","Bo","",""\n': {2: "a@x.org!", 3: "b@x.org"},
    'a@x.org,,,\nb@x.org,"unclosed': {2: "a@x.org", 3: "b@x.org!"},
    'a@x.org,"one\ntwo, three\n",,\nb@x.org,,,\n': {2: "a@x.org", 5: "b@x.org"},
    'a@x.org,"one\n\nc@x.org",,\nb@x.org,,,\n': {2: "a@x.org", 5: "b@x.org"},
    "\n  \n,,,\na@x.org,,,\n\n": {5: "a@x.org"},
    f"a@x.org,,,\n{HEADER}b@x.org,,,\n": {2: "a@x.org", 4: "b@x.org"},
    'a@x.org, "Byron, Ada" ,,,,,\nb@x.org\n': {2: "a@x.org", 3: "b@x.org"},
}


@pytest.mark.parametrize(("content", "found"), QUOTES.items(), ids=list(QUOTES))
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_quotation_mark_swallows_nobody(content, found, separator):
    assert people((HEADER + content).replace(",", separator)) == found


@pytest.mark.parametrize("place", [2, 500, 999])
def test_a_forgotten_quotation_mark_costs_its_own_line_alone(place):
    rows = [f'p{number}@x.org,"P, {number}",,' for number in range(2, 1000)]
    rows[place - 2] = f'p{place}@x.org,"P,,'
    found = people(HEADER + "\n".join(rows))

    assert found == {n: f"p{n}@x.org" + "!" * (n == place) for n in range(2, 1000)}


def test_rows_without_headings_or_below_a_title_are_found():
    assert people("ada@x.org,Ada\nbob@x.org\n") == {1: "ada@x.org", 2: "bob@x.org"}
    assert people("Our list\n\nName;E-mail\nAda;ada@x.org\n") == {4: "ada@x.org"}
    assert people("Wer;Wohin\nAda;ada@x.org\n") == {2: "ada@x.org"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"PK\3\4...", "“CSV UTF-8”"),
        (b"\xd0\xcf\x11\xe0...", "old Excel workbook"),
        (b"%PDF-1.7", "This is a PDF."),
        (b"\x89PNG\r\n\x1a\n\0\0", "no list that we can read"),
        (b"email," + b"a," * 200_000 + b"\nada@example.org\n", "line of this file is too long"),
        (b"a;b;c\n", "There is no email address in this file"),
        (b"\n", "There is no email address in this file"),
    ],
)
def test_what_is_no_list_is_refused_in_words_that_say_what_to_do(content, words):
    with pytest.raises(Unwelcome, match=words):
        read(content)


@given(st.binary(max_size=300) | st.text('",;\n\r\t a@x.org', max_size=300).map(str.encode))
def test_no_file_breaks_the_reader_and_rows_come_in_their_order(content):
    file = BytesIO(b"email,name\nada@x.org,\n" + content)
    try:
        shape = reading.look(file)
    except Unwelcome:
        return
    rows = list(reading.rows(file, shape))
    lines = [one.line for one in rows]

    assert lines == sorted(set(lines))
    for number, line in enumerate(
        lines, 1
    ):  # who goes on behind a row sees what comes, and no more
        assert list(reading.rows(file, shape, after=line)) == rows[number:]


@pytest.mark.parametrize("file", sorted(CASES.glob("*.csv")), ids=lambda file: file.name)
def test_each_sample_is_taken_or_named(file):
    named = {"quote-broken.csv": 1}
    rows = read(file.read_bytes())

    assert rows
    assert [cells for _, cells in rows].count("broken") == named.get(file.name, 0)
