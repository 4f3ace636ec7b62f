"""Getting in touch, from the form to the receipt."""

from datetime import UTC, datetime

import pytest

from portal.extensions import db
from portal.forms import signer
from portal.inbox.models import ConversationState, Kind
from portal.ways import Way
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
    send,
    text_of,
    words_of,
)
from tests.newsletter import nothing_is_kept, settings


def test_a_message_is_saved_and_the_receipt_has_its_reference(visit):
    receipt = send(visit)

    assert receipt.status == 200
    assert receipt.heading == "We have your message"
    saved = latest()
    assert receipt.page.query(".reference")[0].to_text() == saved.reference
    assert (saved.kind, saved.about, saved.state) == (
        Kind.MESSAGE,
        "question",
        ConversationState.NEW,
    )
    assert (saved.name, saved.email, saved.reply_by) == ("Grace Hopper", GRACE, Way.EMAIL)
    assert saved.needs == "Please write in short sentences."
    assert words_of(saved) == ["Is the pool warm in winter?\nI get cold fast."]


def test_nothing_is_kept_before_it_was_checked(visit_plain):
    page = visit_plain.send(FORM, GOOD)

    assert page.status == 200
    assert page.heading == "Check your answers"
    assert nothing_is_kept()


def test_the_page_to_check_has_every_answer_and_a_named_way_to_change_it(visit_plain):
    page = visit_plain.send(FORM, good(name=""))

    for text in ("A question", "Is the pool warm", "By email", GRACE, "short sentences"):
        assert text in page.text
    assert "Not given" in page.text
    buttons = [" ".join(b.to_text().split()) for b in page.page.query("dd button")]
    assert buttons == [
        "Change what it is about",
        "Change your message",
        "Change your name",
        "Change how we should answer",
        "Change the email address",
        "Change what else you need",
    ]


@pytest.mark.parametrize("name", ["about", "message", "name", "reply_by", "email", "needs"])
def test_an_answer_can_be_changed_and_no_other_is_lost(visit_plain, name):
    check = visit_plain.send(FORM, GOOD)

    form = press(visit_plain, check, FORM, change=name)

    assert form.status == 200
    assert form.heading == "Get in touch"
    assert not form.has("[role=alert]")
    (focused,) = form.page.query("form [autofocus]")
    assert focused.attrs["name"] == name
    assert form.value("name") == "Grace Hopper"
    assert form.value("email") == GRACE
    assert form.has("[value=question][checked]")
    assert form.has("[value=email][checked]")
    assert form.page.query("[name=message]")[0].to_text().strip() == GOOD["message"]
    assert hidden(form)["stamp"] == hidden(check)["stamp"]


@pytest.mark.parametrize("made_up", ["stamp", "csrf_token", "extra_note", "x", "\0", "[]"])
def test_a_made_up_answer_to_change_shows_the_form(visit_plain, made_up):
    form = press(visit_plain, visit_plain.send(FORM, GOOD), FORM, change=made_up)

    assert form.status == 200
    assert not form.has("form [autofocus]")


@pytest.mark.parametrize("way", REACHED)
def test_a_way_to_answer_keeps_what_it_needs_and_nothing_more(visit_plain, way):
    everything = {
        "helper": "Bob Hope",
        "email": GRACE,
        "phone": "0161 496 0000",
        "postal": "1 Ring Road",
        "outlet": "The Daily",
        "deadline": "tomorrow",
    }

    receipt = send(visit_plain, **by(way, **(everything | REACHED[way])))

    assert receipt.heading == "We have your message"
    saved = latest()
    assert saved.reply_by == way
    for name in ("helper", "email", "phone", "postal"):
        expected = (everything | REACHED[way])[name] if name in REACHED[way] else ""
        assert getattr(saved, name) == expected, name
    assert saved.outlet == ""
    assert saved.deadline_at is None


@pytest.mark.parametrize("way", REACHED)
def test_what_the_way_does_not_need_may_be_wrong(visit_plain, way):
    wrong = {"helper": "\u202e", "email": "ada@", "phone": "x", "postal": ""}

    assert send(visit_plain, **by(way, **(wrong | REACHED[way]))).heading == "We have your message"


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


