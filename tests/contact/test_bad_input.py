"""Whatever is typed or sent: a clear page, the answers kept, nothing half-saved."""

from __future__ import annotations

import io
import re

import pytest

from portal.forms import signer
from tests.contact import FORM, GOOD, LOST, REACHED, SEND, by, conversations, good, hidden, press
from tests.newsletter import nothing_is_kept, settings, tables
from tests.newsletter.test_bad_input import BAD_ADDRESSES, HUGE, NASTY, as_shown

HIDDEN = "has hidden marks in it. Type it again."
SHORT = ["name", "outlet", "helper", "phone"]
BAD_SHORT = {
    "long": ("7" * 201, "letters or fewer"),
    "nul": ("077\0", HIDDEN),
    "control": ("077\x1b", HIDDEN),
    "right-to-left override": ("\u202e077", HIDDEN),
    "isolate": ("\u2067077", HIDDEN),
    "line": ("077\r\nBcc: eve@example.org", HIDDEN),
    "not text": ("077\ufffd", HIDDEN),
}
MISSING = {
    "email": ("email", "Enter your email address."),
    "phone": ("phone", "Enter a phone number"),
    "sms": ("phone", "Enter a phone number"),
    "relay": ("phone", "Enter a phone number"),
    "bsl": ("email", "Enter your email address."),
    "post": ("postal", "Enter your postal address."),
    "helper": ("helper", "Enter the name of who helps you."),
}
BLANK = {"nothing": "", "left out": None, "blank": " \t\n ", "unseen": "\u200b\u200d\u00ad"}


def typed_in(answer, name):
    """What a field holds, of one line or of many."""
    (field,) = answer.page.query(f"[name={name}]")
    if field.name == "textarea":
        return "".join(child.data for child in field.children).removeprefix("\n")
    return field.attrs.get("value")


def refused(answer, message, field):
    """Expect the form again, with the message in it and at the field."""
    assert answer.status == 422
    assert answer.heading == "Get in touch"
    assert message in answer.text
    assert answer.has(f"[role=alert] a[href='#{field}']")
    assert answer.page.query("title")[0].to_text().startswith("Error: ")
    assert nothing_is_kept()


def kept(answer, *but):
    """Expect that all other answers are still there."""
    for name in {"message", "name", "needs"} - {*but}:
        assert typed_in(answer, name) == GOOD[name]


@pytest.mark.parametrize("field", ["about", "reply_by"])
@pytest.mark.parametrize("made_up", [None, "", *NASTY, "Email", "story"])
def test_a_choice_that_was_not_offered_is_refused(visit, field, made_up):
    answer = visit.send(FORM, good(**{field: made_up}))

    refused(answer, "Choose ", f"{field}-0")
    kept(answer)
    assert typed_in(answer, "email") == GOOD["email"]


@pytest.mark.parametrize("kind", BLANK)
def test_a_message_is_needed(visit, kind):
    answer = visit.send(FORM, good(message=BLANK[kind]))

    refused(answer, "Write your message.", "message")
    kept(answer, "message")


@pytest.mark.parametrize("way", MISSING)
@pytest.mark.parametrize("kind", BLANK)
def test_a_way_without_what_it_needs_is_explained(visit, way, kind):
    field, message = MISSING[way]
    if field == "email" and kind == "unseen":
        message = "has hidden marks"

    answer = visit.send(FORM, by(way, **{field: BLANK[kind]}))

    refused(answer, message, field)
    kept(answer)


@pytest.mark.parametrize("way", REACHED)
def test_nobody_is_without_any_way_to_be_reached(visit, way):
    nothing = dict.fromkeys(("email", "phone", "postal", "helper"))

    answer = visit.send(FORM, by(way, **nothing))

    assert answer.status == 422
    assert nothing_is_kept()


def test_a_helper_needs_a_number_or_an_address(visit):
    answer = visit.send(FORM, by("helper", email="", phone=" "))

    refused(answer, "Enter the email address or phone number of who helps you.", "email")
    assert visit.send(FORM, by("helper", email="\u200b", phone="\u200b")).status == 422
    assert visit.send(FORM, by("helper", email="bob@example.org", phone="")).status == 200
    assert visit.send(FORM, by("helper", email="", phone="0161 496 0000")).status == 200


