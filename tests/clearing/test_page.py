"""What the team reads of what ends, and how it keeps something."""

import pytest

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.retention import kinds
from portal.words import days
from tests.clearing import closed, live
from tests.team import sign_in


@pytest.fixture
def eda(app, visit_plain):
    return sign_in(visit_plain, app, name="Eda")


def test_a_conversation_is_kept_for_a_reason_and_let_go_again(app, visit_plain, eda, clock):
    talk = closed(eda)
    live(clock, 14, step=7)
    sign_in(visit_plain, app, name="Ben")
    page, address = f"/inbox/{talk.id}", f"/team/retention/{talk.id}"
    assert "This conversation is deleted on" in visit_plain(page).text
    assert talk.reference in visit_plain("/team/retention/").text
    wrong = visit_plain.send(address, {"reason": ""}, button="Keep it")
    assert "Say why it is kept." in wrong.text
    visit_plain.send(address, {"reason": "A complaint"}, button="Keep it")
    for shown in (page, address, "/team/retention/"):
        assert "A complaint" in visit_plain(shown).text
        assert "Ben" in visit_plain(shown).text
    visit_plain.send(address, button="Keep it no more")

    assert "A complaint" not in visit_plain(page).text


def test_the_page_has_each_kind_with_its_days(app, visit_plain, eda):
    text = visit_plain("/team/retention/").text

    with app.test_request_context():
        assert [kind.what for kind in kinds.values() if kind.what not in text] == []
        said = [
            f"{days(kind.days.days)} after {kind.since}. {kind.goes}" for kind in kinds.values()
        ]
        assert [one for one in said if one not in text] == []


def test_a_dry_run_counts_and_deletes_nothing(app, ada, clock):
    talk = closed(ada)
    live(clock, 14, step=7)
    said = app.test_cli_runner().invoke(args=["retention"]).output
    later = app.test_cli_runner().invoke(args=["retention", "--days", "0"]).output

    assert "1 closed conversation\n" in said
    assert "0 closed conversations\n" in later
    assert "20 days (CLOSED_DAYS)" in said
    assert talk.subject not in said


def test_one_mail_a_week_says_how_many_and_names_nobody(app, ada, clock, work):
    closed(ada)
    live(clock, 30, step=1)
    mails = db.session.scalars(db.select(Outgoing).where(Outgoing.name == "retention_notice")).all()
    sent = [one for one in mails if one.payload]

    assert len(mails) == 5
    assert len(sent) == 1
    assert "- 1 closed conversation\n" in sent[0].payload["text"]
    assert "Grace" not in str(sent[0].payload)
