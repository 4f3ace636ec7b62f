"""Getting in touch, from the form to the receipt."""

from datetime import timedelta

import pytest

from portal import floods
from portal.extensions import db
from portal.inbox import tasks
from portal.inbox.models import ConversationState, Kind, Rank
from portal.ways import Way
from portal.words import deadline
from tests.contact import (
    FORM,
    GOOD,
    GRACE,
    REACHED,
    SEND,
    by,
    conversations,
    good,
    hidden,
    latest,
    mails_to,
    press,
    presses_at_once,
    send,
    text_of,
    words_of,
)
from tests.newsletter import nothing_is_kept, settings


def test_a_message_is_saved_and_the_receipt_has_its_reference(visit):
    receipt = send(visit)

    assert (receipt.status, receipt.heading) == (200, "We have your message")
    saved = latest()
    assert receipt.page.query(".reference")[0].to_text() == saved.reference
    assert (saved.kind, saved.about) == (Kind.MESSAGE, "question")
    assert (saved.state, saved.reply_by) == (ConversationState.NEW, Way.EMAIL)
    assert (saved.name, saved.email, saved.needs) == ("Grace Hopper", GRACE, GOOD["needs"])
    assert words_of(saved) == [GOOD["message"]]


def test_the_receipt_has_an_address_of_its_own_that_can_be_loaded_again(visit):
    receipt = send(visit)
    path = receipt.response.request.path

    assert [step.status_code for step in receipt.response.history] == [303]
    assert path.endswith("/sent")
    assert receipt.headers.get("HX-Redirect") == (path if visit.htmx else None)


def test_nothing_is_kept_before_it_was_checked(visit_plain):
    """Every answer is shown, with a way to change it."""
    page = visit_plain.send(FORM, good(name=""))

    assert (page.status, page.heading) == (200, "Check your answers")
    for text in ("A question", "Is the pool warm", "By email", GRACE, "short sentences"):
        assert text in page.text
    assert "Not given" in page.text
    assert [" ".join(b.to_text().split()) for b in page.page.query("dd button")] == [
        "Change what it is about",
        "Change your message",
        "Change your name",
        "Change how we should answer",
        "Change the email address",
        "Change what else you need",
    ]
    assert nothing_is_kept()


@pytest.mark.parametrize("name", [*GOOD, "stamp", "csrf_token", "extra_note", "x", "\0", "[]"])
def test_an_answer_can_be_changed_and_no_other_is_lost(visit_plain, name):
    check = visit_plain.send(FORM, GOOD)

    form = press(visit_plain, check, FORM, change=name)

    assert (form.status, form.heading) == (200, "Get in touch")
    assert not form.has("[role=alert]")
    focused = [field.attrs["name"] for field in form.page.query("form [autofocus]")]
    assert focused == ([name] if name in GOOD else [])
    for field in ("name", "email", "message"):
        assert form.value(field).strip() == GOOD[field]
    assert form.has("[value=question][checked]")
    assert form.has("[value=email][checked]")
    assert hidden(form)["stamp"] == hidden(check)["stamp"]


@pytest.mark.parametrize("way", REACHED)
def test_a_way_to_answer_keeps_and_mails_to_what_it_needs_whatever_else_was_typed(
    visit_plain, mailbox, way
):
    wrong = {"helper": "\u202e", "email": "ada@", "phone": "x", "postal": "x" * 1001}
    not_press = {"outlet": "The Daily", "deadline": "tomorrow"}

    receipt = send(visit_plain, **by(way, **(wrong | not_press | REACHED[way])))

    assert receipt.heading == "We have your message"
    saved = latest()
    assert {name: getattr(saved, name) for name in wrong} == dict.fromkeys(wrong, "") | REACHED[way]
    assert (saved.reply_by, saved.outlet, saved.deadline_at) == (way, "", None)
    assert len(mailbox()) == (2 if REACHED[way].get("email") else 1)  # one is for the team


@settings(REPLY_WAYS="phone=Ring me; post=A letter")
def test_only_the_configured_ways_are_offered(visit_plain):
    page = visit_plain(FORM)

    assert [b.attrs["value"] for b in page.page.query("[name=reply_by]")] == ["phone", "post"]
    assert not page.has("[name=reply_by][checked]")
    refused = visit_plain.send(FORM, GOOD)
    assert refused.status == 422
    assert "Choose how we should answer you." in refused.text


@settings(REPLY_WAYS="email=By email")
def test_the_only_way_is_chosen_already(visit_plain):
    assert visit_plain(FORM).has("[name=reply_by][value=email][checked]")

    assert send(visit_plain, **good(reply_by=None)).heading == "We have your message"