def test_a_press_enquiry_keeps_its_outlet_and_deadline(visit_plain, clock):
    check = visit_plain.send(FORM, good(about="press", outlet="The Daily", deadline="3 March, 3pm"))
    assert "3 March 2026 at 15:00" in check.text

    press(visit_plain, check)

    saved = latest()
    assert saved.kind is Kind.PRESS
    assert saved.outlet == "The Daily"
    assert saved.deadline_at == datetime(2026, 3, 3, 15, tzinfo=UTC)


def test_a_deadline_is_on_the_clocks_of_the_place(visit_plain, clock):
    send(visit_plain, **good(about="press", deadline="1 July 2026"))

    assert latest().deadline_at == datetime(2026, 7, 1, 16, tzinfo=UTC)  # five in British summer


def test_a_press_enquiry_needs_no_outlet_and_no_deadline(visit_plain):
    assert send(visit_plain, **good(about="press")).heading == "We have your message"


@pytest.mark.parametrize("times", [2, 3])
def test_what_is_sent_again_is_one_message_with_one_receipt(visit_plain, mailbox, times):
    check = visit_plain.send(FORM, GOOD)

    receipts = [press(visit_plain, check) for _ in range(times)]

    assert len({receipt.page.query(".reference")[0].to_text() for receipt in receipts}) == 1
    (saved,) = conversations()
    assert words_of(saved) == [GOOD["message"]]
    assert len(mailbox()) == 2  # to the team, and the receipt


def test_going_back_to_the_form_and_sending_it_again_is_one_message(visit_plain):
    form = visit_plain(FORM)
    for _ in range(2):
        check = visit_plain.post(FORM, hidden(form) | GOOD)
        press(visit_plain, check)

    assert len(conversations()) == 1


def test_who_goes_back_and_says_something_else_loses_nothing(visit_plain):
    form = visit_plain(FORM)
    for text in ("The first thing", "The other thing"):
        press(visit_plain, visit_plain.post(FORM, hidden(form) | good(message=text)))

    assert [words_of(one) for one in conversations()] == [["The first thing"], ["The other thing"]]


def test_sending_answers_with_a_redirect_that_can_be_loaded_again(visit_plain):
    receipt = press(visit_plain, visit_plain.send(FORM, GOOD))

    assert [step.status_code for step in receipt.response.history] == [303]
    assert receipt.response.request.path.endswith("/sent")


def test_htmx_opens_the_receipt_at_its_own_address(visit):
    receipt = send(visit)

    moved = receipt.headers.get("HX-Redirect")
    assert bool(moved) is visit.htmx
    if moved:
        assert moved == receipt.response.request.path


def test_looking_for_the_page_to_send_leads_to_the_form(visit_plain):
    answer = visit_plain(SEND, follow_redirects=True)

    assert answer.heading == "Get in touch"


def test_the_form_makes_no_choice_for_anybody(visit_plain):
    page = visit_plain(FORM).page

    assert not page.query("form [checked]")
    assert not page.query("[required]")
    assert page.query("[name=email]")[0].attrs["autocomplete"] == "email"
    assert page.query("[name=phone]")[0].attrs["autocomplete"] == "tel"
    assert page.query("[name=postal]")[0].attrs["autocomplete"] == "street-address"
    assert page.query("[name=name]")[0].attrs["autocomplete"] == "name"


@pytest.mark.parametrize(
    ("days", "promise"),
    [(0, "on the same working day."), (1, "within 1 working day."), (5, "within 5 working days.")],
)
def test_the_promise_is_the_same_everywhere(app, visit_plain, mailbox, days, promise):
    app.config["PROMISE_WORKING_DAYS"] = days

    receipt = send(visit_plain)

    assert f"We answer you {promise}" in receipt.text
    assert f"we answer {promise}" in visit_plain(FORM).text
    assert f"We answer {promise}" in visit_plain(receipt.page.query("a.go")[0].attrs["href"]).text
    (mail,) = mails_to(mailbox, GRACE)
    assert f"We answer {promise}" in text_of(mail)


