"""The form in a frame on other sites."""

import pytest

from tests.newsletter import ADA, EMBED, JOIN, link_in, settings

FRIENDS = "https://friend.example https://other.example:8443"
embeddable = settings(EMBED_ORIGINS=FRIENDS)


def ancestors(answer):
    policy = answer.headers["Content-Security-Policy"]
    return dict(rule.split(" ", 1) for rule in policy.split("; "))["frame-ancestors"]


@embeddable
def test_only_named_sites_may_frame_the_form_and_it_works_there_without_any_cookie(
    visit_plain, mailbox, contacts
):
    form, error = visit_plain(EMBED), visit_plain.send(EMBED, {"email": "ada@"})
    chosen = {"email": ADA, "topics": ["ideas"], "format": "plain"}
    done = visit_plain.send(EMBED, chosen)

    for answer in (form, error, done):
        assert ancestors(answer) == f"'self' {FRIENDS}"
        assert not {"X-Frame-Options", "Set-Cookie"} & set(answer.headers.keys())
    assert (done.status, done.heading) == (200, "Check your email")
    visit_plain.send(link_in(mailbox()[0], "confirm"))
    assert contacts()[ADA]["attributes"]["topics"] == ["ideas"]


def test_without_named_sites_nobody_else_may_frame_it(visit_plain):
    assert ancestors(visit_plain(EMBED)) == "'self'"


@embeddable
@pytest.mark.parametrize("path", [JOIN, "/newsletter/thanks", "/newsletter/preferences/", "/"])
def test_no_other_page_may_be_framed(visit_plain, path):
    answer = visit_plain(path)

    assert ancestors(answer) == "'none'"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_the_form_in_a_frame_stays_in_the_frame(visit_plain):
    page = visit_plain(EMBED).page

    (form,) = page.query("form")
    assert form.attrs["action"] == EMBED
    assert not page.query("header, footer, nav")
    for link in page.query("a"):
        assert link.attrs["target"] == "_blank"
        assert "opens a new tab" in link.to_text()
