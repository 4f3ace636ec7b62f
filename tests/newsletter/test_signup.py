"""Signing up, from the form to the mailbox."""

import json

import pytest

from portal.newsletter.models import Subscriber, SubscriberState
from tests.newsletter import ASKING, EMBED, JOIN, link_in, nothing_is_kept, owner_of, tables


def test_good_address_is_saved_and_its_owner_is_mailed(visit_plain, mailbox):
    answer = visit_plain.send(JOIN, {"email": "ada@example.org"})

    assert answer.status == 200
    assert answer.heading == "Check your email"
    assert Subscriber.with_email("ada@example.org").state is SubscriberState.PENDING
    (mail,) = mailbox()
    assert mail["To"] == "ada@example.org"


def test_the_form_offers_all_topics_and_ticks_none(visit_plain, app):
    page = visit_plain(JOIN).page

    offered = [box.attrs["value"] for box in page.query("[name=topics]")]
    assert offered == list(app.config["TOPICS"])
    assert not page.query("[name=topics][checked]")
    assert not page.query("[required]")


def test_the_form_shows_what_one_agrees_to_beside_the_privacy_page(visit_plain):
    page = visit_plain(JOIN).page

    (consent,) = page.query("form .consent")
    assert "newsletter by email. I can stop at any time" in consent.to_text()
    assert consent.query("a")[0].attrs["href"] == "/privacy"


def test_the_address_field_helps_people_to_type(visit_plain):
    (field,) = visit_plain(JOIN).page.query("[name=email]")

    assert field.attrs["type"] == "email"
    assert field.attrs["autocomplete"] == "email"
    assert field.attrs["inputmode"] == "email"
    assert field.attrs["spellcheck"] == "false"


def test_topics_and_format_are_kept_until_the_owner_confirms(visit_plain, mailbox):
    chosen = {"topics": ["ideas", "stories"], "format": "plain"}
    visit_plain.send(JOIN, {"email": "ada@example.org"} | chosen)

    page = visit_plain(link_in(mailbox()[0], "confirm"))

    assert "Stories from Disabled people" in page.text
    assert "Ideas for moving at home" in page.text
    assert "Plain text" in page.text


def test_no_topic_and_no_format_are_needed(visit_plain, mailbox):
    visit_plain.send(JOIN, {"email": "ada@example.org"})

    page = visit_plain(link_in(mailbox()[0], "confirm"))

    assert "A bit of everything" in page.text
    assert "Standard" in page.text


def test_a_topic_that_comes_twice_is_kept_once(visit_plain, contacts, mailbox):
    visit_plain.send(JOIN, {"email": "ada@example.org", "topics": ["stories", "stories"]})
    visit_plain.send(link_in(mailbox()[0], "confirm"))

    assert contacts()["ada@example.org"]["attributes"]["topics"] == ["stories"]


def test_a_likely_typing_mistake_is_asked_about_once(visit_plain, mailbox):
    asked = visit_plain.send(JOIN, {"email": "ada@gmial.com", "topics": "stories"})

    assert asked.status == 422
    assert "Did you mean ada@gmail.com?" in asked.text
    assert asked.value("email") == "ada@gmial.com"
    assert asked.has("#topics-1[checked]")
    assert nothing_is_kept()

    hidden = {"stamp": asked.value("stamp"), "csrf_token": asked.value("csrf_token")}
    kept = visit_plain.post(
        JOIN, hidden | {"email": "ada@gmial.com", "asked": asked.value("asked")}
    )

    assert kept.heading == "Check your email"
    (mail,) = mailbox()
    assert mail["To"] == "ada@gmial.com"


