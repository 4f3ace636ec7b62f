"""Whatever is typed or sent: a clear page, the answers kept, nothing half-saved."""

from __future__ import annotations

import re

import pytest

from portal.newsletter.models import Subscriber
from tests.newsletter import ASKING, EMBED, JOIN, LOST_LINK, nothing_is_kept, tables

CHOOSING = [JOIN, EMBED]
FIELDS = ["email", "stamp", "csrf_token", "format", "asked", "corrected"]
HUGE = "A" * 10_000_000

NOT_AN_ADDRESS = "Enter a full email address"
HIDDEN = "has hidden marks in it. Type it again."
BAD_ADDRESSES = {
    "empty": ("", "Enter your email address."),
    "blank": (" \t\n ", "Enter your email address."),
    "no at": ("ada.example.org", NOT_AN_ADDRESS),
    "no domain": ("ada@", NOT_AN_ADDRESS),
    "this machine": ("ada@localhost", NOT_AN_ADDRESS),
    "number": ("42", NOT_AN_ADDRESS),
    "two": ("ada@example.org, eve@example.org", NOT_AN_ADDRESS),
    "with a name": ("Ada <ada@example.org>", NOT_AN_ADDRESS),
    "long": (f"{'a' * 250}@example.org", "must have 254 letters or fewer"),
    "nul": ("ada\0@example.org", HIDDEN),
    "control": ("a\x07d\x1b[31ma@example.org", HIDDEN),
    "delete": ("ada\x7f@example.org", HIDDEN),
    "right-to-left mark": ("ada\u200f@example.org", HIDDEN),
    "right-to-left override": ("ada@\u202egro.elpmaxe", HIDDEN),
    "zero width": ("ada\u200b@example.org", HIDDEN),
    "line separator": ("ada@example.org\u2028x", HIDDEN),
    "not text": ("ad\ufffd@example.org", HIDDEN),
    "emoji domain": ("ada@💚.example", NOT_AN_ADDRESS),
    "sql": ("ada'); DROP TABLE subscriber;--@example.org", NOT_AN_ADDRESS),
    "html": ("<script>alert(1)</script>@example.org", NOT_AN_ADDRESS),
    "attribute": ('"onfocus="alert(1)"@example.org', NOT_AN_ADDRESS),
    "template": ("{{ config }}@example.org", NOT_AN_ADDRESS),
    "header": ("ada@example.org\r\nBcc: eve@example.org", HIDDEN),
    "header in the local part": ("ada\r\nBcc:eve@example.org", HIDDEN),
    "bare return": ("ada\r@example.org", HIDDEN),
}
ODD_BUT_RIGHT = [
    "o'hara--@example.org",
    "💚@example.org",
    "a+b=c@example.org",
    "{{7*7}}@example.org",
]
NAMES = {
    "long": ("A" * 101, "must have 100 letters or fewer"),
    "nul": ("A\0da", HIDDEN),
    "control": ("A\x1bda", HIDDEN),
    "right-to-left override": ("\u202eadA", HIDDEN),
    "isolate": ("\u2067adA", HIDDEN),
    "header": ("Ada\r\nBcc: eve@example.org", HIDDEN),
    "line separator": ("Ada\u2028Bcc", HIDDEN),
    "not text": ("Ad\ufffd", HIDDEN),
}
NASTY = [" ", "\0", "\u202e", "💚", "' OR 1=1;--", "<b>", "ideas\r\nX: y", "IDEAS", "ideas ", "[]"]


def as_shown(typed):
    """What a page can show of it: HTML knows no NUL and one kind of line end."""
    return re.sub("\r\n?", "\n", typed).replace("\0", "\ufffd")


@pytest.mark.parametrize("kind", BAD_ADDRESSES)
def test_a_bad_address_is_explained_and_kept(visit, kind):
    typed, message = BAD_ADDRESSES[kind]
    for path in ASKING:
        answer = visit.send(path, {"email": typed, "topics": ["ideas"], "format": "plain"})

        assert answer.status == 422
        assert message in answer.text
        assert answer.value("email") == as_shown(typed)
        assert answer.has("#email-error")
        assert answer.has("#email[aria-invalid=true]")
        assert "<script>alert" not in answer.response.text
        assert answer.has("[value=ideas][checked]") is (path in CHOOSING)
        assert answer.has("[value=plain][checked]") is (path in CHOOSING)
    assert nothing_is_kept()


