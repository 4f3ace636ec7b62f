"""What is sent by who is signed out meanwhile is kept, for them alone, and given back."""

from datetime import timedelta

import pytest
import time_machine

from portal.extensions import db, now
from portal.inbox.desk import erasing
from portal.team import browsers, kept
from portal.team.models import OF_THE_PAGE, Browser, KeptForm, Member
from tests.every_form import ROWS
from tests.inbox import a_conversation
from tests.inbox.desk import fresh, messages, path
from tests.page_lint import lint
from tests.sender import STAFF, Sender
from tests.team import PASSWORD, SIGN_IN, a_member, put_in, sign_in, with_password

TEAMS = ("portal.inbox.desk.", "portal.team.", "portal.stories.editor.")
KEPT = "/team/session/kept"
OURS = [row for row in ROWS if not row.form or row.form.__module__.startswith(TEAMS)]


def sign_out(client):
    with client.session_transaction() as session:
        session.clear()


def who_is_in(client):
    with client.session_transaction() as session:
        key = browsers.digest(session["_user_id"])
    found = db.session.scalar(db.select(Member).join(Browser).where(Browser.key == key))
    db.session.commit()
    return found


def given_back(client):
    """What a member finds, as its forms would send it."""
    db.session.commit()
    forms = lint(client.get(KEPT).text).query("main form")
    inputs = [form.query("input") for form in forms if not form.attrs["action"].endswith("/drop")]
    return [[(one.attrs["name"], one.attrs["value"] or "") for one in form] for form in inputs]


@pytest.mark.parametrize("row", OURS, ids=lambda row: row.name)
def test_each_form_of_the_team_is_kept_for_who_wrote_it_and_can_be_sent(app, row):
    sender = Sender(app, row)
    if not sender.path.startswith(STAFF):
        return
    client, sent = sender.client, sender.hidden | sender.good
    writer = who_is_in(client)
    sign_out(client)
    answer = client.post(sender.path, data=sent)
    assert answer.location.startswith(SIGN_IN)
    put_in(client, a_member(row.role, "Eve"))
    assert given_back(client) == []
    sign_out(client)
    put_in(client, writer)
    typed = {name: text for name, text in sender.good.items() if name not in kept.SECRET}
    says = [name for name in typed.keys() - OF_THE_PAGE if any(map(str.isalpha, typed[name]))]
    found = given_back(client)
    assert len(found) >= bool(says)
    if not found:
        return

    assert typed.items() <= dict(found[0]).items()
    again = client.post(sender.path, data=dict(found[0]) | sender.good)
    assert again.status_code in {200, 303, 409, 422}, again.text
    assert given_back(client) == []


@pytest.fixture
def ada(app):
    return a_member()


@pytest.fixture
def note(visit_plain, ada):
    """What Ada sends when her session is over: sends it, and returns the conversation."""
    conversation = a_conversation()
    put_in(visit_plain, ada)
    page = visit_plain(path(conversation))
    sent = page.form("form[action$='/note']") | {"note": "Call her."}
    sign_out(visit_plain.client)

    def send(visit=visit_plain, **headers):
        where = path(conversation)
        db.session.commit()
        headers |= {"Referer": f"http://localhost{where}"}
        answer = visit.client.post(f"{where}/note", data=sent, headers=headers)
        return conversation, answer

    return send


def test_a_note_comes_back_after_both_steps_and_is_saved_by_one_button(visit_plain, ada, note):
    phone = with_password(ada)  # which ended her sessions
    conversation, answer = note()
    assert "What you sent is kept for you." in visit_plain(answer.location).text
    visit_plain.send(answer.location, {"email": ada.email, "password": PASSWORD})
    page = visit_plain.send("/team/code", {"code": phone.code()})
    assert (page.heading, "Call her." in page.text) == ("What you wrote is here", True)
    assert visit_plain("/inbox/").has(f"a[href='{KEPT}']")
    [fields] = given_back(visit_plain.client)
    page = visit_plain.post(f"{path(conversation)}/note", dict(fields))

    assert "The note is saved." in page.text
    assert messages(conversation)[-1].text == "Call her."
    assert not visit_plain("/inbox/").has(f"a[href='{KEPT}']")


def test_what_is_not_wanted_or_old_or_about_somebody_who_is_erased_is_gone(visit_plain, ada, note):
    def is_kept():
        return bool(db.session.scalars(db.select(KeptForm)).all())

    conversation, _ = note()
    put_in(visit_plain, ada)
    number = db.session.scalar(db.select(KeptForm.id))
    [fields] = given_back(visit_plain.client)
    token = {"csrf_token": dict(fields)["csrf_token"]}
    assert "It is gone." in visit_plain.post(f"/team/session/kept/{number}/drop", token).text
    assert not is_kept()
    for forget in (lambda: erasing.erase(fresh(conversation), ada), old):
        sign_out(visit_plain.client)
        note()
        assert is_kept()
        forget()
        assert not is_kept()


def old():
    with time_machine.travel(now() + kept.LASTS + timedelta(hours=1)):
        kept.tidy.call_local()


def test_only_so_much_is_kept_for_one_member(visit_plain, ada, note, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 1)
    _, first = note()
    assert "What you sent is kept for you." in visit_plain(first.location).text
    _, second = note()
    assert "What you sent is kept for you." not in visit_plain(second.location).text
    assert kept.count(ada) == 1


def test_page_of_somebody_else_is_not_sent_and_kept_for_them(visit_plain, ada, note):
    sign_in(visit_plain, visit_plain.client.application, name="Bo")
    conversation, answer = note()
    assert answer.status_code == 403
    assert "That page was opened by Ada. You are signed in as Bo." in answer.text
    assert given_back(visit_plain.client) == []
    _, in_place = note(**{"HX-Request": "true"})
    assert "What was typed is still in the form below." in in_place.text
    put_in(visit_plain, ada)

    assert len(given_back(visit_plain.client)) == 1
    assert not [one for one in messages(conversation) if one.text == "Call her."]


def test_page_from_before_takes_its_form_once_its_member_is_in_again(visit_plain, ada, note):
    put_in(visit_plain, ada)
    conversation, answer = note()

    assert answer.location.endswith("done=note")
    assert messages(conversation)[-1].text == "Call her."


def test_strangers_leave_nothing(app, client, ada):
    where = path(a_conversation())
    db.session.commit()
    token = lint(client.get("/team/sign-in").text).query("[name=csrf_token]")[0].attrs["value"]
    for sent in ({}, {"csrf_token": token}, {"csrf_token": "x"}):
        client.post(f"{where}/note", data=sent | {"note": "Buy this."})

    assert not db.session.scalars(db.select(KeptForm)).all()