def test_a_button_takes_the_correction(visit_plain, mailbox):
    asked = visit_plain.send(JOIN, {"email": "ada@gmial.com"})
    (button,) = asked.page.query("[name=corrected]")
    hidden = {"stamp": asked.value("stamp"), "csrf_token": asked.value("csrf_token")}

    taken = visit_plain.post(
        JOIN,
        hidden
        | {"email": "ada@gmial.com", "asked": asked.value("asked")}
        | {"corrected": button.attrs["value"]},
    )

    assert button.to_text().strip() == "Use ada@gmail.com"
    assert taken.heading == "Check your email"
    (mail,) = mailbox()
    assert mail["To"] == "ada@gmail.com"


@pytest.mark.parametrize("address", ["ada@gmail.com", "ada@company.example", "ada@scope.org.uk"])
def test_an_address_that_looks_right_is_not_asked_about(visit_plain, address):
    visit_plain.send(JOIN, {"email": address})

    assert Subscriber.with_email(address)


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
    (mail,) = mailbox()
    assert owner_of(mail) == kept


def test_one_mailbox_is_one_subscriber_however_it_is_typed(visit_plain):
    for typed in ("ada@example.org", "ADA@Example.ORG", "Ada@example.org"):
        visit_plain.send(JOIN, {"email": typed})

    assert Subscriber.with_email("ada@example.org").email == "ada@example.org"
    assert len(tables()["subscriber"]) == 1


def test_letters_that_only_look_related_are_two_mailboxes(visit_plain, mailbox):
    visit_plain.send(JOIN, {"email": "ada@strasse.example"})
    visit_plain.send(JOIN, {"email": "ada@straße.example"})

    to = {owner_of(mail) for mail in mailbox()}
    assert to == {"ada@strasse.example", "ada@straße.example"}


def test_the_answer_after_signing_up_can_be_reloaded_without_signing_up_again(visit_plain):
    answer = visit_plain.send(JOIN, {"email": "ada@example.org"})

    assert [step.status_code for step in answer.response.history] == [303]
    assert answer.response.request.method == "GET"


def test_who_sends_no_cookie_back_is_told_what_to_do(app, visit_plain):
    visit_plain.client.delete_cookie("portal")
    page = visit_plain(JOIN)
    visit_plain.client.delete_cookie("portal")
    hidden = {"stamp": page.value("stamp"), "csrf_token": page.value("csrf_token")}

    answer = visit_plain.post(JOIN, hidden | {"email": "ada@example.org"})

    assert answer.status == 422
    assert "let your browser keep the cookie" in answer.text
    assert answer.value("email") == "ada@example.org"
    assert nothing_is_kept()


@pytest.mark.parametrize("path", ASKING)
@pytest.mark.parametrize(("hours", "status"), [(24, 200), (24.01, 422)])
def test_a_form_may_lie_open_for_a_day(visit_plain, clock, path, hours, status):
    page = visit_plain(path)
    clock.shift(hours * 3600)
    names = [name for name in ("stamp", "csrf_token") if page.has(f"[name={name}]")]
    sent = {name: page.value(name) for name in names} | {"email": "ada@example.org"}
    answer = visit_plain.post(path, sent)

    assert answer.status == status
    if status == 422:
        assert nothing_is_kept()
        fresh = {name: answer.value(name) for name in names}
        assert visit_plain.post(path, sent | fresh).heading == "Check your email"


def test_a_form_without_a_stamp_is_held_and_not_lost(visit_plain, app):
    app.config["FORM_MIN_SECONDS"] = 2
    answer = visit_plain.post(EMBED, {"email": "ada@example.org"})

    assert answer.heading == "Check your email"
    assert [row.email for row in tables()["held_signup"]] == ["ada@example.org"]


def test_what_was_chosen_is_held_too(visit_plain):
    chosen = {"topics": ["ideas"], "format": "plain"}
    visit_plain.send(JOIN, {"email": "eve@example.org", "extra_note": "Hi"} | chosen)

    (row,) = tables()["held_signup"]
    assert (row.email, json.loads(row.topics), row.format) == (
        "eve@example.org",
        ["ideas"],
        "plain",
    )