@pytest.mark.parametrize("path", CHOOSING)
def test_an_odd_address_that_is_right_is_taken_as_it_is(visit, mailbox, path):
    for typed in ODD_BUT_RIGHT:
        answer = visit.send(path, {"email": typed})

        assert answer.heading == "Check your email"
        assert Subscriber.with_email(typed).email == typed
    assert len(mailbox()) == len(ODD_BUT_RIGHT)


@pytest.mark.parametrize("path", CHOOSING)
@pytest.mark.parametrize("field", ["topics", "format"])
def test_a_made_up_choice_is_refused(visit, path, field):
    for value in NASTY:
        answer = visit.send(path, {"email": "ada@example.org", field: value})

        assert answer.status == 422, value
        assert "Choose from the list." in answer.text
        assert answer.value("email") == "ada@example.org"
    assert nothing_is_kept()


@pytest.mark.parametrize("field", ["asked", "corrected", "extra_note", "unknown"])
def test_other_fields_are_never_kept(visit, field):
    for value in NASTY:
        visit.send(JOIN, {"email": "ada@example.org", field: f"{value} marker"})

    assert "marker" not in str(tables())


@pytest.mark.parametrize("kind", NAMES)
def test_a_bad_name_is_explained_and_kept(visit, private, kind):
    typed, message = NAMES[kind]
    before = tables()

    answer = visit.send(private["preferences"], {"name": typed, "topics": "stories"})

    assert answer.status == 422
    assert message in answer.text
    assert answer.value("name") == as_shown(typed)
    assert answer.has("[value=stories][checked]")
    assert tables() == before


@pytest.mark.parametrize("field", ["topics", "format"])
def test_a_made_up_choice_is_refused_in_the_preferences(visit, private, field):
    before = tables()
    for value in NASTY:
        answer = visit.send(private["preferences"], {"name": "Countess", field: value})

        assert answer.status == 422, value
        assert answer.value("name") == "Countess"
    assert tables() == before


@pytest.mark.parametrize("path", ASKING)
@pytest.mark.parametrize("field", ["email", "topics", "format", "stamp", "extra_note", "unknown"])
def test_ten_megabytes_are_refused_with_a_page(visit, path, field):
    answer = visit.send(path, {"email": "ada@example.org", field: HUGE})

    assert answer.status == 413
    assert answer.heading == "That is too much to send at once"
    assert nothing_is_kept()


@pytest.mark.parametrize("page", ["preferences", "unsubscribe"])
def test_ten_megabytes_are_refused_by_private_pages(visit, private, page):
    before = tables()

    assert visit.post(private[page], {"name": HUGE}).status == 413
    assert tables() == before


def test_a_name_just_under_the_limit_of_a_form_is_explained(visit, private):
    answer = visit.send(private["preferences"], {"name": "A" * 200_000})

    assert answer.status == 422
    assert "100 letters or fewer" in answer.text


@pytest.mark.parametrize(
    ("path", "field"),
    [
        *((JOIN, field) for field in FIELDS),
        *((EMBED, field) for field in FIELDS if field != "csrf_token"),
        *((LOST_LINK, field) for field in ("email", "stamp", "csrf_token")),
    ],
)
def test_a_field_that_comes_twice_is_refused(visit, path, field):
    page = visit(path)
    given = {name: page.value(name) or "" for name in FIELDS if page.has(f"[name={name}]")}
    given |= {"email": "ada@example.org", "format": "plain", "corrected": ""}

    answer = visit.post(path, given | {field: [given[field], "eve@example.org"]})

    assert answer.status == 422
    assert answer.has("[role=alert] a")
    assert nothing_is_kept()


def test_a_name_that_comes_twice_is_refused(visit, private):
    before = tables()

    answer = visit.send(private["preferences"], {"name": ["Ada", "Eve"]})

    assert answer.status == 422
    assert "We got two answers to this. Give one." in answer.text
    assert tables() == before