@pytest.mark.parametrize("kind", BAD_ADDRESSES)
@pytest.mark.parametrize("way", ["email", "helper"])
def test_a_bad_address_is_explained_and_kept(visit, way, kind):
    typed, message = BAD_ADDRESSES[kind]
    if way == "helper" and not typed.strip():
        message = "Enter the email address or phone number"

    answer = visit.send(FORM, by(way, email=typed, phone=""))

    refused(answer, message, "email")
    assert typed_in(answer, "email") == as_shown(typed)
    kept(answer)


@pytest.mark.parametrize("field", SHORT)
@pytest.mark.parametrize("kind", BAD_SHORT)
def test_a_bad_short_answer_is_explained_and_kept(visit, field, kind):
    typed, message = BAD_SHORT[kind]

    answer = visit.send(FORM, by("helper", **{"about": "press", field: typed}))

    refused(answer, message, field)
    assert typed_in(answer, field) == as_shown(typed)
    kept(answer, field)


@pytest.mark.parametrize(
    "typed", ["soon", "31 February", "yesterday", "25:00", "\0", "\u202etomorrow", "x" * 5000]
)
def test_a_deadline_that_is_no_day_is_explained_and_kept(visit, typed):
    answer = visit.send(FORM, good(about="press", deadline=typed))

    refused(answer, "Enter a day that we can read", "deadline")
    assert typed_in(answer, "deadline") == as_shown(typed)


@pytest.mark.parametrize("typed", ["1 March 2020", "0001-01-01", "9999-12-31", "1/1/2050"])
def test_a_deadline_that_cannot_be_meant_is_explained(visit, clock, typed):
    answer = visit.send(FORM, good(about="press", deadline=typed))

    refused(answer, "Enter a deadline from today on", "deadline")


@pytest.mark.parametrize(
    ("field", "longest"), [("message", 50_000), ("needs", 5_000), ("postal", 1_000)]
)
def test_a_text_that_is_too_long_is_explained_and_kept(visit, field, longest):
    text = "a" * (longest + 1)

    answer = visit.send(FORM, by("post", **{field: text}))

    refused(answer, f"must have {longest:,} letters or fewer. It has {longest + 1:,}.", field)
    assert typed_in(answer, field) == text


def test_what_no_page_can_show_is_left_out_of_a_message(visit):
    typed = "One\0\r\nTwo\x07\rThree\x1b\u2028Four  \n"

    press(visit, visit.send(FORM, good(message=typed)))

    (saved,) = conversations()
    assert saved.messages[0].text == "One\ufffd\nTwo\nThree\nFour"


@pytest.mark.parametrize("field", GOOD)
@pytest.mark.parametrize("path", [FORM, SEND])
def test_an_answer_that_comes_twice_is_refused(visit, field, path):
    answer = visit.post(path, hidden(visit(FORM)) | GOOD | {field: [GOOD[field], "other"]})

    assert answer.status == 422
    assert "We got two answers to this. Give one." in answer.text
    assert nothing_is_kept()


@pytest.mark.parametrize("field", ["stamp", "csrf_token"])
def test_a_hidden_field_that_comes_twice_is_refused(visit, field):
    page = hidden(visit(FORM))

    answer = visit.post(SEND, page | GOOD | {field: [page[field], "x"]})

    assert answer.status == 422
    assert answer.has("[role=alert] a[href='#about-0']")
    assert nothing_is_kept()


@pytest.mark.parametrize("path", [FORM, SEND])
@pytest.mark.parametrize("field", [*GOOD, "phone", "extra_note", "stamp", "unknown", "change"])
def test_a_megabyte_is_refused_with_a_page(visit, path, field):
    for size in (1_000_000, len(HUGE)):
        answer = visit.post(path, hidden(visit(FORM)) | GOOD | {field: HUGE[:size]})

        assert answer.status == 413
        assert answer.heading == "That is too much to send at once"
    assert nothing_is_kept()


