"""Whatever is typed or sent: the form comes back as it was typed, and nothing is kept or queued.

What must be refused in a field is read off the form's class: its kind and its checks. The forms,
and good answers to each, are in tests/every_form.py.
"""

import io
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.fields.core import UnboundField

from portal import forms
from portal.extensions import db
from portal.fields import OnceField, TheirEmailField, only_offered
from portal.inbox.desk.fields import SeenField, WasField
from portal.inbox.desk.forms import not_empty
from portal.inbox.models import Message
from portal.newsletter.models import Subscriber
from portal.stories.editor.text_form import one_line
from portal.stories.models import Revision, Story
from portal.stories.telling.answer_checks import AskedEmailField
from tests.every_form import BUTTONS, MADE_UP, MOST, NUMBER, ROWS, WAS
from tests.newsletter import tables
from tests.page_lint import lint
from tests.sender import Sender

HIDDEN = "has hidden marks in it. Type it again."
NOT_AN_ADDRESS = "Enter a full email address"
NO_ADDRESS = "Enter your email address."
TWICE = "We got two answers to this. Give one."
AGAIN = "Send them again."
BLANK = ("", " \t\n ", "\u200b\u200d\u00ad")
MARKS = ("7\0", "7\x1b", "\u202e7", "7\r\nBcc: eve@example.org", "7\u2028x", "7\ufffd")
ADDRESSES = {
    NO_ADDRESS: ("", " \t\n "),
    NOT_AN_ADDRESS: (
        *("ada.example.org", "ada@", "ada@localhost", "ada@example.org, eve@example.org"),
        *("Ada <ada@example.org>", "ada@💚.example", "ada'); DROP TABLE subscriber;--@example.org"),
        "<script>alert(1)</script>@example.org",
    ),
    "must have 254 letters or fewer": (f"{'a' * 250}@example.org",),
    "has hidden marks": (
        *("ada\0@example.org", "a\x07d\x1b[31ma@example.org", "ada@\u202egro.elpmaxe"),
        *("ada\u200b@example.org", "ada@example.org\u2028x", "ad\ufffd@example.org"),
        "ada@example.org\r\nBcc: eve@example.org",
    ),
}
NO_FORM = [
    ("application/json", b'{"email": "ada@example.org", "message": ["x"]}'),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="na'),
    ("application/x-www-form-urlencoded; charset=utf-7", b"+AGUAbQBhAGkAbA-=x"),
    ("", b"\xff\xfe\0\0"),
]
# Whose forms are read by one class, so that one of a kind is enough.
OF_EACH_KIND = ("contactsend", "newsletter", "story", "rewrite", "answer", "new password")
NONSENSE = ("\0", "9999999999", "\u0663")  # a digit of another script
# A private link is proof enough, and a frame on another site has no cookie.
NO_COOKIE = (
    *("/contact/", "/newsletter/preferences/", "/newsletter/embed"),
    *("/stories/share/", "/stories/mine/", "/stories/guardian/"),
)
HUGE = b"text=" + b"A" * max(MOST.values())

BY_NAME = {row.name: row for row in ROWS}
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


@pytest.fixture
def on_postgresql(env, postgres_url):
    env["DATABASE_URL"] = postgres_url


@pytest.fixture
def sender(app, row):
    return Sender(app, row)


def fields_of(form):
    """The fields that a form's class says."""
    found = {name: getattr(form, name) for name in dir(form)} if form else {}
    return {name: one for name, one in found.items() if isinstance(one, UnboundField)}


def checks_of(field):
    return field.kwargs.get("validators") or (field.args[1] if len(field.args) > 1 else ())


def refused_by(check, others):
    """What a check must refuse, as pairs of what is typed and the words that say so."""
    match check:
        case forms.PlainText():
            long = ("<script>alert(1)</script>" * check.longest)[: check.longest + 1]
            yield long, f"{check.label} must have {check.longest} letters or fewer."
            yield from ((typed, check.missing) for typed in BLANK if check.missing)
            is_folded = one_line in others
            yield from ((typed, HIDDEN) for typed in MARKS if not is_folded or len(typed) == 2)
        case forms.LongText():
            long = "<b>{{7*7}}".ljust(check.longest + 1, "a")
            words = f"must have {check.longest:,} letters or fewer. It has {len(long):,}."
            yield long, f"{check.label} {words}"
            yield from ((typed, check.missing) for typed in BLANK if check.missing)
        case forms.OneOf():
            yield from ((typed, check.message or forms.NOT_OFFERED) for typed in MADE_UP)
        case _ if check is not_empty:
            yield from ((typed, "Write something first.") for typed in BLANK[:2])
            yield "a" * 50_001, "The text must have 50,000 letters or fewer."
        case _ if check is only_offered:
            yield from ((typed, "Choose from the list.") for typed in MADE_UP)