@pytest.mark.parametrize(
    ("outlet", "deadline", "shown", "at"),
    [
        ("The Daily", "3 March, 3pm", "Tuesday 3 March 2026 at 15:00", "2026-03-03 15:00:00+00:00"),
        (
            "",
            "1 July 2026",
            "Wednesday 1 July 2026 at 17:00",
            "2026-07-01 16:00:00+00:00",
        ),  # in summer
        ("", "", "A press enquiry", "None"),
    ],
)
def test_a_press_enquiry_keeps_its_outlet_and_deadline_if_it_has_any(
    visit_plain, clock, outlet, deadline, shown, at
):
    check = visit_plain.send(FORM, good(about="press", outlet=outlet, deadline=deadline))
    press(visit_plain, check)

    saved = latest()
    assert shown in check.text
    assert (saved.kind, saved.outlet, str(saved.deadline_at)) == (Kind.PRESS, outlet, at)


@pytest.mark.parametrize(
    ("typed", "asked", "meant"),
    [
        ("asap, before the match", "We cannot read a day in that.", []),
        ("\u202esoon\0 " * 100, "We cannot read a day in that.", []),
        ("1 March 2020", "That has passed. You can change it", []),
        ("1/1/2150", "That is more than five years away.", []),
        ("8am", "That has passed. Do you mean this?", ["Wednesday 4 March 2026 at 08:00"]),
        (
            "next Friday, noon",
            "That may be this week or next week. Which do you mean?",
            ["Friday 13 March 2026 at 12:00", "Friday 6 March 2026 at 12:00"],
        ),
        (
            "Monday 28 November",
            "28 November 2026 is a Saturday. Which do you mean?",
            ["Saturday 28 November 2026 at 17:00", "Monday 30 November 2026 at 17:00"],
        ),
    ],
)
def test_a_deadline_in_doubt_is_asked_about_once_and_stops_nothing(
    visit_plain, clock, typed, asked, meant
):
    """Left alone it is kept as it was typed, and comes before what is due."""
    clock.shift(timedelta(days=2))  # from Sunday
    check = visit_plain.send(FORM, good(about="press", deadline=typed))
    assert check.status == 200
    assert asked in " ".join(check.page.query("section.note")[0].to_text().split())
    assert [one.attrs["value"] for one in check.page.query("[name=meant]")] == meant
    press(visit_plain, check)
    kept = latest()

    assert (kept.state, kept.deadline_at) == (ConversationState.NEW, None)
    assert kept.deadline_words == " ".join(typed.translate({0x202E: " ", 0: " "}).split())
    assert (kept.rank, kept.due_at) == (Rank.DEADLINE, kept.created_at + timedelta(hours=1))
    for words in meant:
        sure = press(visit_plain, check, FORM, meant=words)
        assert not sure.has("section.note")
        press(visit_plain, sure)
        assert (deadline(latest().deadline_at), latest().deadline_words) == (words, "")


@pytest.mark.parametrize("name", ["outlet", "name", "needs"])
def test_what_may_be_left_out_stops_no_message(visit_plain, name):
    receipt = send(visit_plain, **good(about="press") | {name: "\u202eA\0 " + "b" * 50_000})

    assert receipt.heading == "We have your message"
    assert getattr(latest(), name).endswith("bb…")


@pytest.mark.parametrize("stamp", [True, False], ids=["from our form", "without a key"])
def test_what_is_sent_again_is_one_message_with_one_receipt(visit_plain, mailbox, stamp):
    page = hidden(visit_plain(FORM))
    if not stamp:
        del page["stamp"]
    check = visit_plain.post(FORM, page | GOOD)

    receipts = [press(visit_plain, check) for _ in range(3)]

    assert len({receipt.page.query(".reference")[0].to_text() for receipt in receipts}) == 1
    (saved,) = conversations()
    assert words_of(saved) == [GOOD["message"]]
    assert len(mailbox()) == 2  # to the team, and the receipt


@pytest.mark.usefixtures("each_database")
def test_what_is_sent_by_many_presses_at_once_is_one_message(app, visit_plain):
    check = hidden(visit_plain.send(FORM, GOOD))
    cookie = visit_plain.client.get_cookie("portal").value

    assert presses_at_once(app, SEND, check, cookie) == [303] * 4
    assert [words_of(one) for one in conversations()] == [[GOOD["message"]]]


@pytest.mark.parametrize("second", ["The first thing", "The other thing"])
def test_who_goes_back_says_the_same_once_and_something_else_beside_it(visit_plain, second):
    form = visit_plain(FORM)
    for text in ("The first thing", second):
        press(visit_plain, visit_plain.post(FORM, hidden(form) | good(message=text)))

    said = [words_of(one) for one in conversations()]
    assert said == [[text] for text in dict.fromkeys(["The first thing", second])]


def test_looking_for_the_page_to_send_leads_to_the_form(visit_plain):
    assert visit_plain(SEND, follow_redirects=True).heading == "Get in touch"


def test_the_form_makes_no_choice_for_anybody(visit_plain):
    page = visit_plain(FORM).page

    assert not page.query("form [checked], [required]")
    kinds = {"email": "email", "phone": "tel", "postal": "street-address", "name": "name"}
    for name, kind in kinds.items():
        assert page.query(f"[name={name}]")[0].attrs["autocomplete"] == kind


