"""The inbox's pages, with and without JavaScript."""

from __future__ import annotations

import pytest

from portal.extensions import now
from portal.inbox.models import Kind
from tests.inbox import a_conversation
from tests.team import sign_in


@pytest.fixture
def ada(app, visit):
    return sign_in(visit, app)


def test_list_shows_who_wrote_what_and_what_they_need(visit, ada):
    a_conversation(needs="Short sentences", text="Where do you meet?")
    page = visit("/inbox/")

    assert "Grace Hopper" in page.text
    assert "Where do you meet?" in page.text
    assert "Needs: Short sentences" in page.text


def test_conversation_shows_the_need_before_the_thread(visit, ada):
    conversation = a_conversation(needs="Call after two")
    page = visit(f"/inbox/{conversation.id}")

    assert page.text.index("Call after two") < page.text.index("I get cold fast")


def test_press_deadline_comes_first(visit, ada):
    a_conversation(text="older")
    a_conversation(text="press", kind=Kind.PRESS, deadline_at=now())
    page = visit("/inbox/")

    assert page.text.index("press") < page.text.index("older")