def test_beside_the_promise_stands_what_was_measured(visit_plain):
    assert "How we did" not in visit_plain(FORM).text
    send(visit_plain)
    conversation = latest()
    conversation.answered_at = conversation.created_at
    db.session.commit()

    page = visit_plain(FORM)

    assert "of the last 1 message, we answered 100% in that time." in page.text
    assert "Half of all answers came within 1 working day." in page.text


def test_names_and_texts_in_any_script_are_kept(visit_plain):
    texts = {
        "name": "محمد عبد الله",
        "message": "안녕하세요 👋🏽\n\nनमस्ते\n\tשלום",  # noqa: RUF001 - Hebrew
        "needs": "日本語",
    }

    send(visit_plain, **good(**texts))

    saved = latest()
    assert (saved.name, saved.needs) == (texts["name"], texts["needs"])
    assert words_of(saved) == [texts["message"]]


def test_the_longest_message_fits_in_any_script(visit_plain):
    for letter in ("a", "क", "😀"):
        receipt = send(visit_plain, **good(message=letter * 50_000))

        assert receipt.heading == "We have your message"
        assert words_of(latest()) == [letter * 50_000]


def test_a_helper_needs_a_number_or_an_address(visit_plain):
    for nothing in ("", " ", "\u200b"):
        answer = visit_plain.send(FORM, by("helper", email=nothing, phone=nothing))

        assert answer.status == 422
        assert "Enter the email address or phone number of who helps you." in answer.text
    assert nothing_is_kept()
    for one in ({"email": "bob@example.org", "phone": ""}, {"email": "", "phone": "0161 496 0000"}):
        assert visit_plain.send(FORM, by("helper", **one)).status == 200


@pytest.mark.parametrize("way", REACHED)
def test_nobody_is_without_any_way_to_be_reached(visit_plain, way):
    nothing = dict.fromkeys(("email", "phone", "postal", "helper"))

    assert visit_plain.send(FORM, by(way, **nothing)).status == 422
    assert nothing_is_kept()


def test_what_no_page_can_show_is_left_out_of_a_message(visit_plain):
    send(visit_plain, **good(message="One\0\r\nTwo\x07\rThree\x1b\u2028Four  \n"))

    assert words_of(latest()) == ["One\ufffd\nTwo\nThree\nFour"]


@pytest.mark.parametrize("path", [FORM, SEND])
@pytest.mark.parametrize("kind", ["form", "conversation"])
def test_a_form_that_is_not_ours_comes_back_with_a_fresh_key_and_can_be_sent(
    visit_plain, path, kind
):
    answer = visit_plain.post(
        path, hidden(visit_plain(FORM)) | GOOD | {"stamp": signer(kind).dumps("x")}
    )

    assert answer.status == 422
    assert nothing_is_kept()
    again = press(visit_plain, visit_plain.post(FORM, hidden(answer) | GOOD))
    assert again.heading == "We have your message"


def test_a_form_without_a_key_gets_one(visit_plain):
    page = hidden(visit_plain(FORM))
    del page["stamp"]
    check = visit_plain.post(FORM, page | GOOD)

    for _ in range(2):
        assert press(visit_plain, check).heading == "We have your message"
    assert len(conversations()) == 1


@pytest.mark.parametrize(("hours", "status"), [(24, 200), (24.01, 422)])
def test_a_form_may_lie_open_for_a_day_and_still_counts_once(visit_plain, clock, hours, status):
    check = visit_plain.send(FORM, GOOD)
    clock.shift(hours * 3600)
    answer = press(visit_plain, check)

    assert answer.status == status
    if status == 422:
        fresh = hidden(answer) | GOOD
        for _ in range(2):
            press(visit_plain, visit_plain.post(FORM, fresh))
    assert len(conversations()) == 1


def test_what_is_typed_is_shown_and_never_run(visit_plain):
    nasty = "<script>alert(1)</script> {{ 7 * 7 }} \"'><b>"
    check = visit_plain.send(FORM, good(message=nasty, name=nasty, needs=nasty))
    receipt = press(visit_plain, check)

    for page in (check, visit_plain(receipt.page.query("a.go")[0].attrs["href"])):
        assert nasty in page.text
        assert not page.has("#contact b, #own b, #contact script, #own script")
