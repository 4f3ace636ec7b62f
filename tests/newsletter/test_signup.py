"""Signing up, from the form to the mailbox."""

import json

import pytest

from portal.newsletter.models import Subscriber, SubscriberState
from tests.contact import hidden
from tests.newsletter import (
    ADA,
    ASKING,
    EMBED,
    JOIN,
    link_in,
    nothing_is_kept,
    owner_of,
    state_of,
    tables,
)


def test_good_address_is_saved_and_its_owner_is_mailed(visit_plain, mailbox):
    answer = visit_plain.send(JOIN, {"email": ADA})

    assert (answer.status, answer.heading) == (200, "Check your email")
    assert state_of() is SubscriberState.PENDING
    assert [mail["To"] for mail in mailbox()] == [ADA]
    # The answer can be reloaded without signing up again.
    assert [step.status_code for step in answer.response.history] == [303]
    assert answer.response.request.method == "GET"


def test_the_form_offers_all_topics_says_what_one_agrees_to_and_helps_to_type(visit_plain, app):
    page = visit_plain(JOIN).page

    offered = [box.attrs["value"] for box in page.query("[name=topics]")]
    assert offered == list(app.config["TOPICS"])
    assert not page.query("[name=topics][checked], [required]")
    (consent,) = page.query("form .consent")
    assert "newsletter by email. I can stop at any time" in consent.to_text()
    assert consent.query("a")[0].attrs["href"] == "/privacy"
    helpful = "[type=email][autocomplete=email][inputmode=email][spellcheck=false]"
    assert page.query(f"[name=email]{helpful}")


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (
            {"topics": ["ideas", "stories"], "format": "plain"},
            ["Stories from Disabled people", "Ideas for moving at home", "Plain text"],
        ),
        ({}, ["A bit of everything", "Standard"]),
    ],
    ids=["chosen", "nothing chosen"],
)
def test_topics_and_format_are_kept_until_the_owner_confirms(visit_plain, mailbox, chosen, words):
    visit_plain.send(JOIN, {"email": ADA} | chosen)
    page = visit_plain(link_in(mailbox()[0], "confirm"))

    assert [word for word in words if word not in page.text] == []


def test_a_topic_that_comes_twice_is_kept_once(visit_plain, contacts, mailbox):
    visit_plain.send(JOIN, {"email": ADA, "topics": ["stories", "stories"]})
    visit_plain.send(link_in(mailbox()[0], "confirm"))

    assert contacts()[ADA]["attributes"]["topics"] == ["stories"]


@pytest.mark.parametrize("is_corrected", [False, True], ids=["as typed", "corrected"])
def test_a_likely_typing_mistake_is_asked_about_once(visit_plain, mailbox, is_corrected):
    asked = visit_plain.send(JOIN, {"email": "ada@gmial.com", "topics": "stories"})

    assert asked.status == 422
    assert "Did you mean ada@gmail.com?" in asked.text
    assert asked.value("email") == "ada@gmial.com"
    assert asked.has("#topics-1[checked]")
    assert nothing_is_kept()

    (button,) = asked.page.query("[name=corrected]")
    assert button.to_text().strip() == "Use ada@gmail.com"
    corrected = {"corrected": button.attrs["value"]} if is_corrected else {}
    taken = visit_plain.post(JOIN, hidden(asked) | {"email": "ada@gmial.com"} | corrected)
    assert taken.heading == "Check your email"
    assert [mail["To"] for mail in mailbox()] == [f"ada@{'gmail' if is_corrected else 'gmial'}.com"]


@pytest.mark.parametrize("address", ["ada@gmail.com", "ada@company.example", "ada@scope.org.uk"])
def test_an_address_that_looks_right_is_not_asked_about(visit_plain, address):
    visit_plain.send(JOIN, {"email": address})

    assert state_of(address)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@bücher.example", "ada@bücher.example"),
        ("ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("адам@пример.рф", "адам@пример.рф"),
        ("아다@example.org", "아다@example.org"),
        (" Ada@EXAMPLE.org ", "Ada@example.org"),
        ("zoe\u0308@example.org", "zoë@example.org"),
        *[(odd, odd) for odd in ("o'hara--@example.org", "💚@example.org", "{{7*7}}@example.org")],
    ],
)
def test_an_address_in_any_script_works(visit_plain, mailbox, typed, kept):
    answer = visit_plain.send(JOIN, {"email": typed})

    assert answer.heading == "Check your email"
    assert Subscriber.with_email(kept).email == kept
    assert [owner_of(mail) for mail in mailbox()] == [kept]


def test_one_mailbox_is_one_subscriber_however_it_is_typed_and_what_looks_related_is_another(
    visit_plain,
):
    for typed in (ADA, "ADA@Example.ORG", "ada@strasse.example", "ada@straße.example"):
        visit_plain.send(JOIN, {"email": typed})

    kept = [row.email for row in tables()["subscriber"]]
    assert kept == [ADA, "ada@strasse.example", "ada@straße.example"]


def test_who_sends_no_cookie_back_is_told_what_to_do(visit_plain):
    page = visit_plain(JOIN)
    visit_plain.client.delete_cookie("portal")
    answer = visit_plain.post(JOIN, hidden(page) | {"email": ADA})

    assert answer.status == 422
    assert "let your browser keep the cookie" in answer.text
    assert answer.value("email") == ADA
    assert nothing_is_kept()


@pytest.mark.parametrize("path", ASKING)
@pytest.mark.parametrize(("hours", "status"), [(24, 200), (24.01, 422)])
def test_a_form_may_lie_open_for_a_day(visit_plain, clock, path, hours, status):
    page = visit_plain(path)
    clock.shift(hours * 3600)
    answer = visit_plain.post(path, hidden(page) | {"email": ADA})

    assert answer.status == status
    if status == 422:
        assert nothing_is_kept()
        again = visit_plain.post(path, hidden(answer) | {"email": ADA})
        assert again.heading == "Check your email"


def test_a_form_without_a_stamp_is_held_and_not_lost_with_what_was_chosen(visit_plain, app):
    app.config["FORM_MIN_SECONDS"] = 2
    answer = visit_plain.post(EMBED, {"email": ADA, "topics": ["ideas"], "format": "plain"})

    assert answer.heading == "Check your email"
    (row,) = tables()["held_signup"]
    assert (row.email, json.loads(row.topics), row.format) == (ADA, ["ideas"], "plain")