@pytest.mark.parametrize("path", [FORM, SEND])
@pytest.mark.parametrize("stamp", ["", "x", "\0💚", "of the newsletter", "of a link"])
def test_a_form_that_is_not_ours_comes_back_as_typed_with_a_fresh_key(visit, path, stamp):
    made = {
        "of the newsletter": signer("form").dumps(""),
        "of a link": signer("conversation").dumps("x"),
    }
    page = hidden(visit(FORM))
    sent = page | GOOD | {"stamp": made.get(stamp, stamp)}

    answer = visit.post(path, sent)

    refused(answer, "Your answers are still here. Send them again.", "about-0")
    kept(answer)
    again = press(visit, visit.post(FORM, hidden(answer) | GOOD))
    assert again.heading == "We have your message"


def test_a_form_without_a_key_gets_one(visit):
    page = hidden(visit(FORM))
    del page["stamp"]

    check = visit.post(FORM, page | GOOD)

    assert check.heading == "Check your answers"
    for _ in range(2):
        assert press(visit, check).heading == "We have your message"
    assert len(conversations()) == 1


@pytest.mark.parametrize(("hours", "status"), [(20, 200), (24, 200), (24.01, 422)])
def test_a_form_may_lie_open_for_a_day_and_still_counts_once(visit, clock, hours, status):
    check = visit.send(FORM, GOOD)
    clock.shift(hours * 3600)

    answer = press(visit, check)

    assert answer.status == status
    if status == 422:
        assert nothing_is_kept()
        fresh = hidden(answer) | GOOD
        press(visit, visit.post(FORM, fresh))
        press(visit, visit.post(FORM, fresh))
    assert len(conversations()) == 1


@pytest.mark.parametrize("path", [FORM, SEND])
@pytest.mark.parametrize("token", [None, "", "x", "\0💚", "from somebody else"])
def test_a_form_sent_by_another_site_is_filled_in_and_sent_by_nobody(app, visit, path, token):
    if token == "from somebody else":
        theirs = app.test_client().get(FORM).text
        token = re.search(r'name="csrf_token"[^>]* value="([^"]*)"', theirs).group(1)
    sent = hidden(visit(FORM)) | GOOD
    sent.pop("csrf_token")

    answer = visit.post(path, sent | ({} if token is None else {"csrf_token": token}))

    refused(answer, "Your answers are still here. Send them again.", "about-0")
    kept(answer)
    assert answer.has("[value=email][checked]")


@pytest.mark.parametrize("path", [FORM, SEND, LOST])
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"about": "question", "message": ["x"]}'),
        ("text/plain", b"about=question"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\n" * 300),
        ("application/x-www-form-urlencoded", b"message=%ff%fe&about=%00&email=%"),
        ("", b"\xff\xfe\0\0"),
    ],
)
def test_what_is_no_form_is_refused(visit, path, content_type, body):
    answer = visit.post(path, body, content_type=content_type)

    assert answer.status in {400, 413, 422}
    assert nothing_is_kept()


def test_a_file_in_place_of_text_is_no_answer(visit):
    for field in ("message", "email", "about", "reply_by"):
        file = (io.BytesIO(b"Hello"), "hello.txt")

        assert visit.send(FORM, good(**{field: file})).status == 422
    assert nothing_is_kept()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_a_method_that_is_not_offered_is_refused_with_a_page(visit, method):
    for path in (FORM, SEND, LOST, "/contact/x", "/contact/x/sent", "/contact/x/stop"):
        answer = visit._answer(visit.client.open(path, method=method))

        assert answer.status == 405
        assert answer.heading == "That cannot be done here"


def test_what_is_typed_is_shown_and_never_run(visit):
    nasty = "<script>alert(1)</script> {{ 7 * 7 }} \"'><b>"

    check = visit.send(FORM, good(message=nasty, name=nasty, needs=nasty))
    receipt = press(visit, check)
    own = visit(receipt.page.query("a.go")[0].attrs["href"])

    for page in (check, own):
        assert nasty in page.text
        assert not page.has("#contact b, #own b, #contact script, #own script")


@settings(REPLY_WAYS="email=By email")
def test_a_way_that_is_no_longer_offered_is_refused(visit):
    answer = visit.send(FORM, by("phone"))

    refused(answer, "Choose how we should answer you.", "reply_by-0")


def test_other_fields_are_never_kept(visit):
    for field in ("state", "owner_id", "reference", "key", "unknown", "extra_note"):
        press(visit, visit.send(FORM, good(**{field: "marker"})), **{field: "marker"})

    assert "marker" not in str(tables())
