"""The sign-up form as a part of another page, such as a story's."""

import pytest

from portal.newsletter.models import Subscriber, SubscriberState
from tests.newsletter import JOIN, nothing_is_kept
from tests.page_lint import lint

BESIDE = "/newsletter/beside"
HTMX = {"HX-Request": "true"}
EMAIL = "ada@example.org"


@pytest.fixture
def send(client):
    """Asks for the form as htmx does, and sends it; returns the answer and its page."""

    def send(**typed):
        form = lint(client.get(BESIDE, headers=HTMX).text).query("form")[0]
        hidden = {
            field.attrs["name"]: field.attrs.get("value") or ""
            for field in form.query("input")
            if field.attrs.get("type") == "hidden"
        }
        answer = client.post(form.attrs["data-hx-post"], data=hidden | typed, headers=HTMX)
        return answer, lint(answer.text)

    return send


def test_the_form_comes_without_a_title_or_a_heading_of_the_first_rank(client):
    answer = client.get(BESIDE, headers=HTMX)

    assert "<title" not in answer.text
    assert "<h1" not in answer.text
    assert lint(answer.text).query("h2[autofocus]")
    assert "HX-Request" in answer.vary


def test_a_good_address_is_taken(send, mailbox):
    answer, page = send(email=EMAIL)

    assert answer.status_code == 200
    assert "Check your email" in page.to_text()
    assert not page.query("h1, title")
    assert Subscriber.with_email(EMAIL).state is SubscriberState.PENDING
    assert [mail["To"] for mail in mailbox()] == [EMAIL]


def test_a_bad_address_comes_back_with_what_to_put_right(send):
    answer, page = send(email="ada@")

    assert answer.status_code == 422
    assert page.query("[role=alert][autofocus]")
    assert not page.query("h2[autofocus]"), "one thing takes the focus"
    assert page.query("[name=email]")[0].attrs["value"] == "ada@"
    assert nothing_is_kept()


def test_without_a_script_it_is_the_page_of_its_own(client):
    assert client.get(BESIDE).location == JOIN
    answer = client.post(BESIDE, data={"email": "ada@"})
    assert answer.status_code == 422
    assert lint(answer.text).query(f"form[action='{JOIN}']")
