"""The newsletter's mails: readable by everybody, and safe to send to a stranger."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from justhtml import JustHTML

from portal.extensions import db
from portal.newsletter import emails
from portal.newsletter.models import Subscriber, SubscriberState
from portal.providers.local.adapter import message
from tests.newsletter import JOIN, LOST_LINK, settings
from tests.visit import Visit

MAILS = ["confirm_signup", "already_subscribed", "welcome", "preferences_link"]
SMALLEST = 16  # px


@pytest.fixture(params=MAILS)
def mail(request, add):
    """Each mail to a subscriber with a name, as the value that is handed over."""
    add(name="Ada", topics=["stories"], format="large")
    subscriber = Subscriber.with_email("ada@example.org")
    asked = (["stories"], "large") if request.param == "confirm_signup" else ()
    made = getattr(emails, request.param)(subscriber, *asked)
    db.session.commit()
    return made


@pytest.fixture
def page(mail):
    """The HTML part, parsed strictly."""
    return JustHTML(mail.html, strict=True, sanitize=False)


def words(node):
    return " ".join(node.to_text(separator="").split())


# Mails of other features, which their own tests read.
ELSEWHERE = (
    *("contact_receipt", "contact_link", "team_notice", "reply", "digest"),
    *("team_invite", "team_reset", "test"),
)


def test_every_mail_is_tested():
    folder = Path(__file__).parents[2] / "templates/email"

    tested = {*MAILS, *ELSEWHERE}
    found = {path.name for path in folder.iterdir() if path.is_dir()}
    assert {name for name in found if not name.startswith("story_")} == tested


def test_a_mail_has_a_text_and_an_html_part_that_say_the_same(mail, page):
    shown = words(page.query("body")[0])

    for paragraph in mail.text.replace("-- \n", "\n").split("\n"):
        plain = re.sub(r"\s*https?://\S+", "", paragraph).strip().removesuffix(":")
        assert " ".join(plain.split()) in shown


def test_both_parts_have_the_same_links(mail, page):
    in_html = [link.attrs["href"] for link in page.query("a")]

    assert in_html == re.findall(r"https?://\S+", mail.text)


def test_the_html_can_be_read_by_anybody(page):
    assert page.query("html")[0].attrs["lang"] == "en-GB"
    assert len(page.query("h1")) == 1
    assert len(page.query("main")) == 1
    assert words(page.query("title")[0])
    assert not page.query("table")


def test_nothing_in_a_mail_runs_or_is_fetched(mail, page):
    assert not page.query("script, img, link, iframe, object, embed, form, video, audio, svg")
    assert not page.query("[src], [background], [srcset], [poster]")
    assert "url(" not in mail.html
    assert "@import" not in mail.html
    assert not [name for node in page.query("*") for name in node.attrs if name.startswith("on")]


def test_the_letters_are_large_enough(page):
    (style,) = page.query("style")
    fonts = re.findall(r"font(?:-size)?:[^;}]*", style.to_text())
    sizes = [float(size) for font in fonts for size in re.findall(r"([\d.]+)px", font)]

    assert sizes
    assert min(sizes) >= SMALLEST
    assert not [font for font in fonts if re.search(r"[\d.]+(pt|em|rem|%)", font)]


def test_links_say_where_they_lead(page):
    for link in page.query("a"):
        assert len(words(link).split()) > 1
        assert "http" not in words(link)
        assert words(link).lower() not in {"click here", "read more"}


def test_the_subject_is_one_line(mail):
    assert mail.subject
    assert len(mail.subject.splitlines()) == 1


def test_a_mail_can_be_answered(mail, app):
    assert mail.reply_to.email == app.config["TEAM_EMAIL"]


def test_the_way_out_in_the_headers_works(mail, app):
    headers = dict(mail.headers)
    url = headers["List-Unsubscribe"].removeprefix("<").removesuffix(">")

    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url.startswith("http://portal.test/newsletter/unsubscribe/")
    answer = app.test_client(use_cookies=False).post(url, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert Subscriber.with_email("ada@example.org").state is SubscriberState.UNSUBSCRIBED


def test_every_link_in_a_mail_works(mail, page, app):
    visit = Visit(app, htmx=False)
    for link in page.query("a"):
        assert link.attrs["href"].startswith("http://portal.test/newsletter/")
        assert visit(link.attrs["href"]).status == 200


def test_a_mail_survives_the_wire(mail):
    raw = message(mail, "a-key")

    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


@pytest.mark.parametrize("path", [JOIN, LOST_LINK])
@pytest.mark.parametrize(
    "state", [SubscriberState.PENDING, SubscriberState.UNSUBSCRIBED, SubscriberState.SUBSCRIBED]
)
def test_no_word_that_somebody_typed_is_mailed_to_who_has_not_confirmed(
    visit, add, mailbox, path, state
):
    add(state=state, name="Buy cheap pills", topics=["ideas"], format="plain")

    visit.send(path, {"email": "ada@example.org", "topics": "stories", "format": "large"})

    (sent,) = mailbox()
    for kind in ("plain", "html"):
        text = sent.get_body((kind,)).get_content()
        for typed in ("cheap", "Ideas for", "Stories from", "Large print", "Plain text", "ada@"):
            assert typed not in text


@pytest.mark.parametrize("path", [JOIN, LOST_LINK])
def test_links_lead_to_the_site_whatever_host_the_request_named(app, add, mailbox, path):
    add(state=SubscriberState.PENDING)
    client = app.test_client()
    names = {"base_url": "http://evil.example", "headers": {"X-Forwarded-Host": "evil.example"}}
    page = client.get(path, **names).text
    hidden = dict(re.findall(r'name="(stamp|csrf_token)"[^>]* value="([^"]*)"', page))

    client.post(path, data=hidden | {"email": "ada@example.org"}, **names)

    (sent,) = mailbox()
    assert "evil" not in sent.as_string()
    assert "http://portal.test/newsletter/confirm/" in sent.get_body(("plain",)).get_content()


@settings(ORG_NAME="Ähm & <Söhne>, “Ltd”")
def test_a_name_with_marks_in_it_stays_a_name(mail, page):
    assert "Ähm & <Söhne>, “Ltd”" in mail.text
    assert "Ähm & <Söhne>, “Ltd”" in words(page.query("body")[0])
    assert b"From: " in message(mail, "a-key")


def test_the_name_in_a_welcome_is_shown_and_not_run(add):
    add(name="<b>Ada</b> {{ 7 * 7 }}")
    made = emails.welcome(Subscriber.with_email("ada@example.org"))

    page = JustHTML(made.html, strict=True, sanitize=False)
    assert not page.query("b")
    assert "Hello <b>Ada</b> {{ 7 * 7 }}," in words(page.query("main")[0])
    assert "Hello <b>Ada</b> {{ 7 * 7 }}," in made.text
