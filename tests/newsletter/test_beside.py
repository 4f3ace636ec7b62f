"""The sign-up form as a part of another page, such as a story's."""

import pytest

from portal.newsletter.models import SubscriberState
from tests.newsletter import ADA, JOIN, nothing_is_kept, state_of
from tests.page_lint import lint

BESIDE = "/newsletter/beside"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def send(client):
    """Asks for the form as htmx does, and sends it; returns the answer and its page."""

    def send(email):
        form = lint(client.get(BESIDE, headers=HTMX).text).query("form")[0]
        hidden = {
            field.attrs["name"]: field.attrs.get("value") or ""
            for field in form.query("input[type=hidden]")
        }
        sent = hidden | {"email": email}
        answer = client.post(form.attrs["data-hx-post"], data=sent, headers=HTMX)
        return answer, lint(answer.text)

    return send


def test_the_form_comes_without_a_title_or_a_heading_of_the_first_rank(client):
    answer = client.get(BESIDE, headers=HTMX)
    page = lint(answer.text)

    assert not page.query("h1, title")
    assert page.query("h2[autofocus]")
    assert "HX-Request" in answer.vary


def test_a_good_address_is_taken(send, mailbox):
    answer, page = send(ADA)

    assert answer.status_code == 200
    assert "Check your email" in page.to_text()
    assert not page.query("h1, title")
    assert state_of() is SubscriberState.PENDING
    assert [mail["To"] for mail in mailbox()] == [ADA]


def test_a_bad_address_comes_back_with_what_to_put_right(send):
    answer, page = send("ada@")

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
