"""The page of one conversation."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.delivery.models import Pause
from portal.extensions import db, now
from portal.inbox import intake
from portal.inbox.desk import page as desk_page
from portal.inbox.desk import replies, services
from portal.inbox.desk.wording import SENTENCES
from portal.inbox.models import Change, Message, Original
from portal.team.models import Role
from portal.ways import Way
from tests.delivery import Scripted, provide
from tests.inbox import a_conversation
from tests.inbox.desk import answer, fresh, messages, path, press, shown
from tests.team import sign_in


def say(conversation, number):
    for n in range(number):
        intake.add_incoming(conversation, f"Line {n}.", way=Way.WEB)
    db.session.commit()


def came_from(message, address, reply_to=""):
    mail = {"content": {}, "address": address, "reply_to": reply_to}
    db.session.add(Original(message_id=message.id, **mail))
    db.session.commit()


def test_reader_reads_what_is_needed_before_the_thread_and_has_no_form_to_change_anything(
    app, visit_plain
):
    sign_in(visit_plain, app, role=Role.READER)
    page = visit_plain(path(a_conversation(needs="Call after two")))

    assert page.text.index("Call after two") < page.text.index("I get cold fast")
    assert not page.has("main textarea, main select")


def test_what_people_wrote_is_shown_as_text(visit_plain, ada):
    mean = "<script>alert(1)</script>{{ 7*7 }}\u202e"
    conversation = a_conversation(text=mean, name=mean, needs=mean, helper=mean, subject=mean)
    page = visit_plain(path(conversation))

    assert not page.has("main script")
    assert "<script>alert(1)</script>{{ 7*7 }}" in page.text


def test_long_conversation_shows_the_newest_and_the_earlier_on_request(
    visit_plain, ada, monkeypatch
):
    monkeypatch.setattr(desk_page, "NEWEST", 3)
    conversation = a_conversation(text="The very first")
    say(conversation, 3)
    page = visit_plain(path(conversation))
    everything = visit_plain(f"{path(conversation)}?all=yes")

    first = f"#m{messages(conversation)[0].id}"
    assert len(page.page.query("article.entry")) == 3
    assert not page.has(first)
    assert "Show all, with the earlier messages" in page.text
    assert len(everything.page.query("article.entry")) == 4
    assert everything.has(first)


def test_editor_chooses_where_answers_go_where_a_mail_asks_for_another_address(
    visit_plain, ada, conversation
):
    came_from(conversation.messages[0], conversation.email, reply_to="ada@example.net")
    assert "asks for answers to ada@example.net" in visit_plain(path(conversation)).text
    press(visit_plain, conversation, "Answer to ada@example.net")
    answer(visit_plain, conversation)
    assert fresh(conversation).email == conversation.email_key == "ada@example.net"
    assert messages(conversation)[-1].sending.outgoing.address == "ada@example.net"
    press(visit_plain, conversation, "Answer to grace@example.org")
    assert fresh(conversation).email == "grace@example.org"
    sent, place = shown(visit_plain(path(conversation)), "quick"), f"{path(conversation)}/quick"
    db.session.commit()
    for address in ("eve@example.org", "", "\0"):
        sent["do"] = f"answer to {address}"
        assert visit_plain.client.post(place, data=sent).status_code == 400


@pytest.mark.parametrize(
    ("sender", "warned"),
    [
        ("boss@example.org (eve@example.net)", True),
        ("“Boss <boss@example.org>” (eve@example.net)", True),
        ("Eve (eve@example.net)", False),
        ("EVE@example.net", False),
        ("Eve @ home", False),
    ],
)
def test_a_name_that_reads_like_another_address_is_a_warning(
    visit_plain, ada, conversation, sender, warned
):
    message = intake.add_incoming(conversation, "Hello", way=Way.EMAIL, sender=sender)
    came_from(message, "eve@example.net")

    text = visit_plain(path(conversation)).text
    assert ("The mail came from eve@example.net" in text) is warned


def test_machines_answer_is_marked(visit_plain, ada, conversation):
    intake.add_incoming(conversation, "I am away", way=Way.EMAIL, automatic=True)
    db.session.commit()

    assert "a machine" in visit_plain(path(conversation)).text


def test_words_about_what_was_done_are_ours_alone_and_nonsense_is_left_out(visit_plain, ada):
    address = path(a_conversation())

    assert "Saved." in visit_plain(f"{address}?done=saved").text
    for query in (
        "done=<b>hacked</b>",
        "all=\0",
        "done=\0",
        "all=1&all=2",
        "done=",
        "x=%ff",
        "of=x",
    ):
        page = visit_plain(f"{address}?{query}")
        assert (page.status, page.has(".done")) == (200, False), query


def test_history_has_a_name_for_every_deed(app, visit_plain, ada, ben, conversation):
    """What no page has words for would be shown as the code calls it."""
    services.change(conversation, ada, {}, tags=["pool"], owner_id=ada.id)
    replies.save_draft(fresh(conversation), ben, "one", 0)
    replies.save_draft(fresh(conversation), ada, "two", 1)
    replies.add_note(fresh(conversation), ada, "Note")
    one = fresh(conversation)
    message = replies.answer(one, ada, "Yes", Way.EMAIL)
    replies.take_back(message, fresh(conversation), ada)
    services.revoke_link(fresh(conversation), ada)
    deeds = set(db.session.scalars(db.select(Change.what)))
    words = app.jinja_env.get_template("inbox/_words.html").module.DEEDS

    assert deeds <= {*words, *SENTENCES}
    assert not {*words} & {*SENTENCES}
    assert "in place of a draft of Ben\u2019s" in visit_plain(path(conversation)).text


def test_name_of_a_message_is_its_number_and_is_never_given_again(conversation):
    last = messages(conversation)[-1].id
    db.session.delete(db.session.get(Message, last))
    db.session.commit()
    say(fresh(conversation), 1)

    assert messages(conversation)[-1].id > last


def said(visit_plain, words):
    """Whether the list and a conversation say it."""
    addresses = "/inbox/", path(a_conversation())
    return [words in visit_plain(address).text for address in addresses]


@pytest.mark.parametrize(
    ("lane", "fallback", "why", "words"),
    [
        ("local mail", None, {}, "our email provider does not take it."),
        ("local mail", None, {"used_up": True}, "all the mail that our plan allows."),
        *(
            ("local mail", None, {"used_up": True, "renewed_at": moment}, words)
            for moment, words in (
                (datetime(2126, 12, 1, tzinfo=UTC), "allows, until 1 December 2126 at 00:00."),
                (datetime(2026, 1, 1, tzinfo=UTC), "all the mail that our plan allows."),
            )
        ),
        ("local mail", Scripted(), {}, ""),
        ("local contacts", None, {}, ""),
        ("another mail", None, {}, ""),
    ],
    ids=["ours", "used up", "until then", "long ago", "taken over", "contacts", "another"],
)
def test_list_and_conversation_say_that_mail_does_not_go_out(
    app, visit_plain, ada, lane, fallback, why, words
):
    provide(app, fallback=fallback)
    assert said(visit_plain, "Mail is not going out") == [False, False]
    until = now() + timedelta(minutes=10)
    db.session.add(Pause(lane=lane, since=now(), until=until, failures=1, reason="no", **why))
    db.session.commit()

    assert said(visit_plain, words or "Mail is not going out") == [bool(words)] * 2
