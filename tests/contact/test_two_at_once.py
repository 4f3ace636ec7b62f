"""The same form, and the same words, sent twice in one moment."""

import pytest
from sqlalchemy import func, select

from portal.extensions import db
from portal.inbox import links
from portal.inbox.models import Conversation, Message
from tests.at_once import at_once
from tests.contact import FORM, GOOD, SEND, hidden, words_of
from tests.inbox import a_conversation

pytestmark = pytest.mark.usefixtures("each_database")


def count(model):
    found = db.session.scalar(select(func.count()).select_from(model))
    db.session.commit()
    return found


def presses(app, path, data, cookie=None):
    """The answers to four presses in one moment."""

    def press():
        client = app.test_client()
        if cookie:
            client.set_cookie("portal", cookie)
        return client.post(path, data=data).status_code

    return at_once(app, *[press] * 4)


def test_one_form_that_is_sent_by_many_presses_at_once_is_one_message(app, visit_plain):
    check = hidden(visit_plain.send(FORM, GOOD))
    cookie = visit_plain.client.get_cookie("portal").value

    assert presses(app, SEND, check, cookie) == [303] * 4
    assert (count(Conversation), count(Message)) == (1, 1)


def test_the_same_words_that_are_sent_back_by_many_presses_at_once_are_one_message(app):
    conversation = a_conversation()
    path = links.own_url(conversation).removeprefix(app.config["SITE_URL"])

    assert presses(app, path, {"message": "Thank you", "seen": "1"}) == [303] * 4
    assert words_of(conversation)[1:] == ["Thank you"]
