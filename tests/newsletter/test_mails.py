"""The newsletter's mails: readable by everybody, and safe to send to a stranger."""

import pytest
from justhtml import JustHTML

from portal.newsletter import emails
from portal.newsletter.models import SubscriberState
from tests.contact import hidden
from tests.newsletter import ADA, JOIN, LOST_LINK, state_of
from tests.visit import Visit


@pytest.mark.parametrize(
    "name", ["confirm_signup", "already_subscribed", "welcome", "preferences_link"]
)
def test_the_way_out_in_the_headers_works(app, add, name):
    person = add()
    is_first = name == "confirm_signup"
    mail = emails.confirm_signup(person, [], "large") if is_first else emails.about(person, name)
    headers = dict(mail.headers)
    url = headers["List-Unsubscribe"].removeprefix("<").removesuffix(">")
    answer = Visit(app, htmx=False).post(url, {"List-Unsubscribe": "One-Click"})

    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url.startswith("http://portal.test/newsletter/unsubscribe/")
    assert answer.status == 200
    assert state_of() is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize("path", [JOIN, LOST_LINK])
@pytest.mark.parametrize(
    "state", [SubscriberState.PENDING, SubscriberState.UNSUBSCRIBED, SubscriberState.SUBSCRIBED]
)
def test_no_word_that_somebody_typed_is_mailed_to_who_has_not_confirmed(
    visit_plain, add, mailbox, path, state
):
    add(state=state, name="Buy cheap pills", topics=["ideas"], format="plain")
    visit_plain.send(path, {"email": ADA, "topics": "stories", "format": "large"})

    (sent,) = mailbox()
    text = "".join(sent.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for typed in ("cheap", "Ideas for", "Stories from", "Large print", "Plain text", "ada@"):
        assert typed not in text


@pytest.mark.parametrize("path", [JOIN, LOST_LINK])
def test_links_lead_to_the_site_whatever_host_a_stranger_forwards(visit_plain, add, mailbox, path):
    add(state=SubscriberState.PENDING)
    names = {"headers": {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}}
    sent = hidden(visit_plain(path, **names)) | {"email": ADA}
    visit_plain.client.post(path, data=sent, **names)

    (mail,) = mailbox()
    assert "evil" not in mail.as_string()
    assert "http://portal.test/newsletter/confirm/" in mail.get_body(("plain",)).get_content()


def test_the_name_in_a_welcome_is_shown_and_not_run(add):
    person = add(name="<b>Ada</b> {{ 7 * 7 }}")
    made = emails.about(person, "welcome", name=person.name)

    page = JustHTML(made.html, strict=True, sanitize=False)
    assert not page.query("b")
    for words in (page.query("main")[0].to_text(separator=""), made.text):
        assert "Hello <b>Ada</b> {{ 7 * 7 }}," in words
