"""The dashboard says its numbers in words, and shows nothing of anybody."""

from datetime import timedelta

import pytest

from portal.extensions import db, now
from portal.inbox.models import ConversationState, Kind
from portal.team.models import Role
from tests.inbox import a_conversation
from tests.team import sign_in

DASHBOARD = "/inbox/dashboard"


@pytest.fixture
def reader(app, visit_plain):
    sign_in(visit_plain, app, Role.READER)
    return visit_plain


def test_reader_sees_that_there_is_nothing_yet(reader):
    answer = reader(DASHBOARD)

    assert answer.status == 200
    assert "There is nothing to show yet" in answer.text
    assert not answer.has("svg.chart, table")


def test_numbers_stand_in_words_before_each_picture_which_has_a_table_and_name_nobody(reader):
    a_conversation(kind=Kind.PRESS, deadline_at=now() + timedelta(days=1))
    answered = a_conversation()
    answered.created_at = now() - timedelta(days=7, hours=2)
    answered.answered_at, answered.state = now() - timedelta(days=7), ConversationState.WAITING
    db.session.commit()
    page = reader(DASHBOARD).page
    text = " ".join(page.to_text(separator=" ").split())

    assert "1 waits for us" in text
    assert "1 press deadline in two days" in text
    assert text.index("half of the people had an answer in") < text.index("Outline: 9 in 10")
    assert "Grace" not in text
    assert "pool" not in text
    for section in page.query("section"):
        charts, tables = section.query(".chart"), section.query("table")
        assert len(charts) <= len(tables)
        for chart in charts:
            assert chart.attrs["aria-hidden"] == "true"
            bars = section.query("rect.column")
            assert len(bars) == len(section.query("tbody tr")) == 12