@pytest.mark.parametrize(
    ("days", "promise"),
    [(0, "on the same working day."), (1, "within 1 working day."), (5, "within 5 working days.")],
)
def test_the_promise_is_the_same_everywhere(app, visit_plain, mailbox, days, promise):
    app.config["PROMISE_WORKING_DAYS"] = days

    receipt = send(visit_plain)

    assert f"We answer you {promise}" in receipt.text
    assert f"we answer {promise}" in visit_plain(FORM).text
    assert (
        f"We answer {promise}"
        in visit_plain(receipt.page.query(".private a")[0].attrs["href"]).text
    )
    (mail,) = mails_to(mailbox, GRACE)
    assert f"We answer {promise}" in text_of(mail)


def test_beside_the_promise_stands_what_was_measured(visit_plain):
    assert "How we did" not in visit_plain(FORM).text
    send(visit_plain)
    conversation = latest()
    conversation.answered_at = conversation.created_at + timedelta(minutes=1)
    db.session.commit()
    assert "How we did" not in visit_plain(FORM).text
    tasks.count_answers.call_local()

    page = visit_plain(FORM)

    assert "of the last 1 message, we answered 100% in that time." in page.text
    assert "Half of all answers came within 1 working day." in page.text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("안녕하세요 👋🏽\n\nनमस्ते\n\tשלום", None),  # noqa: RUF001 - Hebrew
        *((letter * 50_000, None) for letter in "aक😀"),
        ("One\0\r\nTwo\x07\rThree\x1b\u2028Four  \n", "One\ufffd\nTwo\nThree\nFour"),
    ],
    ids=["scripts", "long", "long in Hindi", "long in pictures", "what no page can show"],
)
def test_what_is_written_in_any_script_is_kept_but_for_what_no_page_can_show(
    visit_plain, typed, kept
):
    send(visit_plain, **good(message=typed, name="محمد عبد الله", needs="日本語"))

    saved = latest()
    assert (saved.name, saved.needs) == ("محمد عبد الله", "日本語")
    assert words_of(saved) == [kept or typed]


def test_a_helper_needs_a_number_or_an_address(visit_plain):
    for nothing in ("", " ", "\u200b"):
        answer = visit_plain.send(FORM, by("helper", email=nothing, phone=nothing))

        assert answer.status == 422
        assert "Enter the email address or phone number of the person who helps you." in answer.text
    assert nothing_is_kept()
    for one in ({"email": "bob@example.org", "phone": ""}, {"email": "", "phone": "0161 496 0000"}):
        assert visit_plain.send(FORM, by("helper", **one)).status == 200


@pytest.mark.parametrize("way", REACHED)
def test_nobody_is_without_any_way_to_be_reached(visit_plain, way):
    nothing = dict.fromkeys(("email", "phone", "postal", "helper"))

    assert visit_plain.send(FORM, by(way, **nothing)).status == 422
    assert nothing_is_kept()


@pytest.mark.parametrize(("hours", "status"), [(24, 200), (24.01, 422)])
def test_a_form_may_lie_open_for_a_day_and_still_counts_once(visit_plain, clock, hours, status):
    check = visit_plain.send(FORM, GOOD)
    clock.shift(hours * 3600)
    answer = press(visit_plain, check)

    assert answer.status == status
    if status == 422:
        for _ in range(2):
            old = press(visit_plain, check)
            press(visit_plain, visit_plain.post(FORM, hidden(old) | GOOD))
    assert len(conversations()) == 1


def test_what_is_typed_is_shown_and_never_run(visit_plain):
    nasty = "<script>alert(1)</script> {{ 7 * 7 }} \"'><b>"
    check = visit_plain.send(FORM, good(message=nasty, name=nasty, needs=nasty))
    receipt = press(visit_plain, check)

    for page in (check, visit_plain(receipt.page.query(".private a")[0].attrs["href"])):
        assert nasty in page.text
        assert not page.has("#contact b, #own b, #contact script, #own script")


def same_but_for(receipt, conversation):
    """The words of a receipt without its reference and link."""
    link = receipt.page.query(".private a")[0].attrs["href"]
    return receipt.text.replace(conversation.reference, "").replace(link, "")


def test_a_held_message_looks_like_any_other_and_mails_nobody(visit, mailbox):
    ordinary = send(visit)
    held = send(visit, **good(email="eve@example.org", extra_note="Hi"))

    first, second = conversations()
    assert second.state is ConversationState.HELD
    assert same_but_for(held, second) == same_but_for(ordinary, first)
    assert mails_to(mailbox, "eve@example.org") == []
    assert len(mailbox()) == 2  # both are of the first


@settings(RATELIMIT_ENABLED="1")
@pytest.mark.parametrize("way", ["email", "phone", "post", "helper"])
def test_many_for_one_contact_are_held(visit_plain, monkeypatch, way):
    monkeypatch.setattr(floods, "MANY_FROM_ONE_CONTACT", "2/hour")
    for number in range(3):
        send(visit_plain, **by(way, message=f"Message {number}"))

    doubts = [one.doubts for one in conversations()]
    assert doubts == ["", "", "Many came from one person in an hour"]
