"""The newsletter's mails: readable by everybody, and safe to send to a stranger."""

import re

import pytest
from justhtml import JustHTML

from portal.extensions import db
from portal.newsletter import emails
from portal.newsletter.models import Subscriber, SubscriberState
from tests.newsletter import JOIN, LOST_LINK


@pytest.fixture(params=["confirm_signup", "already_subscribed", "welcome", "preferences_link"])
def mail(request, add):
    """Each mail to a subscriber with a name, as the value that is handed over."""
    add(name="Ada", topics=["stories"], format="large")
    subscriber = Subscriber.with_email("ada@example.org")
    asked = (["stories"], "large") if request.param == "confirm_signup" else ()
    made = getattr(emails, request.param)(subscriber, *asked)
    db.session.commit()
    return made


def words(node):
    return " ".join(node.to_text(separator="").split())


def test_the_way_out_in_the_headers_works(mail, app):
    headers = dict(mail.headers)
    url = headers["List-Unsubscribe"].removeprefix("<").removesuffix(">")

    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url.startswith("http://portal.test/newsletter/unsubscribe/")
    answer = app.test_client(use_cookies=False).post(url, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert Subscriber.with_email("ada@example.org").state is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize("path", [JOIN, LOST_LINK])
@pytest.mark.parametrize(
    "state", [SubscriberState.PENDING, SubscriberState.UNSUBSCRIBED, SubscriberState.SUBSCRIBED]
)
def test_no_word_that_somebody_typed_is_mailed_to_who_has_not_confirmed(
    visit_plain, add, mailbox, path, state
):
    add(state=state, name="Buy cheap pills", topics=["ideas"], format="plain")

    visit_plain.send(path, {"email": "ada@example.org", "topics": "stories", "format": "large"})

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


def test_the_name_in_a_welcome_is_shown_and_not_run(add):
    add(name="<b>Ada</b> {{ 7 * 7 }}")
    made = emails.welcome(Subscriber.with_email("ada@example.org"))

    page = JustHTML(made.html, strict=True, sanitize=False)
    assert not page.query("b")
    assert "Hello <b>Ada</b> {{ 7 * 7 }}," in words(page.query("main")[0])
    assert "Hello <b>Ada</b> {{ 7 * 7 }}," in made.text
