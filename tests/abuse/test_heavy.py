"""Words that are made to be hard to read, and what a person beside notices of them: nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.extensions import db
from portal.stories import links, texts
from tests.abuse.visitor import Beside, Visitor, networks
from tests.stories import a_story, content, edited

SECRET = "what-we-told-SendGrid"
SITE = {"SENDGRID_API_KEY": "made-up-key", "SENDGRID_WEBHOOK_SECRET": SECRET}  # it takes mail
SITE |= {"MAIL_PROVIDER": "local", "AUDIENCE_PROVIDER": "local"}
HANDS, TIMES = 4, 12
ACCENTS = "a" + "\u0301\u0323" * 19_000  # as many as fit into a form
SIGNS, PARAGRAPHS = "![[" * 60_000, "a b\n\n" * 30_000


def message(visitor):
    told = {"about": "question", "message": "Is it warm?", "reply_by": "none"}
    return visitor.fill_in("/contact/", told | {"name": ACCENTS})


def sign_up(visitor):
    return visitor.fill_in("/newsletter/", {"email": f"{ACCENTS}@example.org"})


def mail(visitor):
    head = b'Content-Disposition: form-data; name="attachment1"; filename="' + b'"' * 65_536
    words = b'Content-Disposition: form-data; name="headers"\r\n\r\nFrom: a@example.org\r\n'
    words += b"To: " + b'"' * 65_536
    body = b"--b\r\n" + words + b"\r\n--b\r\n" + head + b"\r\n\r\nHello\r\n--b--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    return visitor.post(f"/hooks/sendgrid/inbound?secret={SECRET}", data=body, headers=kind)


def story(text):
    """A story that somebody wrote anew so, and who looks at it."""
    told = a_story()
    edited(told)
    texts.add(told, content(told, text=text), None)
    address = f"/stories/mine/{links.token(told)}"
    db.session.commit()  # outside a request this would hold the only pen
    return lambda visitor: visitor.get(address)


HEAVY = {
    "accents in a message": lambda: message,
    "accents in an address": lambda: sign_up,
    "quotes in a mail": lambda: mail,
    "a story of signs": lambda: story(SIGNS),
    "a story of paragraphs": lambda: story(PARAGRAPHS),
}


@pytest.mark.parametrize("what", HEAVY)
def test_words_that_are_hard_to_read_hold_nobody_up(site, inside, what):
    do = HEAVY[what]()

    def once(network):
        return do(Visitor(site, network)).status_code

    with Beside(site), ThreadPoolExecutor(HANDS) as hands:
        told = {*hands.map(once, networks(TIMES))}

    assert told <= {200, 422}