def bad_for(row, name, field):
    """All that must be refused in a field, as pairs of what is typed and the words that say so."""
    kind = field.field_class
    if issubclass(kind, forms.EmailField):
        is_optional = issubclass(kind, AskedEmailField | forms.OptionalEmailField)
        may_be_left_out = is_optional and name not in row.asked
        for words, typed in ADDRESSES.items():
            said = words.replace("your", "their") if issubclass(kind, TheirEmailField) else words
            if words != NO_ADDRESS or not may_be_left_out:
                yield from ((one, said) for one in typed)
    elif issubclass(kind, forms.StampField):
        yield from ((typed, AGAIN) for typed in ("x", "\0💚", forms.signer("story").dumps("")))
        if not issubclass(kind, OnceField):
            yield "", AGAIN
    elif issubclass(kind, SeenField | WasField):
        yield from ((typed, AGAIN) for typed in (NUMBER if kind is SeenField else WAS))
    for check in checks_of(field):
        yield from refused_by(check, checks_of(field))


def extra(row, name):
    """What the row says beyond the class."""
    return [(one, words) for words, typed in row.also.get(name, {}).items() for one in typed]


def as_shown(typed):
    """What a page can show of it: HTML knows no NUL and one kind of line end."""
    return re.sub("\r\n?", "\n", typed).replace("\0", "\ufffd")


def shown(page):
    """What the fields that people write into hold, by name, of one line or of many."""
    found = {}
    for field in page.query("input, textarea"):
        if field.name == "textarea":
            text = "".join(child.data for child in field.children).removeprefix("\n")
            found[field.attrs["name"]] = text
        elif field.attrs.get("type") not in {"password", "hidden", "radio", "checkbox", "file"}:
            found[field.attrs["name"]] = field.attrs.get("value") or ""
    return found


def comes_back(answer, sent, words):
    """Expect the words, a way to the field, and all that was typed where it was typed."""
    page = lint(answer.text)
    assert words in " ".join(page.to_text(separator="").split())
    assert page.query(".problem a, [role=alert] a")
    for name, now in shown(page).items():
        if isinstance(sent.get(name), str):
            assert now.strip() == as_shown(sent[name]).strip(), name


@each_row
def test_bad_answer_comes_back_as_it_was_typed_and_nothing_is_kept(sender, row):
    hidden, before = sender.hidden, tables()
    for name, field in fields_of(row.form).items():
        if name in row.free:
            continue
        good = hidden | sender.good | row.asked.get(name, {})
        looked_at, bad = set(), [*bad_for(row, name, field), *extra(row, name)]
        assert bad, f"{name} refuses nothing: its class forgot a check, or its row must let it"
        for typed, words in bad:
            sent = good | {row.prefix + name: typed}
            # Every second page is the fragment that htmx gets.
            asks = {"HX-Request": "true"} if len(looked_at) % 2 else {}
            answer = sender.send(sent, headers=asks)
            assert (name, typed[:60], answer.status_code) == (name, typed[:60], row.refused)
            assert "<script>alert" not in answer.text
            if row.refused == 422 and words not in looked_at:  # a page takes long to be parsed
                comes_back(answer, sent, words)
                looked_at.add(words)
    noted = {"audit_entry": before["audit_entry"]} if row.is_noted else {}
    assert tables() | noted == before


@each_row
def test_good_answers_are_taken_and_no_other_field_is(sender, row):
    others = ("state", "owner_id", "reference", "key", "unknown", "submission")
    strange = {name: "marker" for name in others if name not in sender.good}
    answer = sender.send(sender.hidden | sender.good | strange)

    assert answer.status_code in ({200, 303} if row.is_taken else {303, 409, row.refused})
    assert "marker" not in str(tables())


@each_row
def test_what_was_not_sent_once_from_our_own_page_is_refused_and_nothing_is_kept(sender, row):
    hidden, before = sender.hidden, tables()
    comes_twice(sender, row, hidden)
    comes_from_another_site(sender, row, hidden)
    if sender.most:
        kind = "application/x-www-form-urlencoded"
        answer = sender.send(HUGE[: sender.most], content_type=kind)
        assert answer.status_code == 413
        assert "That is too much to send at once" in answer.text
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        answer = sender.client.open(sender.path, method=method)
        assert answer.status_code == 405
        assert "That cannot be done here" in answer.text
    assert tables() == before


def comes_twice(sender, row, hidden):
    """Expect that an answer of which there are two is refused."""
    for name, field in fields_of(row.form).items():
        if field.field_class is SelectMultipleField or name in row.free:
            continue
        full = row.prefix + name
        sent = hidden | sender.good | row.asked.get(name, {})
        answer = sender.send(sent | {full: [sent.get(full, "1"), "other"]})
        assert (name, answer.status_code) == (name, row.refused)
        assert row.refused != 422 or TWICE in answer.text or AGAIN in answer.text, name


def comes_from_another_site(sender, row, hidden):
    """Expect the form itself back, but where the team's pages are guarded as a whole."""
    name = "csrf_token" if sender.is_guarded else f"{row.prefix}csrf_token"
    if name not in hidden:
        assert sender.path.startswith(NO_COOKIE)
        return
    theirs = re.search(
        r'name="csrf_token"[^>]* value="([^"]*)"', sender.app.test_client().get("/contact/").text
    )
    for token in ("", "x", "\0💚", theirs.group(1), None):
        sent = hidden | sender.good | {name: token}
        answer = sender.send({one: text for one, text in sent.items() if text is not None})
        assert answer.status_code == (400 if sender.is_guarded else 422)
        if row.form and not sender.is_guarded and token == "x":
            comes_back(answer, sent, AGAIN)


@pytest.mark.parametrize("row", [BY_NAME[name] for name in OF_EACH_KIND], ids=OF_EACH_KIND)
def test_what_is_no_form_of_ours_is_refused(sender):
    before = tables()
    for kind, body in NO_FORM:
        answer = sender.send(body, content_type=kind)
        assert answer.status_code in {400, 409, 413, 422}, kind
    assert tables() == before
    file = {name: (io.BytesIO(b"not to be kept"), "words.txt") for name in sender.good}
    sender.send(sender.hidden | file)
    assert "not to be kept" not in str(tables())


@each_row
@pytest.mark.services
def test_nonsense_is_understood_on_postgresql_too(on_postgresql, sender, row):
    """It takes no NUL, and numbers that fit."""
    hidden, fields = sender.hidden, fields_of(row.form)
    for name in {*fields, *row.good}:
        is_text = name in fields and fields[name].field_class in {StringField, TextAreaField}
        for typed in NONSENSE[:1] if is_text else NONSENSE:
            answer = sender.send(hidden | sender.good | {row.prefix + name: typed})
            assert answer.status_code in FINE, (name, typed)


FINE = {200, 302, 303, 400, 404, 405, 409, 410, 413, 422}


def test_every_form_and_every_address_that_takes_one_has_a_row(app):
    classes, left = set(), [forms.Form]
    while left:
        left.extend(found := left.pop().__subclasses__())
        classes.update(one for one in found if is_said_in_a_module_of_ours(one))
    takes = {one.endpoint for one in app.url_map.iter_rules() if "POST" in one.methods}
    match = app.url_map.bind("localhost").match
    rowed = {match(Sender(app, row).path, method="POST")[0] for row in ROWS}

    of_rows = {row.form for row in ROWS if row.form}
    assert of_rows <= classes
    assert all(form.__subclasses__() for form in classes - of_rows)  # others are made of them
    assert takes - BUTTONS == rowed
    assert takes >= BUTTONS


def is_said_in_a_module_of_ours(form):
    """And not made for a page while a test ran."""
    module = sys.modules[form.__module__]
    return module.__name__.startswith("portal.") and getattr(module, form.__name__, None) is form


# Where what was typed is kept, for words that must be taken whole or come back.
KEPT_IN = {
    ("contactsend", "message"): Message.text,
    ("newsletter, choices", "name"): Subscriber.name,
    ("note", "note"): Message.text,
    ("story", "text"): Story.text,
    ("rewrite", "text"): Revision.text,
    ("text", "text"): Revision.text,
}


@pytest.mark.parametrize(
    ("row", "name"), [(BY_NAME[row], name) for row, name in KEPT_IN], ids=map(" ".join, KEPT_IN)
)
@given(text=TEXT)
def test_any_words_are_taken_whole_or_come_back(sender, row, name, text):
    sender.__dict__.pop("hidden", None)  # there is a newer version each time
    answer = sender.send(sender.hidden | sender.good | {name: text})
    column = KEPT_IN[row.name, name]
    kept = db.session.scalar(db.select(column).order_by(column.class_.id.desc()))
    db.session.commit()

    if answer.status_code == 422:
        assert shown(lint(answer.text))[name] == as_shown(text)
    else:
        whole = forms.tidy(text.replace("\0", "\ufffd"))
        assert answer.status_code == 303
        assert forms.tidy(kept) == whole
